/**
 * The schedule of a chunk (spec/exact-dct.md, "Schedule"): in each step every lane that is ready takes one phase of
 * its block - the position of the last coefficient, then one group of coefficients a step, the DC last.
 */

import { LlmcError } from '../../container/errors.js';
import type { DctBand, DctChunk } from '../entropy-model.js';
import type { NetBatch } from './batch.js';
import { BlockState } from './block.js';
import {
  CHROMA,
  DIAGONAL,
  GROUP_INPUTS,
  LAST_SYMBOLS,
  LUMA,
  ON_DIAGONAL,
  POSITION,
  SYMBOLS,
  ZIGZAG,
} from './layout.js';
import { scaledLastTable } from './net-graph.js';
import type { Nets } from './nets.js';
import { LumaReference, PlaneState } from './plane.js';
import type { SymbolCoder } from './symbol-coder.js';

/** Chroma takes part in one step of this many, and where luma has nothing to do: its nets then have more rows at once. */
const CHROMA_INTERVAL = 2;

/** The phase before a block, and that of coding its last position; groups 0..14 are the others. */
const BETWEEN_BLOCKS = -2;
const CONTEXT = -1;

/** The rows of a class's `group_last`, scaled as its group_1. */
export interface BaseTables {
  readonly rows: number;
  readonly last: Float32Array;
}

export function baseTables(nets: Nets): BaseTables {
  return { rows: nets.group_1.rows, last: scaledLastTable(nets) };
}

/** A row of blocks in progress. */
class Lane {
  readonly block: BlockState;
  readonly base: Float32Array;
  column = 0;
  phase = BETWEEN_BLOCKS;
  /** Row of the context batch that `base` is still to come from, or -1. */
  contextRow = -1;

  constructor(
    readonly plane: PlaneState,
    readonly row: number,
    tables: BaseTables,
  ) {
    this.block = new BlockState(plane);
    this.base = new Float32Array(tables.rows);
  }
}

/** The rows of a plane that have begun and not ended; later ones begin one by one. */
interface PlaneLanes {
  readonly plane: PlaneState;
  readonly lanes: Lane[];
  nextRow: number;
}

/** Codes one chunk, a step at a time, with nets that many chunks may share. */
export class ChunkCoder {
  /** Blocks finished since the last look. */
  finishedBlocks = 0;
  private steps = 0;
  private readonly planes: PlaneLanes[] = [];
  private readonly items: Lane[] = [];
  private phases = new Int32Array(64);
  private rows = new Int32Array(64);
  private counts = new Int32Array(64);
  /** What is encoded, in the order of the items. */
  private values = new Int32Array(256);
  private valueCount = 0;
  /** Of each class, what waits for the carries of an encoder's batches: context row and last; pair and context row. */
  private readonly pendingRows: number[][] = [[], []];
  private readonly pendingPairs: number[][] = [[], []];

  /** @param coder An encoder if `encodes`, else a decoder. */
  constructor(
    private readonly chunk: DctChunk,
    private readonly coder: SymbolCoder,
    private readonly tables: readonly BaseTables[],
    private readonly encodes: boolean,
  ) {
    for (const band of chunk.bands) this.addBand(band);
  }

  private addBand(band: DctBand): void {
    const states: PlaneState[] = [];
    const references: LumaReference[] = [];
    band.planes.forEach((plane, i) => {
      if (i === 0 || i > 2) {
        states.push(new PlaneState(plane));
      } else {
        let reference = references.find((r) => r.serves(plane));
        if (!reference) {
          reference = new LumaReference(states[0], band.planes[0], plane);
          references.push(reference);
        }
        const sameGrid = i === 2 && reference.serves(band.planes[1]);
        states.push(new PlaneState(plane, reference, sameGrid ? states[1] : undefined));
      }
      if (this.encodes) states[i].load(plane);
      this.planes.push({ plane: states[i], lanes: [], nextRow: 0 });
    });
  }

  /**
   * Adds the next step to the batches. An encoder may add several before it runs the nets; a decoder one.
   *
   * @returns Whether there was one.
   */
  collect(batches: readonly NetBatch[]): boolean {
    const first = this.items.length;
    const turn = this.steps++ % CHROMA_INTERVAL === 0;
    this.collectClass(LUMA, batches);
    if (turn || this.items.length === first) this.collectClass(CHROMA, batches);
    if (this.encodes) {
      for (let i = first; i < this.items.length; i++) this.advance(i);
    }
    return this.items.length > first;
  }

  private collectClass(kind: 0 | 1, batches: readonly NetBatch[]): void {
    for (const entry of this.planes) if (entry.plane.kind === kind) this.collectPlane(entry, batches);
  }

  private collectPlane(entry: PlaneLanes, batches: readonly NetBatch[]): void {
    const { plane, lanes } = entry;
    while (lanes.length > 0 && lanes[0].column === plane.columns) lanes.shift();
    const batch = batches[plane.kind];
    if (entry.nextRow < plane.rows && this.isReady(plane, entry.nextRow, 0)) {
      lanes.push(new Lane(plane, entry.nextRow++, this.tables[plane.kind]));
    }
    for (const lane of lanes) {
      if (lane.column === plane.columns) continue;
      if (lane.phase === BETWEEN_BLOCKS) {
        if (!this.isReady(plane, lane.row, lane.column)) continue;
        lane.phase = CONTEXT;
        this.addContext(lane, batch);
      } else {
        this.addGroup(lane, batch);
      }
    }
  }

  /** Whether all that the features of a block look at has been coded. */
  private isReady(plane: PlaneState, row: number, column: number): boolean {
    const right = Math.min(column + 1, plane.columns - 1);
    if (row > 0 && plane.done[row - 1] <= right) return false;
    const { luma, first } = plane;
    if (!luma) return true;
    const below = Math.min(row + 1, plane.rows - 1);
    if (first && first.done[below] <= right) return false;
    return luma.isKnown(below, right);
  }

  private addContext(lane: Lane, batch: NetBatch): void {
    lane.block.start(lane.row, lane.column);
    const row = batch.addBlock();
    lane.block.writeContext(batch.context, row * batch.contextInputs);
    if (this.encodes) this.addValue(lane.plane.lastOf(lane.block.at));
    this.addItem(lane, row, 1);
  }

  private addGroup(lane: Lane, batch: NetBatch): void {
    const { block, phase, plane } = lane;
    const pair = batch.addPair(phase);
    block.writeGroup(batch.group, pair * GROUP_INPUTS, phase);
    if (lane.contextRow < 0) batch.base.set(lane.base, pair * batch.baseInputs);
    else this.pendingPairs[plane.kind].push(pair, lane.contextRow);
    const first = batch.coefficients;
    for (const index of ON_DIAGONAL[phase]) {
      if (POSITION[index] > block.last) continue;
      const row = batch.addCoefficient(index);
      block.writeCoefficient(batch.coefficient, row * batch.coefficientInputs, index);
      if (this.encodes) {
        const value = plane.coefficients[block.at * 64 + index];
        this.addValue(index === 0 ? value - block.prediction : value);
      }
    }
    this.addItem(lane, first, batch.coefficients - first);
  }

  private addItem(lane: Lane, row: number, count: number): void {
    const at = this.items.length;
    if (at === this.rows.length) {
      this.phases = grown(this.phases);
      this.rows = grown(this.rows);
      this.counts = grown(this.counts);
    }
    this.items.push(lane);
    this.phases[at] = lane.phase;
    this.rows[at] = row;
    this.counts[at] = count;
  }

  private addValue(value: number): void {
    if (this.valueCount === this.values.length) this.values = grown(this.values);
    this.values[this.valueCount++] = value;
  }

  /** Takes the true values of an item, so that the next step can be collected before this one is coded. */
  private advance(item: number): void {
    const lane = this.items[item];
    const { block, plane, phase } = lane;
    if (phase === CONTEXT) {
      lane.contextRow = this.rows[item];
      this.begin(lane, plane.lastOf(block.at));
      this.pendingRows[plane.kind].push(lane.contextRow, block.last);
      return;
    }
    if (phase > 0) {
      for (const index of ON_DIAGONAL[phase]) {
        if (POSITION[index] <= block.last) block.set(index, plane.coefficients[block.at * 64 + index]);
      }
    }
    this.endGroup(lane);
  }

  private begin(lane: Lane, last: number): void {
    lane.block.begin(last);
    lane.phase = last === 0 ? 0 : 1;
  }

  private endGroup(lane: Lane): void {
    const { phase, plane, row, block } = lane;
    if (phase > 0) {
      lane.phase = phase < DIAGONAL[ZIGZAG[block.last]] ? phase + 1 : 0;
      return;
    }
    plane.finish(row, lane.column);
    lane.column++;
    lane.phase = BETWEEN_BLOCKS;
    this.finishedBlocks++;
  }

  /** Fills the bases that waited for carries of the same batches. */
  resolve(batches: readonly NetBatch[]): void {
    for (const batch of batches) {
      const { kind, baseInputs, carry, base } = batch;
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
    for (const lane of this.items) {
      if (lane.contextRow < 0) continue;
      const { carry, baseInputs } = batches[lane.plane.kind];
      const from = lane.contextRow * baseInputs;
      lane.base.set(carry.subarray(from, from + baseInputs));
      lane.contextRow = -1;
    }
  }

  /** Codes the items collected, with the answers of the nets. */
  code(batches: readonly NetBatch[]): void {
    const { items, phases, rows, counts, values, coder } = this;
    let next = 0;
    for (let i = 0; i < items.length; i++) {
      const lane = items[i];
      const batch = batches[lane.plane.kind];
      if (!this.encodes) {
        this.decodeItem(lane, batch, rows[i], counts[i]);
      } else if (phases[i] === CONTEXT) {
        coder.codeLast(batch.last, rows[i] * LAST_SYMBOLS, values[next++]);
      } else {
        for (let row = rows[i]; row < rows[i] + counts[i]; row++) {
          coder.codeValue(batch.logits, row * SYMBOLS, values[next++]);
        }
      }
    }
    items.length = 0;
    this.valueCount = 0;
  }

  private decodeItem(lane: Lane, batch: NetBatch, first: number, count: number): void {
    const { coder } = this;
    const { block, plane, phase } = lane;
    if (phase === CONTEXT) {
      const last = coder.codeLast(batch.last, first * LAST_SYMBOLS, 0);
      this.begin(lane, last);
      this.writeBase(plane.kind, batch.carry, first, last, lane.base, 0);
      return;
    }
    for (let row = first; row < first + count; row++) {
      const index = batch.index[row];
      let value = coder.codeValue(batch.logits, row * SYMBOLS, 0);
      if (index === 0) value += block.prediction;
      else block.set(index, value);
      if (value < -32768 || value > 32767) throw corrupt('a coefficient is beyond 16 bits');
      if (value === 0 && index > 0 && POSITION[index] === block.last)
        throw corrupt('a last coefficient is zero');
      plane.coefficients[block.at * 64 + index] = value;
    }
    this.endGroup(lane);
  }

  /** Gives the chunk its decoded coefficients, and checks that the payload ends here. */
  finishDecoding(): void {
    this.coder.finish();
    let at = 0;
    for (const band of this.chunk.bands)
      for (const plane of band.planes) this.planes[at++].plane.store(plane);
  }

  finishEncoding(): Uint8Array {
    return this.coder.finish();
  }

  /** Writes a block's base: its carry and the row of `group_last`. */
  private writeBase(
    kind: 0 | 1,
    carry: Float32Array,
    row: number,
    last: number,
    to: Float32Array,
    o: number,
  ): void {
    const { rows, last: table } = this.tables[kind];
    const from = row * rows;
    const at = last * rows;
    for (let k = 0; k < rows; k++) to[o + k] = carry[from + k] + table[at + k];
  }
}

function grown(array: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}

function corrupt(reason: string): LlmcError {
  return new LlmcError('chunk-corrupt', `The chunk's payload does not decode: ${reason}.`);
}
