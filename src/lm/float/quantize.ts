/** Logits in floating point to integers in 1/32 bit (spec/float-profile.md, "Frequencies"). */

import { LlmcError } from '../../container/errors.js';
import { LOGIT_UNITS } from '../../entropy/frequencies.js';

const UNITS_A_NAT = LOGIT_UNITS / Math.LN2;
const LOWEST = -2047;

/**
 * Writes `count` logits from `offset` on as integers relative to the largest of them.
 *
 * @throws LlmcError `model-invalid` where one is not a number, or infinite upwards.
 */
export function quantizeLogits(
  logits: Float32Array,
  offset: number,
  count: number,
  quantized: Int16Array,
): void {
  let top = Number.NEGATIVE_INFINITY;
  for (let i = offset; i < offset + count; i++) {
    const logit = logits[i];
    if (logit > top) top = logit;
    else if (Number.isNaN(logit)) top = Number.NaN;
  }
  if (!Number.isFinite(top))
    throw new LlmcError('model-invalid', 'the model gives logits that are not finite');
  for (let s = 0; s < count; s++) {
    quantized[s] = Math.max(LOWEST, Math.floor((logits[offset + s] - top) * UNITS_A_NAT + 0.5));
  }
}

/** Numbers of binary16 as binary32. */
export function widenHalves(halves: Uint16Array, wide: Float32Array): void {
  for (let i = 0; i < halves.length; i++) wide[i] = HALVES[halves[i]];
}

const HALVES = Float32Array.from({ length: 65536 }, (_, bits) => {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
});
