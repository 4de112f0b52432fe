/**
 * Binary decisions coded with what the nets say of them, corrected by what a chunk has shown so far (spec/exact-decisions.md, 1 and
 * 2): in each of several contexts a slot learns how far the nets are off, and weights learn how far the slots
 * are to be trusted. All in integers of 32 bits.
 */

import { RangeDecoder, RangeEncoder } from '../../entropy/range-coder.js';
import { LOG_FRACTIONS, SQUASH } from '../logistic.js';

/** Logistic values lie in -LOGISTIC_LIMIT..LOGISTIC_LIMIT. */
const LOGISTIC_LIMIT = 2047;
/** 65536 ln 2 to the nearest integer. */
const LOG_2 = 45426;
/** Contexts of a decision. */
const CONTEXTS = 4;
/** Weight sets of a decision. */
const SETS = 3;

/** A decision's inputs: what the nets say, and the offset of each context. */
const INPUTS = 1 + CONTEXTS;
/** Most certainty that a slot gathers, in 1/65536. */
const SEEN_LIMIT = 64 << 16;
/** A slot's steps, by its certainty in 1/16: what it moves by for an error of 2^16, in 1/65536. */
const STEPS = Int32Array.from({ length: 1025 }, (_, seen) => Math.floor(2 ** 20 / (seen + 48)));
/** First weights of a set: 1 for the nets and 0.2 for each context in all sets together, in 1/2^22. */
const NET_WEIGHT = Math.floor(2 ** 22 / SETS);
const CONTEXT_WEIGHT = Math.floor(2 ** 22 / (5 * SETS));
const WEIGHT_LIMIT = 2 ** 22;
/** Largest offset, in 1/65536. */
const OFFSET_LIMIT = LOGISTIC_LIMIT << 8;

/** How many slots and weight sets there are. */
export interface DecisionSize {
  readonly slots: number;
  readonly sets: number;
}

/** Codes decisions in either direction: an encoder takes the decision, a decoder ignores it; both return it. */
export class DecisionCoder {
  /** The slot of each context, and the weight sets, for the next decision. */
  readonly slots = new Int32Array(CONTEXTS);
  readonly sets = new Int32Array(SETS);
  private readonly encoder: RangeEncoder | undefined;
  private readonly decoder: RangeDecoder | undefined;
  /** Of each slot, what it adds to the nets' logistic value, in 1/65536, and the certainty that it has gathered. */
  private readonly states: Int32Array;
  private readonly weights: Int32Array;

  /**
   * @param size How many slots and weight sets the contexts address.
   * @param payload What to decode; none to encode.
   * @throws LlmcError `chunk-corrupt`.
   */
  constructor({ slots, sets }: DecisionSize, payload?: Uint8Array) {
    if (payload) this.decoder = new RangeDecoder(payload);
    else this.encoder = new RangeEncoder();
    this.states = new Int32Array(2 * slots);
    this.weights = new Int32Array(sets * INPUTS).fill(CONTEXT_WEIGHT);
    for (let i = 0; i < this.weights.length; i += INPUTS) this.weights[i] = NET_WEIGHT;
  }

  /** Codes a decision that the nets give the logistic value `expected`, -2047..2047, of being 1. */
  code(bit: number, expected: number): number {
    const { slots, sets, states, weights } = this;
    const s1 = slots[0] << 1;
    const s2 = slots[1] << 1;
    const s3 = slots[2] << 1;
    const s4 = slots[3] << 1;
    const x1 = states[s1] >> 8;
    const x2 = states[s2] >> 8;
    const x3 = states[s3] >> 8;
    const x4 = states[s4] >> 8;
    const a = sets[0] * INPUTS;
    const b = sets[1] * INPUTS;
    const c = sets[2] * INPUTS;
    const sum =
      Math.imul(expected, (weights[a] + weights[b] + weights[c]) >> 8) +
      Math.imul(x1, (weights[a + 1] + weights[b + 1] + weights[c + 1]) >> 8) +
      Math.imul(x2, (weights[a + 2] + weights[b + 2] + weights[c + 2]) >> 8) +
      Math.imul(x3, (weights[a + 3] + weights[b + 3] + weights[c + 3]) >> 8) +
      Math.imul(x4, (weights[a + 4] + weights[b + 4] + weights[c + 4]) >> 8);
    const probability = SQUASH[clampLogistic(sum >> 14) + 2048];
    bit = this.codeBit(bit, probability);

    const target = bit << 16;
    const error = target - probability;
    learn(weights, a, b, c, (Math.imul(expected, error) + 1024) >> 11);
    learn(weights, a + 1, b + 1, c + 1, (Math.imul(x1, error) + 1024) >> 11);
    learn(weights, a + 2, b + 2, c + 2, (Math.imul(x2, error) + 1024) >> 11);
    learn(weights, a + 3, b + 3, c + 3, (Math.imul(x3, error) + 1024) >> 11);
    learn(weights, a + 4, b + 4, c + 4, (Math.imul(x4, error) + 1024) >> 11);
    adapt(states, s1, target, expected + x1);
    adapt(states, s2, target, expected + x2);
    adapt(states, s3, target, expected + x3);
    adapt(states, s4, target, expected + x4);
    return bit;
  }

  private codeBit(bit: number, probability: number): number {
    if (this.decoder) return this.decoder.decodeBit(probability);
    this.encoder?.encodeBit(bit, probability);
    return bit;
  }

  /** Ends the payload and returns it; of a decoder, checks that it has read the payload to its end. */
  finish(): Uint8Array {
    this.decoder?.finish();
    return this.encoder?.finish() ?? new Uint8Array(0);
  }
}

/** Moves a weight of three sets. */
function learn(weights: Int32Array, a: number, b: number, c: number, change: number): void {
  weights[a] = clampedWeight(weights[a] + change);
  weights[b] = clampedWeight(weights[b] + change);
  weights[c] = clampedWeight(weights[c] + change);
}

function clampedWeight(weight: number): number {
  return Math.max(-WEIGHT_LIMIT, Math.min(weight, WEIGHT_LIMIT));
}

/** Moves a slot's offset after a decision, in 1/65536, of which it said the logistic value `said`. */
function adapt(states: Int32Array, at: number, target: number, said: number): void {
  const p = SQUASH[clampLogistic(said) + 2048];
  const certainty = Math.min(states[at + 1] + (Math.imul(p, 65536 - p) >> 16), SEEN_LIMIT);
  states[at + 1] = certainty;
  const offset = states[at] + (Math.imul(target - p, STEPS[certainty >> 12]) >> 16);
  states[at] = Math.max(-OFFSET_LIMIT, Math.min(offset, OFFSET_LIMIT));
}

function clampLogistic(value: number): number {
  return Math.max(-LOGISTIC_LIMIT, Math.min(value, LOGISTIC_LIMIT));
}

/** 256 ln(x), about, of an integer of 0..2^31 - 1; of 0 that of 1. */
function logarithm(x: number): number {
  const y = x === 0 ? 1 : x;
  const zeros = Math.clz32(y);
  return (Math.imul(LOG_2, 31 - zeros) + LOG_FRACTIONS[(y << (zeros + 1)) >>> 24]) >> 8;
}

/** The logistic value of a decision from the summed weights of the symbols with which it is 1 and 0. */
export function logisticOf(one: number, zero: number): number {
  return clampLogistic(logarithm(one) - logarithm(zero));
}
