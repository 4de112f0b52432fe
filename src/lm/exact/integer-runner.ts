/** The nets in plain integers: the reference that every device must equal. Slow; it serves the self-test. */

import type { NetBatch, NetRunner } from './batch.js';
import { GROUP_INPUTS, LAST_SYMBOLS, SYMBOLS } from './layout.js';
import { type Layer, type LayerName, type Nets, outputRange } from './nets.js';

/**
 * A layer's outputs for one row of inputs (spec/exact-profile.md, 3).
 *
 * @param range What outputs are clipped to.
 * @param added Sums to start from, beside the bias.
 */
export function evaluateLayer(
  layer: Layer,
  [low, high]: readonly [number, number],
  inputs: Int32Array,
  added?: Int32Array,
): Int32Array {
  const outputs = new Int32Array(layer.rows);
  for (let row = 0; row < layer.rows; row++) {
    let sum = layer.bias[row] + (added ? added[row] : 0);
    const start = row * layer.inputs;
    for (let i = 0; i < layer.inputs; i++) sum += layer.weight[start + i] * inputs[i];
    const shift = layer.shift[row];
    // A product beyond 32 bits is clipped all the same.
    const value = shift >= 0 ? sum >> shift : sum * 2 ** -shift;
    outputs[row] = Math.max(low, Math.min(high, value));
  }
  return outputs;
}

function evaluate(nets: Nets, name: LayerName, inputs: Int32Array, added?: Int32Array): Int32Array {
  return evaluateLayer(nets[name], outputRange(name), inputs, added);
}

/** Evaluates the nets with 32-bit integers, one row after another. */
export class IntegerRunner implements NetRunner {
  constructor(private readonly classes: readonly Nets[]) {}

  async run(batches: readonly NetBatch[]): Promise<void> {
    await this.runContext(batches);
    await this.runCoefficients(batches);
  }

  async runContext(batches: readonly NetBatch[]): Promise<void> {
    for (const batch of batches) this.evaluateBlocks(batch);
  }

  async runCoefficients(batches: readonly NetBatch[]): Promise<void> {
    for (const batch of batches) this.evaluateCoefficients(batch);
  }

  async close(): Promise<void> {}

  private evaluateBlocks(batch: NetBatch): void {
    const nets = this.classes[batch.kind];
    for (let block = 0; block < batch.blocks; block++) {
      const start = block * batch.contextInputs;
      const features = Int32Array.from(batch.context.subarray(start, start + batch.contextInputs));
      const hidden = evaluate(nets, 'context_2', evaluate(nets, 'context_1', features));
      batch.last.set(evaluate(nets, 'last_2', evaluate(nets, 'last_1', hidden)), block * LAST_SYMBOLS);
      batch.carry.set(evaluate(nets, 'context_to_group', hidden), block * batch.baseInputs);
    }
  }

  private evaluateCoefficients(batch: NetBatch): void {
    const nets = this.classes[batch.kind];
    const { rows } = nets.group_1;
    const carries: Int32Array[] = [];
    for (let pair = 0; pair < batch.pairs; pair++) {
      const start = pair * GROUP_INPUTS;
      const features = Int32Array.from(batch.group.subarray(start, start + GROUP_INPUTS));
      const at = batch.groupIndex[pair] * rows;
      const added = new Int32Array(rows);
      for (let row = 0; row < rows; row++) {
        added[row] = batch.base[pair * rows + row] + nets.group_index.values[at + row];
      }
      const hidden = evaluate(nets, 'group_2', evaluate(nets, 'group_1', features, added));
      carries.push(evaluate(nets, 'group_to_coefficient', hidden));
    }
    const table = nets.coefficient_index;
    for (let row = 0; row < batch.coefficients; row++) {
      const start = row * batch.coefficientInputs;
      const features = Int32Array.from(batch.coefficient.subarray(start, start + batch.coefficientInputs));
      const at = batch.index[row] * table.columns;
      const added = carries[batch.pair[row]].map((carry, i) => carry + table.values[at + i]);
      const hidden = evaluate(nets, 'coefficient_2', evaluate(nets, 'coefficient_1', features, added));
      batch.logits.set(evaluate(nets, 'coefficient_3', hidden), row * SYMBOLS);
    }
  }
}
