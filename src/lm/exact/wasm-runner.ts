/** The nets in WebAssembly. */

import type { NetBatch, NetRunner } from './batch.js';
import { GROUP_INPUTS, LAST_SYMBOLS, SYMBOLS } from './layout.js';
import { LAYER_NAMES, LAYER_SOURCES, type LayerName, type Nets, outputRange } from './nets.js';
import { type LayerPlacer, type PlacedLayer, ROWS, WasmLayers } from './wasm-layers.js';

/** The nets of a class in the kernel's memory; tables are int32 with the bias of their layer added. */
interface PlacedNets {
  readonly layers: Readonly<Record<LayerName, PlacedLayer>>;
  readonly groupIndex: number;
  readonly coefficientIndex: number;
}

/** Evaluates the nets with the kernel. */
export class WasmRunner implements NetRunner {
  private constructor(
    private readonly kernel: WasmLayers,
    private readonly classes: readonly PlacedNets[],
  ) {}

  static async open(classes: readonly Nets[]): Promise<WasmRunner> {
    const { layers, placed } = await WasmLayers.open((placer) =>
      classes.map((nets) => placeNets(placer, nets)),
    );
    return new WasmRunner(layers, placed);
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
    const { kernel } = this;
    const [first, second] = kernel.hidden;
    for (let block = 0; block < batch.blocks; block += ROWS) {
      const rows = Math.min(ROWS, batch.blocks - block);
      kernel.load(batch.context, block, rows, batch.contextInputs);
      kernel.evaluate(layers.context_1, kernel.features, rows, first);
      kernel.evaluate(layers.context_2, first, rows, second);
      kernel.evaluate(layers.context_to_group, second, rows, kernel.carries);
      kernel.store(layers.context_to_group, kernel.carries, batch.carry, block, rows, batch.baseInputs);
      kernel.evaluate(layers.last_1, second, rows, first);
      kernel.evaluate(layers.last_2, first, rows, second);
      kernel.store(layers.last_2, second, batch.last, block, rows, LAST_SYMBOLS);
    }
  }

  private evaluateCoefficients(batch: NetBatch): void {
    const { layers, groupIndex } = this.classes[batch.kind];
    const { group_1, group_2, group_to_coefficient } = layers;
    const { kernel } = this;
    const [first, second] = kernel.hidden;
    let coefficient = 0;
    for (let pair = 0; pair < batch.pairs; pair += ROWS) {
      const rows = Math.min(ROWS, batch.pairs - pair);
      kernel.load(batch.group, pair, rows, GROUP_INPUTS);
      kernel.int32.set(
        batch.base.subarray(pair * batch.baseInputs, (pair + rows) * batch.baseInputs),
        kernel.carries >> 2,
      );
      kernel.int32.set(batch.groupIndex.subarray(pair, pair + rows), kernel.tableRows >> 2);
      kernel.addTable(
        group_1,
        kernel.carries,
        batch.baseInputs,
        kernel.inOrder,
        groupIndex,
        kernel.tableRows,
        rows,
      );
      kernel.evaluate(group_1, kernel.features, rows, first, kernel.sums);
      kernel.evaluate(group_2, first, rows, second);
      kernel.evaluate(group_to_coefficient, second, rows, kernel.carries);
      coefficient = this.evaluateGroups(batch, pair, rows, coefficient);
    }
  }

  /** The coefficients of the pairs whose carries are ready; returns the first coefficient after them. */
  private evaluateGroups(batch: NetBatch, pair: number, pairs: number, from: number): number {
    const { layers, coefficientIndex } = this.classes[batch.kind];
    const { coefficient_1, coefficient_2, coefficient_3 } = layers;
    const { kernel } = this;
    const { int32 } = kernel;
    const [first, second] = kernel.hidden;
    const vectorRows = kernel.vectorRows >> 2;
    let next = from;
    while (next < batch.coefficients && batch.pair[next] < pair + pairs) {
      const start = next;
      let rows = 0;
      for (; rows < ROWS && next < batch.coefficients && batch.pair[next] < pair + pairs; rows++, next++) {
        int32[vectorRows + rows] = batch.pair[next] - pair;
      }
      int32.set(batch.index.subarray(start, next), kernel.tableRows >> 2);
      kernel.addTable(
        coefficient_1,
        kernel.carries,
        coefficient_1.width,
        kernel.vectorRows,
        coefficientIndex,
        kernel.tableRows,
        rows,
      );
      kernel.load(batch.coefficient, start, rows, batch.coefficientInputs);
      kernel.evaluate(coefficient_1, kernel.features, rows, first, kernel.sums);
      kernel.evaluate(coefficient_2, first, rows, second);
      kernel.evaluate(coefficient_3, second, rows, first);
      kernel.store(coefficient_3, first, batch.logits, start, rows, SYMBOLS);
    }
    return next;
  }
}

function placeNets(placer: LayerPlacer, nets: Nets): PlacedNets {
  const layers = Object.fromEntries(
    LAYER_NAMES.map((name) => [
      name,
      placer.layer(nets[name], outputRange(name), LAYER_SOURCES[name] === 'features'),
    ]),
  );
  return {
    layers: layers as Record<LayerName, PlacedLayer>,
    groupIndex: placer.table(nets.group_index, nets.group_1.bias),
    coefficientIndex: placer.table(nets.coefficient_index, nets.coefficient_1.bias),
  };
}
