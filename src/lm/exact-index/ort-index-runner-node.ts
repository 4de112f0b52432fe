/** The nets of an index model on ONNX Runtime: a session for the context net, and one for the token net of each layer. */

import * as ort from 'onnxruntime-node';
import { LayerGraph } from '../exact/layer-graph.js';
import { CARRY_RANGE, HIDDEN_RANGE, LOGIT_RANGE } from '../exact/nets.js';
import { OnnxGraph } from '../exact/onnx-writer.js';
import { type OrtDevice, openSession } from '../exact/ort-runner-node.js';
import { TensorRows } from '../exact/tensor-rows-node.js';
import type { IndexRunner } from './index-runner.js';
import { headOf, type IndexNets } from './nets.js';

/** Evaluates the nets in sessions, which are made when they are first needed. */
export class OrtIndexRunner implements IndexRunner {
  private context: Promise<ort.InferenceSession> | undefined;
  private readonly tokens: (Promise<ort.InferenceSession> | undefined)[] = [];
  private readonly contextFeatures: TensorRows;
  private readonly tokenFeatures: TensorRows;
  private readonly vectors: TensorRows;
  private readonly logits: readonly TensorRows[];

  /** @param threads Of the CPU; 0 for the runtime's choice. */
  constructor(
    private readonly nets: IndexNets,
    private readonly device: OrtDevice,
    private readonly threads: number,
  ) {
    this.contextFeatures = new TensorRows(nets.context_1.inputs);
    this.tokenFeatures = new TensorRows(nets.token_1.inputs);
    this.vectors = new TensorRows(nets.token_1.rows);
    this.logits = nets.codebooks.map((size) => new TensorRows(size));
  }

  async runContext(features: Int16Array, depth: number, count: number, vectors: Int32Array): Promise<void> {
    this.context ??= openSession(contextGraph(this.nets), this.device, this.threads);
    const session = await this.context;
    await session.run(
      {
        features: this.contextFeatures.of(features, count),
        depth: new ort.Tensor('int32', Int32Array.of(depth - 1), [1]),
      },
      { vectors: this.vectors.room(count) },
    );
    this.vectors.copyTo(vectors, count);
  }

  async runToken(
    layer: number,
    features: Int16Array,
    vectors: Int32Array,
    count: number,
    logits: Int16Array,
  ): Promise<void> {
    this.tokens[layer] ??= openSession(tokenGraph(this.nets, layer), this.device, this.threads);
    const session = await this.tokens[layer];
    const answers = this.logits[layer];
    await session.run(
      { features: this.tokenFeatures.of(features, count), vectors: this.vectors.of(vectors, count) },
      { logits: answers.room(count) },
    );
    answers.copyTo(logits, count);
  }

  async close(): Promise<void> {
    for (const opened of [this.context, ...this.tokens]) await (await opened)?.release();
  }
}

/** features [C][inputs], depth [1] (less 1) to vectors [C][rows of token_1]. */
function contextGraph({ context_1, context_depth, context_2, context_to_token }: IndexNets): Uint8Array {
  const graph = new OnnxGraph();
  const layers = new LayerGraph(graph);
  const features = graph.input('features', 'float32', ['cells', context_1.inputs]);
  const depth = graph.input('depth', 'int32', [1]);
  let hidden = layers.layer(context_1, HIDDEN_RANGE, features, layers.rows(context_depth, context_1, depth));
  hidden = layers.layer(context_2, HIDDEN_RANGE, hidden);
  const vectors = layers.layer(context_to_token, CARRY_RANGE, hidden);
  graph.output('vectors', vectors, ['cells', context_to_token.rows]);
  return graph.finish('exact-index-context');
}

/** features [C][inputs], vectors [C][rows of token_1] to logits [C][codebook size] of a layer. */
function tokenGraph(nets: IndexNets, layer: number): Uint8Array {
  const { token_1, token_layer, token_2 } = nets;
  const graph = new OnnxGraph();
  const layers = new LayerGraph(graph);
  const features = graph.input('features', 'float32', ['cells', token_1.inputs]);
  const vectors = graph.input('vectors', 'float32', ['cells', token_1.rows]);
  const row = token_layer.values.subarray(layer * token_1.rows, (layer + 1) * token_1.rows);
  const scales = Float32Array.from(token_1.shift, (s) => 2 ** -s);
  const constant = Float32Array.from(row, (value, k) => (value + token_1.bias[k]) * scales[k]);
  const added = graph.node('Add', [
    layers.scaled(vectors, token_1),
    graph.constant(constant, [token_1.rows]),
  ]);
  let hidden = layers.layer(token_1, HIDDEN_RANGE, features, added);
  hidden = layers.layer(token_2, HIDDEN_RANGE, hidden);
  const head = headOf(nets, layer);
  graph.output('logits', layers.layer(head, LOGIT_RANGE, hidden), ['cells', head.rows]);
  return graph.finish('exact-index-token');
}
