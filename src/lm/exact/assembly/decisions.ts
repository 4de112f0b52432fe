/**
 * Binary decisions coded with what the nets say of them, corrected by what a chunk has shown so far (spec/exact-decisions.md, 1 and
 * 2): in each of several contexts a slot learns how far the nets are off, and weights learn how far the slots
 * are to be trusted.
 */

import { squash } from '../../assembly/logistic';
import { codeBit, codeRaw } from '../../assembly/range-coder';
import { SETS, SLOTS } from './contexts';
import { LIMIT } from './weights';

/** An offset, in 1/65536, and the certainty that it has gathered, in 1/65536. */
const SLOT_BYTES = 8;
/** Weights, in 1/2^22, of the four slots' offsets and of what the nets say. */
const SET_BYTES = 32;
const NET_WEIGHT_AT = 16;
const SLOT_STATES = memory.data(SLOTS * SLOT_BYTES, 64);
const WEIGHT_SETS = memory.data(SETS * SET_BYTES, 64);

/** Most certainty that a slot gathers. */
const CERTAINTY_LIMIT = 64 << 16;
const OFFSET_LIMIT = LIMIT << 8;
/** What a slot moves by for an error of 2^16, by its certainty in 1/16. */
const STEPS = memory.data(1025 * 4, 16);
/** First weights: 1 for the nets and 0.2 for each slot, in the three sets of a decision together. */
const NET_WEIGHT = (1 << 22) / 3;
const SLOT_WEIGHT = (1 << 22) / 15;
const WEIGHT_LIMIT = 1 << 22;

/** Are told of what is coded. */
declare function decision(bit: i32, expected: i32, sum: i32): void;
declare function raw(value: i32, bits: i32): void;

/** Whether the caller is told of what is coded. */
let observed: bool = false;

/** Makes every slot and set fresh. */
export function resetDecisions(observing: bool): void {
  observed = observing;
  for (let seen = 0; seen <= 1024; seen++) store<i32>(STEPS + 4 * seen, (1 << 20) / (seen + 48));
  memory.fill(SLOT_STATES, 0, SLOTS * SLOT_BYTES);
  for (let set = 0; set < SETS; set++) {
    const at = WEIGHT_SETS + SET_BYTES * set;
    v128.store(at, i32x4.splat(SLOT_WEIGHT));
    store<i32>(at, NET_WEIGHT, NET_WEIGHT_AT);
  }
}

/** Where a slot lies. */
export function slot(index: i32): usize {
  return SLOT_STATES + SLOT_BYTES * index;
}

/** Where a weight set lies. */
export function weightSet(index: i32): usize {
  return WEIGHT_SETS + SET_BYTES * index;
}

/**
 * Codes a decision that the nets give the logistic value `expected`, -2047..2047, of being 1, with four different slots
 * and three weight sets.
 */
export function code(
  bit: i32,
  expected: i32,
  s1: usize,
  s2: usize,
  s3: usize,
  s4: usize,
  a: usize,
  b: usize,
  c: usize,
): i32 {
  let offsets = v128.load32_zero(s1);
  offsets = v128.load_lane<i32>(s2, offsets, 1);
  offsets = v128.load_lane<i32>(s3, offsets, 2);
  offsets = v128.load_lane<i32>(s4, offsets, 3);
  const inputs = i32x4.shr_s(offsets, 8);
  const wA = v128.load(a);
  const wB = v128.load(b);
  const wC = v128.load(c);
  const netA = load<i32>(a, NET_WEIGHT_AT);
  const netB = load<i32>(b, NET_WEIGHT_AT);
  const netC = load<i32>(c, NET_WEIGHT_AT);
  const products = i32x4.mul(inputs, i32x4.shr_s(i32x4.add(i32x4.add(wA, wB), wC), 8));
  const pairs = i32x4.add(products, v128.shuffle<i32>(products, products, 2, 3, 0, 1));
  const sum =
    expected * ((netA + netB + netC) >> 8) + i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
  const probability = squash(max(-LIMIT, min(sum >> 14, LIMIT)) + 2048);
  bit = codeBit(bit, probability);
  if (observed) decision(bit, expected, sum);

  const target = bit << 16;
  const error = target - probability;
  const change = i32x4.shr_s(i32x4.add(i32x4.mul(inputs, i32x4.splat(error)), i32x4.splat(1024)), 11);
  const netChange = (expected * error + 1024) >> 11;
  v128.store(a, clampedWeights(i32x4.add(wA, change)));
  v128.store(b, clampedWeights(i32x4.add(wB, change)));
  v128.store(c, clampedWeights(i32x4.add(wC, change)));
  store<i32>(a, clampedWeight(netA + netChange), NET_WEIGHT_AT);
  store<i32>(b, clampedWeight(netB + netChange), NET_WEIGHT_AT);
  store<i32>(c, clampedWeight(netC + netChange), NET_WEIGHT_AT);
  adapt(s1, target, expected);
  adapt(s2, target, expected);
  adapt(s3, target, expected);
  adapt(s4, target, expected);
  return bit;
}

/** Codes an integer of `bits` bits, 1-16, that nothing is known of. */
export function codeUnknown(value: i32, bits: i32): i32 {
  value = codeRaw(value, bits);
  if (observed) raw(value, bits);
  return value;
}

function clampedWeight(weight: i32): i32 {
  return max(-WEIGHT_LIMIT, min(weight, WEIGHT_LIMIT));
}

function clampedWeights(weights: v128): v128 {
  return i32x4.max_s(i32x4.splat(-WEIGHT_LIMIT), i32x4.min_s(weights, i32x4.splat(WEIGHT_LIMIT)));
}

/** Moves a slot after a decision, in 1/65536, of which the nets said the logistic value `expected`. */
function adapt(at: usize, target: i32, expected: i32): void {
  const offset = load<i32>(at);
  const p = squash(max(-LIMIT, min(expected + (offset >> 8), LIMIT)) + 2048);
  const certainty = min(load<i32>(at, 4) + ((p * (65536 - p)) >> 16), CERTAINTY_LIMIT);
  store<i32>(at, certainty, 4);
  const moved = offset + (((target - p) * load<i32>(STEPS + 4 * (certainty >> 12))) >> 16);
  store<i32>(at, max(-OFFSET_LIMIT, min(moved, OFFSET_LIMIT)));
}
