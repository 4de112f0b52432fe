/** Weights of symbols by their logits, and logistic values of decisions by weights (spec/exact-profile.md, 6). */

/** Most symbols of a set. */
const SYMBOLS = 80;
/** Logistic values lie in -LIMIT..LIMIT. */
export const LIMIT = 2047;

/** Weights by distance from the largest logit, zero from this on. */
const DISTANCES = 800;
const WEIGHTS = memory.data(DISTANCES * 4, 16);
/** 65536 ln(1 + (m + 1/2) / 256), by m. */
const LOG_FRACTIONS = memory.data(256 * 4, 16);
/** 65536 ln 2. */
const LOG_2 = 45426;

/** Sums of the weights of the symbols before each. */
const BEFORE = memory.data((SYMBOLS + 1) * 4, 16);

/** Where the caller puts the weights, int32 [800]. */
export function weightTable(): usize {
  return WEIGHTS;
}

/** Where the caller puts the fractions of logarithms, int32 [256]. */
export function logTable(): usize {
  return LOG_FRACTIONS;
}

/** Takes a set of `count` symbols, at least 8, with their logits, int16. */
export function weigh(logits: usize, count: usize): void {
  const last = logits + 2 * (count - 8);
  let lanes = v128.load(last);
  for (let at = logits; at < last; at += 16) lanes = i16x8.max_s(lanes, v128.load(at));
  lanes = i16x8.max_s(lanes, v128.shuffle<i16>(lanes, lanes, 4, 5, 6, 7, 0, 1, 2, 3));
  lanes = i16x8.max_s(lanes, v128.shuffle<i16>(lanes, lanes, 2, 3, 0, 1, 6, 7, 4, 5));
  const largest = max(<i32>i16x8.extract_lane_s(lanes, 0), <i32>i16x8.extract_lane_s(lanes, 1));
  let sum = 0;
  for (let s: usize = 0; s < count; s++) {
    const distance = min(largest - <i32>load<i16>(logits + 2 * s), DISTANCES - 1);
    sum += load<i32>(WEIGHTS + 4 * distance);
    store<i32>(BEFORE + 4 * s, sum, 4);
  }
}

/** Sum of the weights of `count` symbols from `from` on. */
export function sumOf(from: i32, count: i32): i32 {
  const at = BEFORE + 4 * from;
  return load<i32>(at + 4 * count) - load<i32>(at);
}

/** 256 ln(x), about; of 0 that of 1. */
function logarithm(x: u32): i32 {
  const zeros = clz<u32>(x | u32(x === 0));
  const fraction = load<i32>(LOG_FRACTIONS + 4 * (((x | u32(x === 0)) << (zeros + 1)) >> 24));
  return (LOG_2 * (31 - <i32>zeros) + fraction) >> 8;
}

/** The logistic value of a decision from the summed weights of the symbols with which it is 1 and 0. */
export function logisticOf(one: i32, zero: i32): i32 {
  return max(-LIMIT, min(logarithm(one) - logarithm(zero), LIMIT));
}
