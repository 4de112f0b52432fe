/**
 * Codes a chunk step by step: what schedule.ts says takes part goes into the batches of the nets, and their answers
 * go through the symbol coder. Either direction knows of a coefficient only once it has been coded: an encoder takes
 * it from its source where a decoder reads it from the payload, and all else is the same code.
 */

import { LlmcError } from '../../container/errors.js';
import type { DctChunk } from '../entropy-model.js';
import type { BatchRows, NetBatch } from './batch.js';
import { GROUP_INPUTS, lastPosition, ON_DIAGONAL, POSITION } from './layout.js';
import type { Nets } from './nets.js';
import { CONTEXT, type Lane, Schedule } from './schedule.js';
import { CHANNELS, type SymbolCoder } from './symbol-coder.js';

/** The rows of a class's `group_last`. */
export interface BaseTable {
  readonly rows: number;
  readonly values: Int32Array;
}

/** The table of a class. */
export function baseTable(nets: Nets): BaseTable {
  return { rows: nets.group_1.rows, values: nets.group_last.values };
}

/** What a chunk's symbols go through. */
export type Symbols = Pick<SymbolCoder, 'values' | 'load' | 'codeLast' | 'codeValues'>;

/** Codes one chunk, a step at a time, with nets that many chunks may share. */
export class ChunkCoder {
  /** Blocks finished since the last look. */
  finishedBlocks = 0;
  private readonly schedule: Schedule;
  private readonly step: Lane[] = [];
  /** What has been collected and not coded: lane, channel, phase, first row and rows of the batch. */
  private readonly lanes: Lane[] = [];
  private channels = new Int32Array(64);
  private phases = new Int32Array(64);
  private rows = new Int32Array(64);
  private counts = new Int32Array(64);
  /** Of each class, the rows of what has been collected. */
  private readonly batchRows: readonly BatchRows[];
  /** What an encoder has collected and not coded, symbol by symbol. */
  private values = new Int32Array(256);
  private valueCount = 0;
  /** Of each class, what waits for the carries of an encoder's batches: context row and last; pair and context row. */
  private readonly pendingRows: readonly [number[], number[]] = [[], []];
  private readonly pendingPairs: readonly [number[], number[]] = [[], []];

  /** @param coder An encoder if `encodes`, else a decoder. */
  constructor(
    chunk: DctChunk,
    private readonly coder: Symbols,
    private readonly tables: readonly BaseTable[],
    private readonly encodes: boolean,
  ) {
    const baseInputs = tables.map((table) => table.rows);
    this.batchRows = tables.map(() => ({
      firstBlock: 0,
      endBlock: 0,
      firstCoefficient: 0,
      endCoefficient: 0,
    }));
    this.schedule = new Schedule(chunk.bands, baseInputs, (plane) => {
      if (!encodes) plane.store();
    });
  }

  /**
   * Adds the next step to the batches. An encoder may add several before it runs the nets; a decoder one.
   *
   * @returns Whether there was one.
   */
  collect(batches: readonly NetBatch[]): boolean {
    const { step } = this;
    const first = this.lanes.length;
    if (first === 0) this.beginRows(batches);
    this.schedule.next(step);
    for (const lane of step) {
      const batch = batches[lane.plane.kind];
      if (lane.phase === CONTEXT) this.addContext(lane, batch);
      else this.addGroup(lane, batch);
    }
    this.endRows(batches);
    if (this.encodes) for (let i = first; i < this.lanes.length; i++) this.advance(i);
    return step.length > 0;
  }

  private beginRows(batches: readonly NetBatch[]): void {
    for (const { kind, blocks, coefficients } of batches) {
      const rows = this.batchRows[kind];
      rows.firstBlock = blocks;
      rows.firstCoefficient = coefficients;
    }
  }

  private endRows(batches: readonly NetBatch[]): void {
    for (const { kind, blocks, coefficients } of batches) {
      const rows = this.batchRows[kind];
      rows.endBlock = blocks;
      rows.endCoefficient = coefficients;
    }
  }

  private addContext(lane: Lane, batch: NetBatch): void {
    const row = batch.addBlock();
    lane.block.start(lane.row, lane.column);
    lane.block.writeContext(batch.context, row * batch.contextInputs);
    this.addItem(lane, row, 1);
  }

  private addGroup(lane: Lane, batch: NetBatch): void {
    const { block, phase } = lane;
    const pair = batch.addPair(phase);
    block.writeGroup(batch.group, pair * GROUP_INPUTS, phase);
    if (lane.contextRow < 0) batch.base.set(lane.base, pair * batch.baseInputs);
    else this.pendingPairs[batch.kind].push(pair, lane.contextRow);
    const first = batch.coefficients;
    for (const index of ON_DIAGONAL[phase]) {
      if (POSITION[index] > block.last) continue;
      const row = batch.addCoefficient(index);
      block.writeCoefficient(batch.coefficient, row * batch.coefficientInputs, index);
    }
    this.addItem(lane, first, batch.coefficients - first);
  }

  private addItem(lane: Lane, row: number, count: number): void {
    const at = this.lanes.length;
    if (at === this.rows.length) {
      this.channels = doubled(this.channels);
      this.phases = doubled(this.phases);
      this.rows = doubled(this.rows);
      this.counts = doubled(this.counts);
    }
    this.lanes.push(lane);
    this.channels[at] = lane.plane.component % CHANNELS;
    this.phases[at] = lane.phase;
    this.rows[at] = row;
    this.counts[at] = count;
  }

  /** Takes the true values of an item, so that the next step can be collected before this one is coded. */
  private advance(item: number): void {
    const lane = this.lanes[item];
    const { block, plane, phase } = lane;
    const { coefficients } = plane.plane;
    const base = (lane.row * plane.columns + lane.column) * 64;
    if (phase === CONTEXT) {
      const last = lastPosition(coefficients, base);
      this.addValue(last);
      lane.contextRow = this.rows[item];
      this.pendingRows[plane.kind].push(lane.contextRow, last);
      lane.endContext(last);
      return;
    }
    for (const index of ON_DIAGONAL[phase]) {
      if (POSITION[index] > block.last) continue;
      const value = coefficients[base + index];
      this.addValue(index === 0 ? value - block.prediction : value);
      block.set(index, value);
    }
    if (lane.endGroup()) this.finishedBlocks++;
  }

  private addValue(value: number): void {
    if (this.valueCount === this.values.length) this.values = doubled(this.values);
    this.values[this.valueCount++] = value;
  }

  /** Fills the bases that waited for carries of the same batches. */
  resolve(batches: readonly NetBatch[]): void {
    for (const { kind, baseInputs, carry, base } of batches) {
      const rows = this.pendingRows[kind];
      for (let i = 0; i < rows.length; i += 2) {
        this.writeBase(kind, carry, rows[i], rows[i + 1], carry, rows[i] * baseInputs);
      }
      const pairs = this.pendingPairs[kind];
      for (let i = 0; i < pairs.length; i += 2) {
        const from = pairs[i + 1] * baseInputs;
        base.set(carry.subarray(from, from + baseInputs), pairs[i] * baseInputs);
      }
      rows.length = 0;
      pairs.length = 0;
    }
    for (const lane of this.lanes) {
      if (lane.contextRow < 0) continue;
      const { carry, baseInputs } = batches[lane.plane.kind];
      const from = lane.contextRow * baseInputs;
      lane.base.set(carry.subarray(from, from + baseInputs));
      lane.contextRow = -1;
    }
  }

  /**
   * Codes the items collected, with the answers of the nets.
   *
   * @throws LlmcError `chunk-corrupt`.
   */
  code(batches: readonly NetBatch[]): void {
    const { lanes } = this;
    this.coder.load(batches, this.batchRows);
    let next = 0;
    for (let i = 0; i < lanes.length; i++) {
      const lane = lanes[i];
      const batch = batches[lane.plane.kind];
      if (this.encodes) next = this.encodeItem(i, lane, batch, next);
      else this.decodeItem(i, lane, batch);
    }
    lanes.length = 0;
    this.valueCount = 0;
  }

  /** Returns the place of the first value of the next item. */
  private encodeItem(item: number, lane: Lane, batch: NetBatch, value: number): number {
    const { coder, values } = this;
    const first = this.rows[item];
    const count = this.counts[item];
    const channel = this.channels[item];
    if (this.phases[item] === CONTEXT) {
      lane.surprise = 0;
      coder.codeLast(batch, first, channel, values[value]);
    } else {
      for (let n = 0; n < count; n++) coder.values[n] = values[value + n];
      lane.surprise = coder.codeValues(batch, first, count, channel, lane.surprise);
    }
    return value + count;
  }

  private decodeItem(item: number, lane: Lane, batch: NetBatch): void {
    const { coder } = this;
    const { block, plane, phase } = lane;
    const first = this.rows[item];
    const channel = this.channels[item];
    if (phase === CONTEXT) {
      lane.surprise = 0;
      const last = coder.codeLast(batch, first, channel, 0);
      this.writeBase(plane.kind, batch.carry, first, last, lane.base, 0);
      lane.endContext(last);
      return;
    }
    const count = this.counts[item];
    lane.surprise = coder.codeValues(batch, first, count, channel, lane.surprise);
    for (let n = 0; n < count; n++) {
      const index = batch.index[first + n];
      let value = coder.values[n];
      if (index === 0) value += block.prediction;
      if (value < -32768 || value > 32767) throw corrupt('a coefficient is beyond 16 bits');
      block.set(index, value);
    }
    if (lane.endGroup()) this.finishedBlocks++;
  }

  /** Writes a block's base: its carry and the row of `group_last`. */
  private writeBase(
    kind: 0 | 1,
    carry: Int32Array,
    row: number,
    last: number,
    to: Int32Array,
    o: number,
  ): void {
    const { rows, values } = this.tables[kind];
    const from = row * rows;
    const at = last * rows;
    for (let k = 0; k < rows; k++) to[o + k] = carry[from + k] + values[at + k];
  }
}

function doubled(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}

function corrupt(reason: string): LlmcError {
  return new LlmcError('chunk-corrupt', `The chunk's payload does not decode: ${reason}.`);
}
