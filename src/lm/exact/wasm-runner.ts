/**
 * The nets on the CPU in WebAssembly (assembly/layer.ts): integers from end to end. It skips inputs that are zero, has no
 * cost per call, and starts in milliseconds, so that a decoder's small steps are as fast as large batches.
 */

import { instantiate } from '../instantiate.js';
import type { NetBatch, NetRunner } from './batch.js';
import { GROUP_INPUTS, LAST_SYMBOLS, SYMBOLS } from './layout.js';
import { LAYER_NAMES, LAYER_SOURCES, type LayerName, type Nets, outputRange, type Table } from './nets.js';
import { KERNEL } from './wasm-kernel.js';

/** Outputs that the kernel sums at once; widths are padded to multiples of it. */
const TILE = 32;
/** Inputs that the kernel looks at once; their number is padded to a multiple of it. */
const LANES = 8;
/** Rows that go through the layers together: enough to reuse weights, few enough to stay in the cache. */
const ROWS = 64;

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
interface PlacedLayer {
  readonly width: number;
  readonly inputs: number;
  readonly weights: number;
  readonly bias: number;
  readonly scale: number;
  readonly low: number;
  readonly high: number;
  readonly wide: boolean;
}

/** The nets of a class in the kernel's memory; tables are int32 with the bias of their layer added. */
interface PlacedNets {
  readonly layers: Readonly<Record<LayerName, PlacedLayer>>;
  readonly groupIndex: number;
  readonly coefficientIndex: number;
}

function padded(count: number, multiple: number): number {
  return Math.ceil(count / multiple) * multiple;
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
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

/** Evaluates the nets with the kernel. */
export class WasmRunner implements NetRunner {
  private readonly classes: readonly PlacedNets[];
  private readonly int16: Int16Array;
  private readonly int32: Int32Array;
  /** Buffers of ROWS rows. */
  private readonly features: number;
  private readonly sums: number;
  private readonly carries: number;
  private readonly hidden: readonly [number, number];
  private readonly values: number;
  private readonly places: number;
  private readonly lengths: number;
  private readonly packing: number;

  private constructor(
    private readonly kernel: Kernel,
    arena: Arena,
    classes: readonly Nets[],
  ) {
    this.classes = classes.map((nets) => placeNets(arena, nets));
    let widest = 0;
    for (const { layers } of this.classes) {
      for (const name of LAYER_NAMES) widest = Math.max(widest, layers[name].width, layers[name].inputs);
    }
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

  static async open(classes: readonly Nets[]): Promise<WasmRunner> {
    const arena = new Arena();
    const instance = await instantiate(decodeBase64(KERNEL), {
      env: { memory: arena.memory },
    });
    return new WasmRunner(instance.exports as unknown as Kernel, arena, classes);
  }

  async run(batches: readonly NetBatch[]): Promise<void> {
    for (const batch of batches) {
      this.evaluateBlocks(batch);
      this.evaluateCoefficients(batch);
    }
  }

  async runContext(batches: readonly NetBatch[]): Promise<void> {
    for (const batch of batches) this.evaluateBlocks(batch);
  }

  async runCoefficients(batches: readonly NetBatch[]): Promise<void> {
    for (const batch of batches) this.evaluateCoefficients(batch);
  }

  async close(): Promise<void> {}

  private evaluateBlocks(batch: NetBatch): void {
    const { layers } = this.classes[batch.kind];
    const [first, second] = this.hidden;
    for (let block = 0; block < batch.blocks; block += ROWS) {
      const rows = Math.min(ROWS, batch.blocks - block);
      this.load(batch.context, block, rows, batch.contextInputs, layers.context_1);
      this.evaluate(layers.context_1, this.features, rows, first);
      this.evaluate(layers.context_2, first, rows, second);
      this.evaluate(layers.context_to_group, second, rows, this.carries);
      this.store(
        this.int32,
        this.carries >> 2,
        layers.context_to_group.width,
        batch.carry,
        block,
        rows,
        batch.baseInputs,
      );
      this.evaluate(layers.last_1, second, rows, first);
      this.evaluate(layers.last_2, first, rows, second);
      this.store(this.int16, second >> 1, layers.last_2.width, batch.last, block, rows, LAST_SYMBOLS);
    }
  }

  private evaluateCoefficients(batch: NetBatch): void {
    const { layers, groupIndex } = this.classes[batch.kind];
    const { group_1, group_2, group_to_coefficient } = layers;
    const { int32 } = this;
    const [first, second] = this.hidden;
    let coefficient = 0;
    for (let pair = 0; pair < batch.pairs; pair += ROWS) {
      const rows = Math.min(ROWS, batch.pairs - pair);
      this.load(batch.group, pair, rows, GROUP_INPUTS, group_1);
      for (let row = 0; row < rows; row++) {
        const sum = this.sums + 4 * row * group_1.width;
        const from = (pair + row) * batch.baseInputs;
        int32.set(batch.base.subarray(from, from + batch.baseInputs), sum >> 2);
        this.kernel.addRows(
          sum,
          groupIndex + 4 * batch.groupIndex[pair + row] * group_1.width,
          group_1.width,
          sum,
        );
      }
      this.evaluate(group_1, this.features, rows, first, this.sums);
      this.evaluate(group_2, first, rows, second);
      this.evaluate(group_to_coefficient, second, rows, this.carries);
      coefficient = this.evaluateGroups(batch, pair, rows, coefficient);
    }
  }

  /** The coefficients of the pairs whose carries are ready; returns the first coefficient after them. */
  private evaluateGroups(batch: NetBatch, pair: number, pairs: number, from: number): number {
    const { layers, coefficientIndex } = this.classes[batch.kind];
    const { coefficient_1, coefficient_2, coefficient_3 } = layers;
    const { width } = coefficient_1;
    const [first, second] = this.hidden;
    let next = from;
    while (next < batch.coefficients && batch.pair[next] < pair + pairs) {
      const start = next;
      let rows = 0;
      for (; rows < ROWS && next < batch.coefficients && batch.pair[next] < pair + pairs; rows++, next++) {
        this.kernel.addRows(
          this.carries + 4 * (batch.pair[next] - pair) * width,
          coefficientIndex + 4 * batch.index[next] * width,
          width,
          this.sums + 4 * rows * width,
        );
      }
      this.load(batch.coefficient, start, rows, batch.coefficientInputs, coefficient_1);
      this.evaluate(coefficient_1, this.features, rows, first, this.sums);
      this.evaluate(coefficient_2, first, rows, second);
      this.evaluate(coefficient_3, second, rows, first);
      this.store(this.int16, first >> 1, coefficient_3.width, batch.logits, start, rows, SYMBOLS);
    }
    return next;
  }

  /** Runs a layer from rows of inputs to rows of outputs; `sums` take the place of the bias. */
  private evaluate(layer: PlacedLayer, inputs: number, rows: number, outputs: number, sums?: number): void {
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

  /** Copies rows of features to the kernel's memory. */
  private load(from: Int16Array, row: number, rows: number, columns: number, layer: PlacedLayer): void {
    const { int16 } = this;
    const start = this.features >> 1;
    const stride = layer.inputs;
    for (let r = 0; r < rows; r++) {
      const at = (row + r) * columns;
      int16.set(from.subarray(at, at + columns), start + r * stride);
      int16.fill(0, start + r * stride + columns, start + (r + 1) * stride);
    }
  }

  private store(
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

function placeNets(arena: Arena, nets: Nets): PlacedNets {
  const layers = Object.fromEntries(LAYER_NAMES.map((name) => [name, placeLayer(arena, nets, name)]));
  return {
    layers: layers as Record<LayerName, PlacedLayer>,
    groupIndex: placeTable(arena, nets.group_index, nets.group_1.bias),
    coefficientIndex: placeTable(arena, nets.coefficient_index, nets.coefficient_1.bias),
  };
}

function placeLayer(arena: Arena, nets: Nets, name: LayerName): PlacedLayer {
  const { rows, inputs, weight, bias, shift } = nets[name];
  const width = padded(rows, TILE);
  // Inputs from another layer come with its padding.
  const count = padded(inputs, LAYER_SOURCES[name] === 'features' ? LANES : TILE);
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
  const [low, high] = outputRange(name);
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

function placeTable(arena: Arena, table: Table, bias: Int32Array): number {
  const width = padded(table.columns, TILE);
  const values = new Int32Array(table.rows * width);
  for (let row = 0; row < table.rows; row++) {
    for (let k = 0; k < table.columns; k++) {
      values[row * width + k] = table.values[row * table.columns + k] + bias[k];
    }
  }
  return arena.int32(values);
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
