/** The nets of an index model in plain integers: the reference that every device must equal. */

import { evaluateLayer } from '../exact/integer-runner.js';
import { CARRY_RANGE, HIDDEN_RANGE, LOGIT_RANGE } from '../exact/nets.js';
import type { IndexRunner } from './index-runner.js';
import { headOf, type IndexNets } from './nets.js';

/** Evaluates the nets with 32-bit integers, one row after another. */
export class IntegerIndexRunner implements IndexRunner {
  constructor(private readonly nets: IndexNets) {}

  async runContext(features: Int16Array, depth: number, count: number, vectors: Int32Array): Promise<void> {
    const { context_1, context_depth, context_2, context_to_token } = this.nets;
    const { rows } = context_1;
    const added = context_depth.values.subarray((depth - 1) * rows, depth * rows);
    for (let row = 0; row < count; row++) {
      let hidden = evaluateLayer(context_1, HIDDEN_RANGE, rowOf(features, row, context_1.inputs), added);
      hidden = evaluateLayer(context_2, HIDDEN_RANGE, hidden);
      const vector = evaluateLayer(context_to_token, CARRY_RANGE, hidden);
      vectors.set(vector, row * vector.length);
    }
  }

  async runToken(
    layer: number,
    features: Int16Array,
    vectors: Int32Array,
    count: number,
    logits: Int16Array,
  ): Promise<void> {
    const { token_1, token_layer, token_2 } = this.nets;
    const { rows } = token_1;
    const head = headOf(this.nets, layer);
    for (let row = 0; row < count; row++) {
      const added = vectors
        .slice(row * rows, (row + 1) * rows)
        .map((value, k) => value + token_layer.values[layer * rows + k]);
      const hidden = evaluateLayer(token_1, HIDDEN_RANGE, rowOf(features, row, token_1.inputs), added);
      const outputs = evaluateLayer(head, LOGIT_RANGE, evaluateLayer(token_2, HIDDEN_RANGE, hidden));
      logits.set(outputs, row * head.rows);
    }
  }

  async close(): Promise<void> {}
}

function rowOf(features: Int16Array, row: number, columns: number): Int32Array {
  return Int32Array.from(features.subarray(row * columns, (row + 1) * columns));
}
