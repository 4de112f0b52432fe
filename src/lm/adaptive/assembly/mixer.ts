/**
 * Decisions coded with mixed predictions (spec/adaptive-dct.md, 4): each of several contexts holds an adaptive
 * probability in a slot; an online-trained mixer weighs them in the logistic domain, an adaptive map refines the
 * result.
 */

import { fillLogisticTables, POINTS, squash, squashPoint, stretchAddress } from '../../assembly/logistic';
import { codeBit } from '../../assembly/range-coder';

/** Predictions mixed for one decision. */
const INPUTS = 8;

const MAX_SLOTS = 3300000;
const MAX_SETS = 1700;
const MAX_MAPS = 2800;
let slots = 0;
let sets = 0;
let maps = 0;

/** Slots: an adaptive probability in the upper 22 bits, the number of its updates in the lower 10. */
const SLOTS = memory.data(MAX_SLOTS * 4, 64);
/** Sets of weights, 16 bits each, in units of 2^-15. */
const WEIGHTS = memory.data(MAX_SETS * INPUTS * 2, 16);
/** Refinement maps of POINTS probabilities of 22 bits each. */
const MAPS = memory.data(MAX_MAPS * POINTS * 4, 16);
/** Adaptation rate by count. */
const RATES = memory.data(256 * 4, 16);
/** Address of the first slot of each input's context for the next decisions. */
const CONTEXTS = memory.data(INPUTS * 4, 16);

/** Probability 1/2, no update. */
const FRESH: u32 = 1 << 31;
const COUNT_LIMIT: u32 = 255;
const FIRST_WEIGHT: i16 = 3300;
const PROBABILITY_MIN = 32;
const LEARNING_RATE = 3;
const LEARNING_SHIFT = 4;
const MAP_RATE = 6;

/** Sets slots aside, aligned to a cache line; the index of the first. */
export function allocateSlots(count: i32): i32 {
  const first = slots;
  slots += (count + 15) & ~15;
  return first;
}

/** Sets weight sets aside; the index of the first. */
export function allocateSets(count: i32): i32 {
  const first = sets;
  sets += count;
  return first;
}

/** Sets maps aside; the index of the first. */
export function allocateMaps(count: i32): i32 {
  const first = maps;
  maps += count;
  return first;
}

/** Makes every slot, set and map fresh. */
export function resetMixer(): void {
  if (slots > MAX_SLOTS || sets > MAX_SETS || maps > MAX_MAPS) unreachable();
  if (load<i32>(RATES) === 0) {
    fillLogisticTables();
    for (let count: u32 = 0; count <= COUNT_LIMIT; count++)
      store<i32>(RATES + (count << 2), 8192 / (count + 2));
  }
  const fresh = i32x4.splat(FRESH);
  const last = SLOTS + ((<usize>slots) << 2);
  for (let at = SLOTS; at < last; at += 16) v128.store(at, fresh);
  for (let i = 0; i < sets * INPUTS; i++) store<i16>(WEIGHTS + (i << 1), FIRST_WEIGHT);
  for (let i = 0; i < POINTS; i++) store<i32>(MAPS + (i << 2), squashPoint(i) << 6);
  for (let map = 1; map < maps; map++) memory.copy(MAPS + map * POINTS * 4, MAPS, POINTS * 4);
}

/** Sets the context of an input: the index of its first slot. */
export function setContext(input: i32, slot: i32): void {
  store<u32>(CONTEXTS + (input << 2), SLOTS + (slot << 2));
}

/** A slot's state after a decision; `target` is the decision in the upper of 23 bits. */
function adapt(address: usize, slot: u32, target: i32): void {
  const count = slot & 1023;
  const change = (((target - <i32>(slot >> 10)) >> 3) * load<i32>(RATES + (count << 2))) & -1024;
  store<u32>(address, slot + change + u32(count < COUNT_LIMIT));
}

/**
 * Codes a decision with the slots `node` behind the contexts, the sum of the weight sets `setA` and `setB`, and
 * the refinement map `map`.
 */
export function code(bit: i32, node: i32, setA: i32, setB: i32, map: i32): i32 {
  const offset = (<usize>node) << 2;
  const a0 = <usize>load<u32>(CONTEXTS, 0) + offset;
  const a1 = <usize>load<u32>(CONTEXTS, 4) + offset;
  const a2 = <usize>load<u32>(CONTEXTS, 8) + offset;
  const a3 = <usize>load<u32>(CONTEXTS, 12) + offset;
  const a4 = <usize>load<u32>(CONTEXTS, 16) + offset;
  const a5 = <usize>load<u32>(CONTEXTS, 20) + offset;
  const a6 = <usize>load<u32>(CONTEXTS, 24) + offset;
  const a7 = <usize>load<u32>(CONTEXTS, 28) + offset;
  const v0 = load<u32>(a0);
  const v1 = load<u32>(a1);
  const v2 = load<u32>(a2);
  const v3 = load<u32>(a3);
  const v4 = load<u32>(a4);
  const v5 = load<u32>(a5);
  const v6 = load<u32>(a6);
  const v7 = load<u32>(a7);
  let s = v128.load16_splat(stretchAddress(v0 >> 20));
  s = v128.load_lane<i16>(stretchAddress(v1 >> 20), s, 1);
  s = v128.load_lane<i16>(stretchAddress(v2 >> 20), s, 2);
  s = v128.load_lane<i16>(stretchAddress(v3 >> 20), s, 3);
  s = v128.load_lane<i16>(stretchAddress(v4 >> 20), s, 4);
  s = v128.load_lane<i16>(stretchAddress(v5 >> 20), s, 5);
  s = v128.load_lane<i16>(stretchAddress(v6 >> 20), s, 6);
  s = v128.load_lane<i16>(stretchAddress(v7 >> 20), s, 7);
  const weightsA = WEIGHTS + (setA << 4);
  const weightsB = WEIGHTS + (setB << 4);
  const wA = v128.load(weightsA);
  const wB = v128.load(weightsB);
  let dot = i32x4.add(i32x4.dot_i16x8_s(s, wA), i32x4.dot_i16x8_s(s, wB));
  dot = i32x4.add(dot, i8x16.shuffle(dot, dot, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  const sum = i32x4.extract_lane(dot, 0) + i32x4.extract_lane(dot, 1);
  const x = max(0, min(4095, (sum >> 15) + 2048));
  const mixed = squash(x);

  const f = x & 127;
  const point = MAPS + ((map * POINTS + (x >> 7)) << 2);
  const lower = load<i32>(point);
  const upper = load<i32>(point, 4);
  const refined = ((lower >> 6) * (128 - f) + (upper >> 6) * f) >> 7;
  const probability = max(PROBABILITY_MIN, min(65536 - PROBABILITY_MIN, (mixed + refined + 1) >> 1));

  bit = codeBit(bit, probability);

  const target = bit << 22;
  if (f < 64) store<i32>(point, lower + ((target - lower) >> MAP_RATE));
  else store<i32>(point, upper + ((target - upper) >> MAP_RATE), 4);
  const error = i16x8.splat(<i16>((((bit << 16) - mixed) * LEARNING_RATE) >> LEARNING_SHIFT));
  const delta = i16x8.q15mulr_sat_s(s, error);
  v128.store(weightsA, i16x8.add_sat_s(wA, delta));
  v128.store(weightsB, i16x8.add_sat_s(wB, delta));
  adapt(a0, v0, target);
  adapt(a1, v1, target);
  adapt(a2, v2, target);
  adapt(a3, v3, target);
  adapt(a4, v4, target);
  adapt(a5, v5, target);
  adapt(a6, v6, target);
  adapt(a7, v7, target);
  return bit;
}

/** Codes a decision with the probability of one slot alone. */
export function codeDirect(bit: i32, slot: i32): i32 {
  const address = SLOTS + ((<usize>slot) << 2);
  const v = load<u32>(address);
  const p = <i32>(v >> 16);
  bit = codeBit(bit, max(PROBABILITY_MIN, min(65536 - PROBABILITY_MIN, p)));
  adapt(address, v, bit << 22);
  return bit;
}
