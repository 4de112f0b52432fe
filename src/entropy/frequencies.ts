/**
 * Integer logits to integer frequencies (spec/exact-profile.md, "Frequencies"). Logits are in units of 1/32 bit;
 * the frequencies of a symbol set sum to 2^16 and are at least 1.
 */

import { PROBABILITY_BITS } from './range-coder.js';

/** Units of a logit in a bit. */
export const LOGIT_UNITS = 32;

const WEIGHT_BITS = 24;
const TOTAL = 2 ** PROBABILITY_BITS;

/**
 * Weights floor(T[d mod 32] / 2^(d div 32)) of the distances d = 0, 1, ... from the largest logit, where T[f] is
 * 2^(24 - f / 32) to the nearest integer. Zero from `WEIGHTS.length` on.
 */
export const WEIGHTS = Int32Array.from({ length: (WEIGHT_BITS + 1) * LOGIT_UNITS }, (_, d) => {
  const octaves = Math.floor(d / LOGIT_UNITS);
  return Math.round(2 ** (WEIGHT_BITS - (d % LOGIT_UNITS) / LOGIT_UNITS)) >> octaves;
});

/**
 * Writes the cumulative frequencies of `count` symbols to `cumulative[0..count]`, from 0 to 2^16.
 *
 * @param logits The symbols' integer logits, from `offset` on.
 * @param count 2 to 4096.
 */
export function cumulativeFrequencies(
  logits: Float32Array,
  offset: number,
  count: number,
  cumulative: Int32Array,
): void {
  let largest = logits[offset];
  let best = 0;
  for (let s = 1; s < count; s++) {
    const logit = logits[offset + s];
    if (logit > largest) {
      largest = logit;
      best = s;
    }
  }
  let sum = 0;
  for (let s = 0; s < count; s++) {
    const distance = largest - logits[offset + s];
    const weight = distance < WEIGHTS.length ? WEIGHTS[distance] : 0;
    cumulative[s + 1] = weight;
    sum += weight;
  }
  // Products stay below 2^48 and powers of two are exact: binary64 gives the integers of the specification.
  const scale = Math.floor(((TOTAL - count) * 2 ** 32) / sum);
  let at = 0;
  for (let s = 1; s <= count; s++) {
    const frequency = 1 + Math.floor((cumulative[s] * scale) / 2 ** 32);
    cumulative[s] = frequency;
    at += frequency;
  }
  cumulative[best + 1] += TOTAL - at;
  at = 0;
  cumulative[0] = 0;
  for (let s = 1; s <= count; s++) {
    at += cumulative[s];
    cumulative[s] = at;
  }
}

/** The symbol whose interval contains a frequency of 0..65535. */
export function symbolAt(cumulative: Int32Array, count: number, frequency: number): number {
  let low = 0;
  let high = count;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] <= frequency) low = middle;
    else high = middle;
  }
  return low;
}
