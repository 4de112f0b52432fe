/** What coding costs against the model's own cross-entropy: quantised probabilities, and the range coder. */

import { kindOf } from '../src/arrangement/registry.js';
import { parseFile } from '../src/codecs/registry.js';
import type { DctChunk } from '../src/lm/entropy-model.js';
import { ExactDctModel } from '../src/lm/exact/exact-dct-model.js';
import { openRunner } from '../src/lm/exact/open-runner-node.js';
import type { ExactDctPackage } from '../src/lm/exact/package.js';
import type { CodingObserver } from '../src/lm/exact/symbol-coder.js';
import { planChunks } from '../src/pipeline/chunk-plan.js';

/** Bytes of a photo's payloads, and those that its symbols take by the model's probabilities as real numbers. */
export interface CodingCost {
  readonly payloadBytes: number;
  readonly idealBytes: number;
}

/** Sums up the cross-entropy of what is coded. */
class Measure implements CodingObserver {
  bits = 0;

  decision(bit: number, _expected: number, sum: number): void {
    this.bits += Math.log2(1 + Math.exp((bit === 0 ? sum : -sum) / 2 ** 22));
  }

  raw(_value: number, bits: number): void {
    this.bits += bits;
  }
}

/** Measures a JPEG whose codec type is `jpeg`; undefined for one that is stored raw. */
export async function codingCost(
  modelPackage: ExactDctPackage,
  bytes: Uint8Array,
): Promise<CodingCost | undefined> {
  const item = parseFile(bytes);
  if (item.latents.kind !== 'dct') return undefined;
  const measure = new Measure();
  const { runner } = await openRunner(modelPackage);
  const model = new ExactDctModel(modelPackage.classes, runner, { observer: measure });
  try {
    const chunks = planChunks([item], [0]).map(
      ({ parts }) => kindOf(item.latents).chunkOf(parts) as DctChunk,
    );
    const payloads = await model.encode(chunks);
    return {
      payloadBytes: payloads.reduce((sum, { length }) => sum + length, 0),
      idealBytes: measure.bits / 8,
    };
  } finally {
    await model.close();
  }
}
