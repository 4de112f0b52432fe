/** What the nets of a class are asked for at once, and what they answer. */

import { COEFFICIENT_INPUTS, CONTEXT_INPUTS, GROUP_INPUTS, LAST_SYMBOLS, SYMBOLS } from './layout.js';

/** Rows of the context net that there is room for at first; a batch has about 16 pairs and 64 coefficients a block. */
const FIRST_BLOCKS = 16;

/** Rows of inputs and outputs of the nets of one class, packed from the start; the arrays grow as rows are added. */
export class NetBatch {
  /** Rows of the context net. */
  blocks = 0;
  /** Rows of the group net. */
  pairs = 0;
  /** Rows of the coefficient net. */
  coefficients = 0;

  readonly contextInputs: number;
  readonly coefficientInputs: number;

  /** Inputs of the context net, [blocks][contextInputs]. */
  context: Int16Array<ArrayBuffer>;
  /** Logits of the last position, [blocks][64]: an answer. */
  last: Int16Array<ArrayBuffer>;
  /** What the context net hands to the groups, [blocks][baseInputs]: an answer. */
  carry: Int32Array<ArrayBuffer>;

  /** Inputs of the group net, [pairs][174]. */
  group: Int16Array<ArrayBuffer>;
  /** What is added to the sums of group_1, [pairs][baseInputs]: the block's carry and row of `group_last`. */
  base: Int32Array<ArrayBuffer>;
  /** Group of each pair. */
  groupIndex: Int32Array<ArrayBuffer>;

  /** Inputs of the coefficient net, [coefficients][coefficientInputs]. */
  coefficient: Int16Array<ArrayBuffer>;
  /** Row of `group` of each coefficient, ascending. */
  pair: Int32Array<ArrayBuffer>;
  /** Natural index of each coefficient. */
  index: Int32Array<ArrayBuffer>;
  /** Logits of the symbols, [coefficients][79]: an answer. */
  logits: Int16Array<ArrayBuffer>;

  /** @param baseInputs Rows of group_1. */
  constructor(
    readonly kind: 0 | 1,
    readonly baseInputs: number,
  ) {
    this.contextInputs = CONTEXT_INPUTS[kind];
    this.coefficientInputs = COEFFICIENT_INPUTS[kind];
    this.context = new Int16Array(FIRST_BLOCKS * this.contextInputs);
    this.last = new Int16Array(FIRST_BLOCKS * LAST_SYMBOLS);
    this.carry = new Int32Array(FIRST_BLOCKS * baseInputs);
    this.group = new Int16Array(4 * FIRST_BLOCKS * GROUP_INPUTS);
    this.base = new Int32Array(4 * FIRST_BLOCKS * baseInputs);
    this.groupIndex = new Int32Array(4 * FIRST_BLOCKS);
    this.coefficient = new Int16Array(16 * FIRST_BLOCKS * this.coefficientInputs);
    this.pair = new Int32Array(16 * FIRST_BLOCKS);
    this.index = new Int32Array(16 * FIRST_BLOCKS);
    this.logits = new Int16Array(16 * FIRST_BLOCKS * SYMBOLS);
  }

  clear(): void {
    this.blocks = 0;
    this.pairs = 0;
    this.coefficients = 0;
  }

  /** Adds a row of the context net; returns its number. */
  addBlock(): number {
    const row = this.blocks++;
    if (row * LAST_SYMBOLS === this.last.length) {
      this.context = doubled16(this.context);
      this.last = doubled16(this.last);
      this.carry = doubled32(this.carry);
    }
    return row;
  }

  /** Adds a row of the group net; returns its number. */
  addPair(group: number): number {
    const row = this.pairs++;
    if (row === this.groupIndex.length) {
      this.group = doubled16(this.group);
      this.base = doubled32(this.base);
      this.groupIndex = doubled32(this.groupIndex);
    }
    this.groupIndex[row] = group;
    return row;
  }

  /** Adds a row of the coefficient net, of the latest pair; returns its number. */
  addCoefficient(index: number): number {
    const row = this.coefficients++;
    if (row === this.index.length) {
      this.coefficient = doubled16(this.coefficient);
      this.logits = doubled16(this.logits);
      this.pair = doubled32(this.pair);
      this.index = doubled32(this.index);
    }
    this.pair[row] = this.pairs - 1;
    this.index[row] = index;
    return row;
  }
}

function doubled16(array: Int16Array<ArrayBuffer>): Int16Array<ArrayBuffer> {
  const larger = new Int16Array(2 * array.length);
  larger.set(array);
  return larger;
}

function doubled32(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}

/** The rows of a batch that belong to one chunk. */
export interface BatchRows {
  firstBlock: number;
  endBlock: number;
  firstCoefficient: number;
  endCoefficient: number;
}

/** Evaluates the nets of both classes. */
export interface NetRunner {
  /** Fills `last` and `carry` of the blocks, and `logits` of the coefficients, of each class's batch. */
  run(batches: readonly NetBatch[]): Promise<void>;
  /** Fills `last` and `carry` alone. */
  runContext(batches: readonly NetBatch[]): Promise<void>;
  /** Fills `logits` alone. */
  runCoefficients(batches: readonly NetBatch[]): Promise<void>;
  close(): Promise<void>;
}
