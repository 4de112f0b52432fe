/**
 * Integer logits to integer frequencies (spec/exact-profile.md, "Frequencies"). Logits are in units of 1/32 bit;
 * the frequencies of a set of symbols sum to 2^16 and are at least 1.
 */

import { PROBABILITY_BITS } from './range-coder.js';

/** Units of a logit in a bit. */
export const LOGIT_UNITS = 32;

const WEIGHT_BITS = 24;
const TOTAL = 2 ** PROBABILITY_BITS;
const SCALE_ONE = 2 ** 32;

/**
 * Weights floor(T[d mod 32] / 2^(d div 32)) of the distances d = 0, 1, ... from the largest logit, where T[f] is
 * 2^(24 - f / 32) to the nearest integer. Zero beyond `WEIGHTS_END`.
 */
export const WEIGHTS = Int32Array.from({ length: (WEIGHT_BITS + 1) * LOGIT_UNITS }, (_, d) => {
  const octaves = Math.floor(d / LOGIT_UNITS);
  return Math.round(2 ** (WEIGHT_BITS - (d % LOGIT_UNITS) / LOGIT_UNITS)) >> octaves;
});
const WEIGHTS_END = WEIGHTS.length - 1;

/** The largest of `count` logits from `offset` on. */
function largestOf(logits: Int16Array, offset: number, count: number): number {
  let largest = logits[offset];
  for (let s = 1; s < count; s++) {
    const logit = logits[offset + s];
    if (logit > largest) largest = logit;
  }
  return largest;
}

/** Puts the weights of `count` symbols into `weights`, of their logits, integers in -2047..2047, from `offset` on. */
export function weigh(weights: Int32Array, logits: Int16Array, offset: number, count: number): void {
  const largest = largestOf(logits, offset, count);
  for (let s = 0; s < count; s++) {
    weights[s] = WEIGHTS[Math.min((largest - logits[offset + s]) | 0, WEIGHTS_END)];
  }
}

/**
 * The frequencies of a set of symbols. All sums and products are integers below 2^48, so that binary64 gives
 * them exactly.
 */
export class SymbolFrequencies {
  private count = 0;
  private scale = 0;
  /** Sum of the weights of the symbols before each. */
  private readonly before: Float64Array;

  /** @param limit Most symbols, 2 to 4096. */
  constructor(limit: number) {
    this.before = new Float64Array(limit + 1);
  }

  /**
   * Takes the logits of `count` symbols, integers in -2047..2047, from `offset` on.
   *
   * @param width With more than 1, groups of so many symbols, of which the last may have fewer, are the symbols.
   */
  load(logits: Int16Array, offset: number, count: number, width = 1): void {
    const { before } = this;
    const largest = largestOf(logits, offset, count);
    let sum = 0;
    let groups = 0;
    for (let s = 0; s < count; s++) {
      if (s === groups * width) before[groups++] = sum;
      sum += WEIGHTS[Math.min((largest - logits[offset + s]) | 0, WEIGHTS_END)];
    }
    this.count = groups;
    this.scale = Math.floor(((TOTAL - groups) * SCALE_ONE) / sum);
  }

  /** The first frequency of a symbol's interval; of `count`, the end of the last one's: 2^16. */
  start(symbol: number): number {
    if (symbol === this.count) return TOTAL;
    return symbol + Math.floor((this.before[symbol] * this.scale) / SCALE_ONE);
  }

  /** The symbol whose interval contains a frequency of 0..65535. */
  find(frequency: number): number {
    let low = 0;
    let high = this.count;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.start(middle) <= frequency) low = middle;
      else high = middle;
    }
    return low;
  }
}
