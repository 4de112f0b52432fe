/**
 * The layers of exact nets on the CPU in WebAssembly (assembly/layer.ts): integers from end to end. It skips inputs that are
 * zero, has no cost per call, and starts in milliseconds, so that a decoder's small steps are as fast as large batches.
 */

import { instantiate } from '../instantiate.js';
import type { Layer, Table } from './nets.js';
import { KERNEL } from './wasm-kernel.js';

/** Outputs that the kernel sums at once; widths are padded to multiples of it. */
const TILE = 32;
/** Inputs that the kernel looks at once; their number is padded to a multiple of it. */
const LANES = 8;
/** Rows that go through the layers together: enough to reuse weights, few enough to stay in the cache. */
export const ROWS = 64;

interface Kernel {
  layer(
    inputs: number,
    rows: number,
    count: number,
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
    lengths: number,
    packing: number,
  ): void;
  addRows(first: number, second: number, count: number, sum: number): void;
}

/** A layer in the kernel's memory; the fields are addresses and sizes of `Kernel.layer`. */
export interface PlacedLayer {
  readonly width: number;
  readonly inputs: number;
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
  readonly int16: Int16Array;
  readonly int32: Int32Array;
  private readonly values: number;
  private readonly places: number;
  private readonly lengths: number;
  private readonly packing: number;

  private constructor(
    private readonly kernel: Kernel,
    arena: Arena,
    widest: number,
  ) {
    this.features = arena.take(2 * ROWS * widest);
    this.hidden = [arena.take(2 * ROWS * widest), arena.take(2 * ROWS * widest)];
    this.sums = arena.take(4 * ROWS * widest);
    this.carries = arena.take(4 * ROWS * widest);
    this.values = arena.take(2 * ROWS * (widest + LANES));
    this.places = arena.take(4 * ROWS * (widest + LANES));
    this.packing = placePacking(arena);
    this.lengths = arena.take(4 * ROWS);
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

  /** Adds two rows of int32, of a layer's width. */
  addRows(first: number, second: number, width: number, sum: number): void {
    this.kernel.addRows(first, second, width, sum);
  }

  /** Runs a layer from rows of inputs to rows of outputs; `sums` take the place of the bias. */
  evaluate(layer: PlacedLayer, inputs: number, rows: number, outputs: number, sums?: number): void {
    this.kernel.layer(
      inputs,
      rows,
      layer.inputs,
      layer.weights,
      layer.width / TILE,
      sums ?? layer.bias,
      sums === undefined ? 0 : 4 * layer.width,
      layer.scale,
      layer.low,
      layer.high,
      outputs,
      layer.wide ? 1 : 0,
      this.values,
      this.places,
      this.lengths,
      this.packing,
    );
  }

  /** Copies rows of features, `columns` each, to `features`. */
  load(from: Int16Array, row: number, rows: number, columns: number, layer: PlacedLayer): void {
    const { int16 } = this;
    const start = this.features >> 1;
    const stride = layer.inputs;
    for (let r = 0; r < rows; r++) {
      const at = (row + r) * columns;
      int16.set(from.subarray(at, at + columns), start + r * stride);
      int16.fill(0, start + r * stride + columns, start + (r + 1) * stride);
    }
  }

  /** Copies rows of outputs at an index of `int16` or `int32`, `stride` apart, to rows of `columns`. */
  store(
    from: Int16Array | Int32Array,
    at: number,
    stride: number,
    to: Int16Array | Int32Array,
    row: number,
    rows: number,
    columns: number,
  ): void {
    for (let r = 0; r < rows; r++)
      to.set(from.subarray(at + r * stride, at + r * stride + columns), (row + r) * columns);
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
    const count = padded(inputs, ofFeatures ? LANES : TILE);
    this.widest = Math.max(this.widest, width, count);
    const weights = arena.take(2 * width * count);
    const placed = new Int16Array(arena.memory.buffer, weights, width * count);
    for (let row = 0; row < rows; row++) {
      const tile = (row - (row % TILE)) * count + (row % TILE);
      for (let i = 0; i < inputs; i++) placed[tile + i * TILE] = weight[row * inputs + i];
    }
    const biases = new Int32Array(width);
    biases.set(bias);
    const scales = new Float32Array(width);
    for (let row = 0; row < rows; row++) scales[row] = 2 ** -shift[row];
    return {
      width,
      inputs: count,
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

/** For each mask of 8 bits, 24 bytes: the bytes of the lanes of int16 that are set, then their numbers. */
function placePacking(arena: Arena): number {
  const at = arena.take(256 * 24);
  const bytes = new Uint8Array(arena.memory.buffer, at, 256 * 24);
  for (let mask = 0; mask < 256; mask++) {
    let count = 0;
    for (let lane = 0; lane < LANES; lane++) {
      if (((mask >> lane) & 1) === 0) continue;
      bytes[24 * mask + 2 * count] = 2 * lane;
      bytes[24 * mask + 2 * count + 1] = 2 * lane + 1;
      bytes[24 * mask + 16 + count++] = lane;
    }
  }
  return at;
}
