/** What the nets of a class are asked for at once, and what they answer. */

import { COEFFICIENT_INPUTS, CONTEXT_INPUTS, GROUP_INPUTS } from './layout.js';

/** Rows of inputs and outputs of the nets of one class; the arrays grow, rows are packed from the start. */
export class NetBatch {
  /** Rows of the context net. */
  blocks = 0;
  /** Rows of the group net. */
  pairs = 0;
  /** Rows of the coefficient net. */
  coefficients = 0;

  readonly contextInputs: number;
  readonly coefficientInputs: number;
  context = new Float32Array(0);
  group = new Float32Array(0);
  /** What is added to the sums of group_1: carry and row of `group_last`, scaled by its shifts. */
  base = new Float32Array(0);
  /** Group of each pair. */
  groupIndex = new Int32Array(0);
  coefficient = new Float32Array(0);
  /** Row of `group` of each coefficient, and its natural index. */
  pair = new Int32Array(0);
  index = new Int32Array(0);

  /** Logits of the last position, [blocks][64]. */
  last: Float32Array = this.context;
  /** Carries, scaled as `base`, [blocks][baseInputs]. */
  carry: Float32Array = this.context;
  /** Logits of the symbols, [coefficients][79]. */
  logits: Float32Array = this.context;

  /** @param baseInputs rows of group_1. */
  constructor(
    readonly kind: 0 | 1,
    readonly baseInputs: number,
  ) {
    this.contextInputs = CONTEXT_INPUTS[kind];
    this.coefficientInputs = COEFFICIENT_INPUTS[kind];
  }

  clear(): void {
    this.blocks = 0;
    this.pairs = 0;
    this.coefficients = 0;
  }

  /** Adds a row of the context net; returns its number. */
  addBlock(): number {
    const row = this.blocks++;
    this.context = roomFor(this.context, this.blocks * this.contextInputs);
    return row;
  }

  /** Adds a row of the group net. */
  addPair(group: number): number {
    const row = this.pairs++;
    if (row === this.groupIndex.length) this.groupIndex = grown(this.groupIndex, Math.max(256, 2 * row));
    this.groupIndex[row] = group;
    this.group = roomFor(this.group, this.pairs * GROUP_INPUTS);
    this.base = roomFor(this.base, this.pairs * this.baseInputs);
    return row;
  }

  /** Adds a row of the coefficient net, of the latest pair. */
  addCoefficient(index: number): number {
    const row = this.coefficients++;
    if (row === this.pair.length) {
      const size = Math.max(256, 2 * row);
      this.pair = grown(this.pair, size);
      this.index = grown(this.index, size);
    }
    this.coefficient = roomFor(this.coefficient, this.coefficients * this.coefficientInputs);
    this.pair[row] = this.pairs - 1;
    this.index[row] = index;
    return row;
  }
}

function roomFor(array: Float32Array<ArrayBuffer>, length: number): Float32Array<ArrayBuffer> {
  if (length <= array.length) return array;
  const larger = new Float32Array(Math.max(2 * array.length, length, 1 << 14));
  larger.set(array);
  return larger;
}

function grown(array: Int32Array<ArrayBuffer>, length: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(length);
  larger.set(array);
  return larger;
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
