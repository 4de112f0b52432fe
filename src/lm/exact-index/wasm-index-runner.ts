/** The nets of an index model in WebAssembly. */

import { CARRY_RANGE, HIDDEN_RANGE, LOGIT_RANGE } from '../exact/nets.js';
import { type LayerPlacer, type PlacedLayer, ROWS, WasmLayers } from '../exact/wasm-layers.js';
import type { IndexRunner } from './index-runner.js';
import { headOf, type IndexNets } from './nets.js';

/** The nets in the kernel's memory; tables are int32 with the bias of their layer added. */
interface PlacedNets {
  readonly context_1: PlacedLayer;
  readonly contextDepth: number;
  readonly context_2: PlacedLayer;
  readonly context_to_token: PlacedLayer;
  readonly token_1: PlacedLayer;
  readonly tokenLayer: number;
  readonly token_2: PlacedLayer;
  /** The rows of token_3, by layer. */
  readonly heads: readonly PlacedLayer[];
}

/** Evaluates the nets with the kernel. */
export class WasmIndexRunner implements IndexRunner {
  private constructor(
    private readonly nets: IndexNets,
    private readonly kernel: WasmLayers,
    private readonly placed: PlacedNets,
  ) {}

  static async open(nets: IndexNets): Promise<WasmIndexRunner> {
    const { layers, placed } = await WasmLayers.open((placer) => placeNets(placer, nets));
    return new WasmIndexRunner(nets, layers, placed);
  }

  async runContext(features: Int16Array, depth: number, count: number, vectors: Int32Array): Promise<void> {
    const { kernel } = this;
    const { context_1, contextDepth, context_2, context_to_token } = this.placed;
    const { inputs } = this.nets.context_1;
    const { rows } = this.nets.token_1;
    const [first, second] = kernel.hidden;
    const row = contextDepth + 4 * (depth - 1) * context_1.width;
    for (let from = 0; from < count; from += ROWS) {
      const part = Math.min(ROWS, count - from);
      kernel.load(features, from, part, inputs);
      kernel.evaluate(context_1, kernel.features, part, first, row, true);
      kernel.evaluate(context_2, first, part, second);
      kernel.evaluate(context_to_token, second, part, kernel.carries);
      kernel.store(context_to_token, kernel.carries, vectors, from, part, rows);
    }
  }

  async runToken(
    layer: number,
    features: Int16Array,
    vectors: Int32Array,
    count: number,
    logits: Int16Array,
  ): Promise<void> {
    const { kernel } = this;
    const { token_1, tokenLayer, token_2, heads } = this.placed;
    const { rows, inputs } = this.nets.token_1;
    const head = heads[layer];
    const [first, second] = kernel.hidden;
    kernel.int32.fill(layer, kernel.tableRows >> 2, (kernel.tableRows >> 2) + ROWS);
    for (let from = 0; from < count; from += ROWS) {
      const part = Math.min(ROWS, count - from);
      kernel.load(features, from, part, inputs);
      kernel.int32.set(vectors.subarray(from * rows, (from + part) * rows), kernel.carries >> 2);
      kernel.addTable(token_1, kernel.carries, rows, kernel.inOrder, tokenLayer, kernel.tableRows, part);
      kernel.evaluate(token_1, kernel.features, part, first, kernel.sums);
      kernel.evaluate(token_2, first, part, second);
      kernel.evaluate(head, second, part, first);
      kernel.store(head, first, logits, from, part, this.nets.codebooks[layer]);
    }
  }

  async close(): Promise<void> {}
}

function placeNets(placer: LayerPlacer, nets: IndexNets): PlacedNets {
  return {
    context_1: placer.layer(nets.context_1, HIDDEN_RANGE, true),
    contextDepth: placer.table(nets.context_depth, nets.context_1.bias),
    context_2: placer.layer(nets.context_2, HIDDEN_RANGE, false),
    context_to_token: placer.layer(nets.context_to_token, CARRY_RANGE, false),
    token_1: placer.layer(nets.token_1, HIDDEN_RANGE, true),
    tokenLayer: placer.table(nets.token_layer, nets.token_1.bias),
    token_2: placer.layer(nets.token_2, HIDDEN_RANGE, false),
    heads: nets.codebooks.map((_, layer) => placer.layer(headOf(nets, layer), LOGIT_RANGE, false)),
  };
}
