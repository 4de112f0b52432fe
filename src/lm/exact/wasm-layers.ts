/**
 * The layers of exact nets on the CPU in WebAssembly (assembly/layer.ts): integers from end to end. It skips inputs that are
 * zero, has no cost per call, and starts in milliseconds, so that a decoder's small steps are as fast as large batches.
 */

import { instantiate } from '../instantiate.js';
import type { Layer, Table } from './nets.js';
import { KERNEL } from './wasm-kernel.js';

/** Outputs that the kernel sums at once; widths are padded to multiples of it. */
const TILE = 32;
/** Inputs that the kernel looks at once: it may read so many beyond the last. */
const LANES = 16;
/** Rows that go through the layers together: enough to reuse weights, few enough to stay in the cache. */
export const ROWS = 64;

interface Kernel {
  layer(
    inputs: number,
    rows: number,
    count: number,
    room: number,
    weights: number,
    tiles: number,
    start: number,
    startStride: number,
    scale: number,
    low: number,
    high: number,
    outputs: number,
    wide: number,
    values: number,
    places: number,
    lists: number,
    packing: number,
    bounds: number,
  ): void;
  addTable(
    vectors: number,
    vectorBytes: number,
    vectorRows: number,
    table: number,
    tableBytes: number,
    tableRows: number,
    rows: number,
    sums: number,
  ): void;
  closeUp(at: number, stride: number, bytes: number, rows: number): void;
}

/** A layer in the kernel's memory; the fields are addresses and sizes of `Kernel.layer`. */
export interface PlacedLayer {
  readonly width: number;
  /** Inputs, and what their rows are apart: features have no padding. */
  readonly inputs: number;
  readonly room: number;
  readonly weights: number;
  readonly bias: number;
  readonly scale: number;
  readonly low: number;
  readonly high: number;
  readonly wide: boolean;
}

function padded(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}

/** Hands out parts of a memory, one after another. */
class Arena {
  readonly memory = new WebAssembly.Memory({ initial: 1 });
  private end = 0;

  take(bytes: number): number {
    const at = this.end;
    this.end = padded(at + bytes, 16);
    const missing = this.end - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / 65536));
    return at;
  }

  int32(values: ArrayLike<number>): number {
    const at = this.take(4 * values.length);
    new Int32Array(this.memory.buffer, at, values.length).set(values);
    return at;
  }
}

/** Where layers and tables lie, and the buffers that their inputs and outputs go through. */
export class WasmLayers {
  /** Buffers of ROWS rows: addresses. */
  readonly features: number;
  readonly sums: number;
  readonly carries: number;
  readonly hidden: readonly [number, number];
  /** Numbers of rows, int32 [ROWS] each, for `addTable`; those of `inOrder` are 0, 1, 2, .. */
  readonly vectorRows: number;
  readonly tableRows: number;
  readonly inOrder: number;
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  private readonly values: number;
  private readonly places: number;
  private readonly lists: number;
  private readonly packing: number;
  private readonly bounds: number;

  private constructor(
    private readonly kernel: Kernel,
    arena: Arena,
    widest: number,
  ) {
    this.features = arena.take(2 * (ROWS * widest + LANES));
    this.hidden = [arena.take(2 * ROWS * widest), arena.take(2 * ROWS * widest)];
    this.sums = arena.take(4 * ROWS * widest);
    this.carries = arena.take(4 * ROWS * widest);
    this.values = arena.take(2 * ROWS * (widest + LANES));
    this.places = arena.take(2 * ROWS * (widest + LANES));
    this.lists = arena.take(8 * ROWS);
    this.vectorRows = arena.take(4 * ROWS);
    this.tableRows = arena.take(4 * ROWS);
    this.inOrder = arena.int32(Array.from({ length: ROWS }, (_, row) => row));
    this.packing = placePacking(arena);
    this.bounds = arena.int32(Int32Array.from({ length: LANES }, (_, i) => (i < LANES / 2 ? -1 : 0)));
    this.int16 = new Int16Array(arena.memory.buffer);
    this.int32 = new Int32Array(arena.memory.buffer);
  }

  /** The kernel with what `place` puts into its memory. */
  static async open<Placed>(
    place: (placer: LayerPlacer) => Placed,
  ): Promise<{ readonly layers: WasmLayers; readonly placed: Placed }> {
    const placer = new LayerPlacer();
    const placed = place(placer);
    const { arena, widest } = placer;
    const instance = await instantiate(KERNEL, { env: { memory: arena.memory } });
    return { layers: new WasmLayers(instance.exports as unknown as Kernel, arena, widest), placed };
  }

  /**
   * Runs a layer from rows of inputs to rows of outputs.
   *
   * @param sums What each row starts from, in place of the bias, or one row for all.
   */
  evaluate(
    layer: PlacedLayer,
    inputs: number,
    rows: number,
    outputs: number,
    sums = layer.bias,
    forAll = sums === layer.bias,
  ): void {
    this.kernel.layer(
      inputs,
      rows,
      layer.inputs,
      layer.room,
      layer.weights,
      layer.width / TILE,
      sums,
      forAll ? 0 : 4 * layer.width,
      layer.scale,
      layer.low,
      layer.high,
      outputs,
      layer.wide ? 1 : 0,
      this.values,
      this.places,
      this.lists,
      this.packing,
      this.bounds,
    );
  }

  /**
   * Puts what rows of a layer start from into `sums`: rows of vectors, which lie `columns` apart, plus rows of a
   * table.
   *
   * @param vectorRows, tableRows Where the numbers of the rows are.
   */
  addTable(
    layer: PlacedLayer,
    vectors: number,
    columns: number,
    vectorRows: number,
    table: number,
    tableRows: number,
    rows: number,
  ): void {
    this.kernel.addTable(
      vectors,
      4 * columns,
      vectorRows,
      table,
      4 * layer.width,
      tableRows,
      rows,
      this.sums,
    );
  }

  /** Copies rows of features, `columns` each, to `features`. */
  load(from: Int16Array, row: number, rows: number, columns: number): void {
    this.int16.set(from.subarray(row * columns, (row + rows) * columns), this.features >> 1);
  }

  /** Copies rows of a layer's outputs, which are gone then, to rows of `columns`. */
  store(
    layer: PlacedLayer,
    outputs: number,
    to: Int16Array | Int32Array,
    row: number,
    rows: number,
    columns: number,
  ): void {
    const bytes = layer.wide ? 4 : 2;
    if (columns !== layer.width) this.kernel.closeUp(outputs, bytes * layer.width, bytes * columns, rows);
    const from = layer.wide ? this.int32 : this.int16;
    const at = outputs / bytes;
    to.set(from.subarray(at, at + rows * columns), row * columns);
  }
}

/** Puts layers and tables into the kernel's memory. */
export class LayerPlacer {
  readonly arena = new Arena();
  /** Most inputs or outputs of a layer, padding included. */
  widest = 0;

  /** @param ofFeatures Whether its inputs are features; else they come from another layer, with its padding. */
  layer(
    { rows, inputs, weight, bias, shift }: Layer,
    [low, high]: readonly [number, number],
    ofFeatures: boolean,
  ): PlacedLayer {
    const { arena } = this;
    const width = padded(rows, TILE);
    const room = padded(inputs, TILE);
    this.widest = Math.max(this.widest, width, room);
    const weights = arena.take(width * room);
    placeWeights(new Uint8Array(arena.memory.buffer, weights, width * room), room, weight, rows, inputs);
    const biases = new Int32Array(width);
    biases.set(bias);
    const scales = new Float32Array(width);
    for (let row = 0; row < rows; row++) scales[row] = 2 ** -shift[row];
    return {
      width,
      inputs: ofFeatures ? inputs : room,
      room,
      weights,
      bias: arena.int32(biases),
      scale: arena.int32(new Int32Array(scales.buffer)),
      low,
      high,
      wide: low < -32768,
    };
  }

  /** Rows of int32, each with the bias of the layer that they are added to. */
  table(table: Table, bias: Int32Array): number {
    const width = padded(table.columns, TILE);
    const values = new Int32Array(table.rows * width);
    for (let row = 0; row < table.rows; row++) {
      for (let k = 0; k < table.columns; k++) {
        values[row * width + k] = table.values[row * table.columns + k] + bias[k];
      }
    }
    return this.arena.int32(values);
  }
}

/** Writes weights as the kernel wants them: see assembly/layer.ts. */
function placeWeights(to: Uint8Array, room: number, weight: Int8Array, rows: number, inputs: number): void {
  for (let row = 0; row < rows; row++) {
    const output = row % TILE;
    const isUpper = (output >> 2) & 1;
    const word = (output >> 3) * 4 + (output & 3);
    const tile = (row - output) * room + 2 * word + isUpper;
    const added = isUpper ? 0 : 128;
    const from = row * inputs;
    for (let i = 0; i < inputs; i++) to[tile + i * TILE] = weight[from + i] + added;
  }
}

/** For each mask of 8 bits, 16 bytes: those of the lanes of int16 whose bits are not set. */
function placePacking(arena: Arena): number {
  const at = arena.take(256 * 16);
  const bytes = new Uint8Array(arena.memory.buffer, at, 256 * 16);
  for (let mask = 0; mask < 256; mask++) {
    let to = 16 * mask;
    for (let lane = 0; lane < 8; lane++) {
      if ((mask >> lane) & 1) continue;
      bytes[to++] = 2 * lane;
      bytes[to++] = 2 * lane + 1;
    }
  }
  return at;
}
