/** Whether a language model gives the same numbers here in other batches, on other threads and devices. */

import { reasonOf } from '../../container/reason.js';
import { openGraph } from './float-model-node.js';
import type { LanguageModel } from './language-model.js';
import type { FloatPackage } from './package.js';
import { quantizeLogits } from './quantize.js';
import type { FloatDevice } from './session-node.js';

/** One way to compute a sequence of tokens, held against the first one: a batch of 1 on the CPU. */
export interface ReproductionCheck {
  readonly device: FloatDevice;
  /** Sequences of the batch; the one that is compared is the last of them. */
  readonly lanes: number;
  /** Threads of the CPU; 0 for the runtime's choice. */
  readonly threads: number;
  /** Why this way cannot be taken. */
  readonly reason?: string;
  /** Steps of which all logits are equal, as they come and in 1/32 bit, of all steps: 0 to 1. */
  readonly equalRaw?: number;
  readonly equalQuantized?: number;
  /** Most bytes that a batch of so many lanes takes at the model's full context. */
  readonly batchBytes?: number;
  /** Tokens a second, over all lanes. */
  readonly rate?: number;
}

/** Tokens of the test sequence. */
const STEPS = 48;

const WAYS: readonly Pick<ReproductionCheck, 'device' | 'lanes' | 'threads'>[] = [
  { device: 'cpu', lanes: 1, threads: 0 },
  { device: 'cpu', lanes: 2, threads: 0 },
  { device: 'cpu', lanes: 4, threads: 0 },
  { device: 'cpu', lanes: 16, threads: 0 },
  { device: 'cpu', lanes: 4, threads: 1 },
  { device: 'cuda', lanes: 4, threads: 0 },
  { device: 'webgpu', lanes: 4, threads: 0 },
  { device: 'dml', lanes: 4, threads: 0 },
  { device: 'coreml', lanes: 4, threads: 0 },
];

/** Computes a sequence in every way, one after the other. */
export async function* checkReproduction(modelPackage: FloatPackage): AsyncGenerator<ReproductionCheck> {
  let reference: Float32Array[] | undefined;
  for (const way of WAYS) {
    let model: LanguageModel;
    try {
      model = await openGraph(modelPackage, way);
    } catch (error) {
      const reason = reasonOf(error);
      yield { ...way, reason };
      continue;
    }
    try {
      const steps = Math.min(STEPS, modelPackage.contextLength);
      const start = performance.now();
      const logits = await computeLast(model, way.lanes, steps);
      const rate = (1000 * way.lanes * steps) / (performance.now() - start);
      reference ??= logits;
      const batchBytes = model.batchBytes(way.lanes, modelPackage.contextLength);
      yield { ...way, ...compare(reference, logits), batchBytes, rate };
    } finally {
      await model.close();
    }
  }
}

/** The logits of each step of the last lane; the other lanes have other tokens. */
async function computeLast(model: LanguageModel, lanes: number, steps: number): Promise<Float32Array[]> {
  const { vocabulary } = model;
  const last = lanes - 1;
  const rows: Float32Array[] = [];
  model.begin(lanes);
  for (let t = 0; t < steps; t++) {
    // Which tokens does not matter, as long as the compared lane always has the same.
    const tokens = Int32Array.from({ length: lanes }, (_, r) => {
      const lane = r === last ? 0 : r + 1;
      return ((lane * 7919 + t) * 104729) % vocabulary;
    });
    const logits = await model.step(tokens);
    rows.push(logits.slice(last * vocabulary, (last + 1) * vocabulary));
  }
  return rows;
}

function compare(reference: readonly Float32Array[], logits: readonly Float32Array[]) {
  const steps = reference.length;
  let raw = 0;
  let quantized = 0;
  reference.forEach((expected, t) => {
    if (expected.every((logit, i) => logit === logits[t][i])) raw++;
    const a = new Int16Array(expected.length);
    const b = new Int16Array(expected.length);
    quantizeLogits(expected, 0, expected.length, a);
    quantizeLogits(logits[t], 0, expected.length, b);
    if (a.every((logit, i) => logit === b[i])) quantized++;
  });
  return { equalRaw: raw / steps, equalQuantized: quantized / steps };
}
