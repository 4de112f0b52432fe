/** What coding costs against the model's own cross-entropy: quantised probabilities, and the range coder. */

import { kindOf } from '../src/arrangement/registry.js';
import { parseFile } from '../src/codecs/registry.js';
import { LOGIT_UNITS } from '../src/entropy/frequencies.js';
import type { DctChunk } from '../src/lm/entropy-model.js';
import { ExactDctModel } from '../src/lm/exact/exact-dct-model.js';
import { LAST_SYMBOLS, RANKS, RAW_BITS, rankOf, SYMBOLS } from '../src/lm/exact/layout.js';
import { openRunner } from '../src/lm/exact/open-runner-node.js';
import type { ExactPackage } from '../src/lm/exact/package.js';
import { SymbolCoder } from '../src/lm/exact/symbol-coder.js';
import { planChunks } from '../src/pipeline/chunk-plan.js';

/** Bytes of a photo's payloads, and those that its symbols take by the model's probabilities as real numbers. */
export interface CodingCost {
  readonly payloadBytes: number;
  readonly idealBytes: number;
}

/** An encoder that also sums up the cross-entropy of what it codes. */
class MeasuringCoder extends SymbolCoder {
  bits = 0;

  override codeLast(logits: Int16Array, offset: number, last: number): number {
    this.bits += bitsOf(logits, offset, LAST_SYMBOLS, last);
    return super.codeLast(logits, offset, last);
  }

  override codeValue(logits: Int16Array, offset: number, value: number): number {
    const rank = rankOf(Math.abs(value));
    this.bits += bitsOf(logits, offset, SYMBOLS, value < 0 ? rank + RANKS - 1 : rank) + RAW_BITS[rank];
    return super.codeValue(logits, offset, value);
  }
}

/** -log2 of a symbol's probability, where logits are in units of 1/32 bit. */
function bitsOf(logits: Int16Array, offset: number, count: number, symbol: number): number {
  let sum = 0;
  for (let s = 0; s < count; s++) sum += 2 ** ((logits[offset + s] - logits[offset + symbol]) / LOGIT_UNITS);
  return Math.log2(sum);
}

/** Measures a JPEG whose codec type is `jpeg`; undefined for one that is stored raw. */
export async function codingCost(
  modelPackage: ExactPackage,
  bytes: Uint8Array,
): Promise<CodingCost | undefined> {
  const item = parseFile(bytes);
  if (item.latents.kind !== 'dct') return undefined;
  const coders: MeasuringCoder[] = [];
  const createEncoder = () => {
    const coder = new MeasuringCoder();
    coders.push(coder);
    return coder;
  };
  const { runner } = await openRunner(modelPackage);
  const model = new ExactDctModel(modelPackage.classes, runner, { createEncoder });
  try {
    const chunks = planChunks([item], [0]).map(
      ({ parts }) => kindOf(item.latents).chunkOf(parts) as DctChunk,
    );
    const payloads = await model.encode(chunks);
    return {
      payloadBytes: payloads.reduce((sum, { length }) => sum + length, 0),
      idealBytes: coders.reduce((sum, { bits }) => sum + bits, 0) / 8,
    };
  } finally {
    await model.close();
  }
}
