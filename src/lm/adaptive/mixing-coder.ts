/**
 * Binary decisions coded with mixed predictions (spec/adaptive-dct.md, 4): each of several contexts holds
 * an adaptive probability; an online-trained mixer weighs them in the logistic domain, an adaptive map refines
 * the result. All in integers of 32 bits.
 */

import { RangeDecoder, RangeEncoder } from '../../entropy/range-coder.js';
import { SQUASH, SQUASH_POINTS, STRETCH } from '../logistic.js';

/** Predictions mixed for one decision. */
export const INPUTS = 8;

/** A slot that has seen nothing: probability 1/2 in its upper 22 bits, count 0 in its lower 10. */
const FRESH = 1 << 31;
/** Refinement points a context of the map: one every 128 in the logistic domain, and one at the end. */
const MAP_POINTS = 33;
const PROBABILITY_MIN = 32;

/** Adaptation rate by count. */
const RATE = new Int32Array(1024);
for (let count = 0; count < 1024; count++) RATE[count] = Math.floor(8192 / (count + 2));

const LEARNING_RATE = 3;
const FIRST_WEIGHT = 3300;
const COUNT_LIMIT = 255;

/** A slot's state after a decision; `target` is the decision in the upper of 23 bits. */
function adapt(slot: number, target: number): number {
  const count = slot & 1023;
  const change = Math.imul((target - (slot >>> 10)) >> 3, RATE[count]) & -1024;
  return (slot + change + (count < COUNT_LIMIT ? 1 : 0)) | 0;
}

/** The weight of 16 bits that is nearest. */
function saturate(weight: number): number {
  return Math.max(-32768, Math.min(32767, weight));
}

/** Codes decisions in either direction: an encoder takes the decision, a decoder ignores it; both return it. */
export class MixingCoder {
  /** First slot of each input's context for the next decisions. */
  readonly contexts = new Int32Array(INPUTS);
  decoding = false;
  private encoder = new RangeEncoder();
  private decoder = new RangeDecoder(new Uint8Array(0));
  private readonly slots: Int32Array;
  private readonly weights: Int16Array;
  private readonly maps: Int32Array;

  /** @param slots, weightSets, maps how many of each the model addresses. */
  constructor(slots: number, weightSets: number, maps: number) {
    this.slots = new Int32Array(slots);
    this.weights = new Int16Array(weightSets * INPUTS);
    this.maps = new Int32Array(maps * MAP_POINTS);
  }

  /** Forgets everything and begins a payload. */
  startEncoding(): void {
    this.reset();
    this.decoding = false;
    this.encoder = new RangeEncoder();
  }

  finishEncoding(): Uint8Array {
    return this.encoder.finish();
  }

  /** Forgets everything and begins to read a payload. */
  startDecoding(payload: Uint8Array): void {
    this.reset();
    this.decoding = true;
    this.decoder = new RangeDecoder(payload);
  }

  finishDecoding(): void {
    this.decoder.finish();
  }

  /**
   * Codes a decision with the slots at `contexts[i] + node`, the sum of the weight sets `setA` and `setB`, and
   * the refinement map `map`.
   */
  code(bit: number, node: number, setA: number, setB: number, map: number): number {
    const slots = this.slots;
    const contexts = this.contexts;
    const weights = this.weights;
    const maps = this.maps;
    const i0 = contexts[0] + node;
    const i1 = contexts[1] + node;
    const i2 = contexts[2] + node;
    const i3 = contexts[3] + node;
    const i4 = contexts[4] + node;
    const i5 = contexts[5] + node;
    const i6 = contexts[6] + node;
    const i7 = contexts[7] + node;
    const v0 = slots[i0];
    const v1 = slots[i1];
    const v2 = slots[i2];
    const v3 = slots[i3];
    const v4 = slots[i4];
    const v5 = slots[i5];
    const v6 = slots[i6];
    const v7 = slots[i7];
    const s0 = STRETCH[v0 >>> 20];
    const s1 = STRETCH[v1 >>> 20];
    const s2 = STRETCH[v2 >>> 20];
    const s3 = STRETCH[v3 >>> 20];
    const s4 = STRETCH[v4 >>> 20];
    const s5 = STRETCH[v5 >>> 20];
    const s6 = STRETCH[v6 >>> 20];
    const s7 = STRETCH[v7 >>> 20];
    const a = setA << 3;
    const b = setB << 3;
    const sum =
      Math.imul(s0, weights[a] + weights[b]) +
      Math.imul(s1, weights[a + 1] + weights[b + 1]) +
      Math.imul(s2, weights[a + 2] + weights[b + 2]) +
      Math.imul(s3, weights[a + 3] + weights[b + 3]) +
      Math.imul(s4, weights[a + 4] + weights[b + 4]) +
      Math.imul(s5, weights[a + 5] + weights[b + 5]) +
      Math.imul(s6, weights[a + 6] + weights[b + 6]) +
      Math.imul(s7, weights[a + 7] + weights[b + 7]);
    const x = Math.max(0, Math.min(4095, (sum >> 15) + 2048));
    const mixed = SQUASH[x];
    const f = x & 127;
    const at = Math.imul(map, MAP_POINTS) + (x >> 7);
    const low = maps[at];
    const high = maps[at + 1];
    const refined = (Math.imul(low >> 6, 128 - f) + Math.imul(high >> 6, f)) >> 7;
    const probability = Math.max(
      PROBABILITY_MIN,
      Math.min(65536 - PROBABILITY_MIN, (mixed + refined + 1) >> 1),
    );

    if (this.decoding) bit = this.decoder.decodeBit(probability);
    else this.encoder.encodeBit(bit, probability);

    const target = bit << 22;
    if (f < 64) maps[at] = low + ((target - low) >> 6);
    else maps[at + 1] = high + ((target - high) >> 6);
    const error = Math.imul((bit << 16) - mixed, LEARNING_RATE) >> 4;
    let d = (Math.imul(s0, error) + 0x4000) >> 15;
    weights[a] = saturate(weights[a] + d);
    weights[b] = saturate(weights[b] + d);
    d = (Math.imul(s1, error) + 0x4000) >> 15;
    weights[a + 1] = saturate(weights[a + 1] + d);
    weights[b + 1] = saturate(weights[b + 1] + d);
    d = (Math.imul(s2, error) + 0x4000) >> 15;
    weights[a + 2] = saturate(weights[a + 2] + d);
    weights[b + 2] = saturate(weights[b + 2] + d);
    d = (Math.imul(s3, error) + 0x4000) >> 15;
    weights[a + 3] = saturate(weights[a + 3] + d);
    weights[b + 3] = saturate(weights[b + 3] + d);
    d = (Math.imul(s4, error) + 0x4000) >> 15;
    weights[a + 4] = saturate(weights[a + 4] + d);
    weights[b + 4] = saturate(weights[b + 4] + d);
    d = (Math.imul(s5, error) + 0x4000) >> 15;
    weights[a + 5] = saturate(weights[a + 5] + d);
    weights[b + 5] = saturate(weights[b + 5] + d);
    d = (Math.imul(s6, error) + 0x4000) >> 15;
    weights[a + 6] = saturate(weights[a + 6] + d);
    weights[b + 6] = saturate(weights[b + 6] + d);
    d = (Math.imul(s7, error) + 0x4000) >> 15;
    weights[a + 7] = saturate(weights[a + 7] + d);
    weights[b + 7] = saturate(weights[b + 7] + d);
    slots[i0] = adapt(v0, target);
    slots[i1] = adapt(v1, target);
    slots[i2] = adapt(v2, target);
    slots[i3] = adapt(v3, target);
    slots[i4] = adapt(v4, target);
    slots[i5] = adapt(v5, target);
    slots[i6] = adapt(v6, target);
    slots[i7] = adapt(v7, target);
    return bit;
  }

  /** Codes a decision with the probability of one slot alone. */
  codeDirect(bit: number, slot: number): number {
    const slots = this.slots;
    const v = slots[slot];
    const p = v >>> 16;
    const probability = Math.max(PROBABILITY_MIN, Math.min(65536 - PROBABILITY_MIN, p));
    if (this.decoding) bit = this.decoder.decodeBit(probability);
    else this.encoder.encodeBit(bit, probability);
    slots[slot] = adapt(v, bit << 22);
    return bit;
  }

  /** Codes an integer of `count` bits, 1-16, that nothing is known of. */
  codeRaw(value: number, count: number): number {
    if (this.decoding) return this.decoder.decodeRawBits(count);
    this.encoder.encodeRawBits(value, count);
    return value;
  }

  private reset(): void {
    this.slots.fill(FRESH);
    this.weights.fill(FIRST_WEIGHT);
    const first = this.maps.subarray(0, MAP_POINTS);
    for (let i = 0; i < MAP_POINTS; i++) first[i] = SQUASH_POINTS[i] << 6;
    for (let filled = MAP_POINTS; filled < this.maps.length; filled *= 2) {
      this.maps.copyWithin(filled, 0, Math.min(filled, this.maps.length - filled));
    }
  }
}
