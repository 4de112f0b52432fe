/**
 * Codes the symbols of a chunk as binary decisions (spec/exact-decisions.md): the nets' logits give each its probability,
 * which decision-coder.ts corrects by what the chunk has shown in like contexts.
 */

import { weigh } from '../../entropy/frequencies.js';
import { logisticOf, SQUASH } from '../logistic.js';
import type { NetBatch } from './batch.js';
import type { DecisionCoder, DecisionSize } from './decision-coder.js';
import { DIAGONAL, LAST_SYMBOLS, RANK_BASE, RANKS, RAW_BITS, rankOf, SYMBOLS } from './layout.js';

/** Channels of a frame that learn apart: its components modulo this. */
export const CHANNELS = 3;

/** Nodes of a value's decisions: not zero, negative, octave above 0 to 8 and beyond, bits of octave 1, 2, and higher. */
const NODES = 17;
const NOT_ZERO = 0;
const NEGATIVE = 1;
const ABOVE_OCTAVE = 2;
const LAST_OCTAVE_NODE = 9;
const BITS_OF_OCTAVE = [0, 12, 12, 16] as const;
const OCTAVES = 16;
/** Octaves whose magnitudes have a rank each. */
const DIRECT_OCTAVES = 4;

/** Numbers of slots, by context; those of a value's decisions are told apart by place: channel, index and node. */
const PLACES = CHANNELS * 64 * NODES;
const SIGN_PLACES = CHANNELS * 64;
const GROUP_PLACES = CHANNELS * 15 * NODES;
const LAST_PLACES = CHANNELS * LAST_SYMBOLS;
const LEVELS = 9;
const CERTAINTIES = 16;
const AT_PLACE = 0;
const BY_NEIGHBOURS = AT_PLACE + PLACES;
const BY_SURPRISE = BY_NEIGHBOURS + PLACES * 32;
const BY_EDGES = BY_SURPRISE + GROUP_PLACES * LEVELS * CERTAINTIES;
const SIGN_BY_NEIGHBOURS = BY_EDGES + PLACES * 64;
const SIGN_BY_EDGES = SIGN_BY_NEIGHBOURS + SIGN_PLACES * 25;
const SIGN_BY_OTHERS = SIGN_BY_EDGES + SIGN_PLACES * 256;
const LAST_AT_PLACE = SIGN_BY_OTHERS + SIGN_PLACES * 144;
const LAST_BY_LEFT = LAST_AT_PLACE + LAST_PLACES;
const LAST_BY_ABOVE = LAST_BY_LEFT + LAST_PLACES * 64;
const LAST_BY_AROUND = LAST_BY_ABOVE + LAST_PLACES * 64;
const SLOTS = LAST_BY_AROUND + LAST_PLACES * 512;

/** Numbers of weight sets. */
const SETS_BY_GROUP = 0;
const SETS_BY_CERTAINTY = SETS_BY_GROUP + GROUP_PLACES;
const SETS_BY_NODE = SETS_BY_CERTAINTY + CHANNELS * NODES * CERTAINTIES;
const LAST_SETS_BY_NODE = SETS_BY_NODE + CHANNELS * NODES;
const LAST_SETS_BY_BIT = LAST_SETS_BY_NODE + LAST_PLACES;
const LAST_SETS = LAST_SETS_BY_BIT + CHANNELS * 6;

/** What a symbol coder needs of its decision coder. */
export const DECISION_SIZE: DecisionSize = { slots: SLOTS, sets: LAST_SETS + CHANNELS };

/** Where the features of the context net have the last positions of W, N, NW and NE. */
const LASTS_AT = 441;

/** Quantises a logistic value to 0..15. */
function certaintyOf(expected: number): number {
  return (expected + 2048) >> 8;
}

/** Quantises a block's surprise to 0..8. */
function surpriseLevel(surprise: number): number {
  const magnitude = Math.abs(surprise);
  const level =
    magnitude < 32768 ? 0 : magnitude < 81920 ? 1 : magnitude < 163840 ? 2 : magnitude < 294912 ? 3 : 4;
  return surprise < 0 ? 4 - level : 4 + level;
}

/** Quantises the magnitude of a feature S(..) in 1/8 steps, to 0..7. */
function octaveOf(feature: number): number {
  return Math.max(0, Math.min((Math.abs(feature) - 32) >> 4, 7));
}

function clamp(x: number, low: number, high: number): number {
  return Math.max(low, Math.min(x, high));
}

/** A lane as the coder sees it. */
interface Surprised {
  /** How much larger the block's magnitudes are than the nets expected, of late: decisions, in 1/65536. */
  surprise: number;
}

/** Codes in either direction: an encoder takes the values, a decoder ignores them; both return them. */
export class SymbolCoder {
  /** Weights of the current symbols. */
  private readonly weights = new Int32Array(SYMBOLS);
  /** Of the current value: where its contexts begin, but for the node. */
  private place = 0;
  private groupPlace = 0;
  private nodeSets = 0;
  private neighbours = 0;
  private edges = 0;
  private level = 0;
  private error = 0;

  constructor(private readonly decisions: DecisionCoder) {}

  /** Of an encoder: the bytes from `from` on that nothing coded later can change. */
  settledBytes(from: number): Uint8Array {
    return this.decisions.settledBytes(from);
  }

  /** Codes the position of a block's last non-zero AC coefficient, 0..63, in a row of the context net. */
  codeLast(batch: NetBatch, row: number, channel: number, last: number): number {
    const { weights, decisions } = this;
    weigh(weights, batch.last, row * LAST_SYMBOLS, LAST_SYMBOLS);
    const { slots, sets } = decisions;
    const { context } = batch;
    const at = row * batch.contextInputs + LASTS_AT;
    const left = context[at];
    const above = context[at + 1];
    const around = ((left + above) >> 2) * 16 + ((context[at + 2] + context[at + 3]) >> 3);
    let node = 1;
    for (let bit = 5; bit >= 0; bit--) {
      const half = 1 << bit;
      const from = (node << (bit + 1)) & 63;
      const expected = logisticOf(this.sum(from + half, half), this.sum(from, half));
      const place = channel * LAST_SYMBOLS + node;
      slots[0] = LAST_AT_PLACE + place;
      slots[1] = LAST_BY_LEFT + place * 64 + left;
      slots[2] = LAST_BY_ABOVE + place * 64 + above;
      slots[3] = LAST_BY_AROUND + place * 512 + around;
      sets[0] = LAST_SETS_BY_NODE + place;
      sets[1] = LAST_SETS_BY_BIT + channel * 6 + bit;
      sets[2] = LAST_SETS + channel;
      node = 2 * node + decisions.code((last >> bit) & 1, expected);
    }
    return node & 63;
  }

  /**
   * Codes a value in -65535..65535, in a row of the coefficient net.
   *
   * @param lane Told how much larger the value was than the nets expected.
   */
  codeValue(batch: NetBatch, row: number, channel: number, lane: Surprised, value: number): number {
    const { weights } = this;
    const index = batch.index[row];
    const inputs = batch.coefficient;
    const at = row * batch.coefficientInputs;
    const isLast = index > 0 && inputs[at + 19] !== 0;
    weigh(weights, batch.logits, row * SYMBOLS, SYMBOLS);
    this.place = (channel * 64 + index) * NODES;
    this.groupPlace = (channel * 15 + DIAGONAL[index]) * NODES;
    this.nodeSets = channel * NODES;
    this.level = surpriseLevel(lane.surprise);
    this.error = 0;
    if (channel === 0) {
      this.neighbours = inputs[at + 17] >> 3;
      this.edges = octaveOf(inputs[at + 1]) * 8 + octaveOf(inputs[at + 3]);
    } else {
      this.neighbours = Math.min(Math.abs(inputs[at + 31]) >> 2, 31);
      this.edges = octaveOf(inputs[at + 28]) * 8 + Math.min(inputs[at + 32] >> 4, 7);
    }
    const positive = this.sum(1, RANKS - 1);
    const negative = this.sum(RANKS, RANKS - 1);
    const magnitude = value < 0 ? -value : value;
    if (!isLast && this.codeNode(magnitude === 0 ? 0 : 1, NOT_ZERO, positive + negative, weights[0]) === 0) {
      lane.surprise += this.error - (lane.surprise >> 2);
      return 0;
    }
    const isNegative = this.codeSign(value < 0 ? 1 : 0, batch, at, channel, index, negative, positive) !== 0;
    const result = this.codeMagnitude(
      magnitude,
      isNegative ? RANKS - 1 : 0,
      isNegative ? negative : positive,
    );
    lane.surprise += this.error - (lane.surprise >> 2);
    return isNegative ? -result : result;
  }

  /** Ends the payload and returns it; of a decoder, checks that it has read the payload to its end. */
  finish(): Uint8Array {
    return this.decisions.finish();
  }

  /** Codes a magnitude above 0; the weights of its ranks begin after `first` and sum to `rest`. */
  private codeMagnitude(magnitude: number, first: number, rest: number): number {
    const rank = rankOf(magnitude);
    const highest = 31 - Math.clz32(magnitude);
    let octave = 0;
    let from = 1;
    let count = 1;
    for (; octave < OCTAVES - 1; octave++) {
      const inside = this.sum(first + from, count);
      rest -= inside;
      const node = ABOVE_OCTAVE + Math.min(octave, LAST_OCTAVE_NODE);
      if (this.codeNode(highest > octave ? 1 : 0, node, rest, inside) === 0) break;
      from += count;
      count = octave + 1 < DIRECT_OCTAVES ? 2 * count : 2;
    }
    const bits = BITS_OF_OCTAVE[Math.min(octave, 3)];
    let node = 1;
    while (count > 1) {
      count >>= 1;
      const upper = this.sum(first + from + count, count);
      const lower = this.sum(first + from, count);
      const bit = this.codeNode(
        rank >= from + count ? 1 : 0,
        octave === 2 ? bits + node : bits,
        upper,
        lower,
      );
      node = 2 * node + bit;
      if (bit !== 0) from += count;
    }
    const raw = RAW_BITS[from];
    const base = RANK_BASE[from];
    return raw > 0 ? base + this.decisions.codeRaw(magnitude - base, raw) : base;
  }

  /** Codes a decision about a magnitude, of the weights `one` and `zero`. */
  private codeNode(bit: number, node: number, one: number, zero: number): number {
    const { decisions, place, groupPlace } = this;
    const { slots } = decisions;
    const expected = logisticOf(one, zero);
    const certainty = certaintyOf(expected);
    slots[0] = AT_PLACE + place + node;
    slots[1] = BY_NEIGHBOURS + (place + node) * 32 + this.neighbours;
    slots[2] = BY_SURPRISE + ((groupPlace + node) * LEVELS + this.level) * CERTAINTIES + certainty;
    slots[3] = BY_EDGES + (place + node) * 64 + this.edges;
    this.chooseSets(node, certainty);
    const result = decisions.code(bit, expected);
    this.error += (result << 16) - SQUASH[expected + 2048];
    return result;
  }

  private codeSign(
    bit: number,
    batch: NetBatch,
    at: number,
    channel: number,
    index: number,
    one: number,
    zero: number,
  ): number {
    const { decisions } = this;
    const { slots } = decisions;
    const inputs = batch.coefficient;
    const expected = logisticOf(one, zero);
    const place = channel * 64 + index;
    const near = clamp(inputs[at + 4] >> 2, -2, 2) * 5 + clamp(inputs[at + 5] >> 2, -2, 2) + 12;
    let edges: number;
    let others: number;
    if (channel === 0) {
      edges = ((inputs[at + 1] + 256) >> 5) * 16 + ((inputs[at + 3] + 256) >> 5);
      others = clamp(inputs[at + 8] >> 2, -2, 2) * 5 + clamp(inputs[at + 9] >> 2, -2, 2) + 12;
    } else {
      edges = ((inputs[at + 29] + 128) >> 4) * 16 + ((inputs[at + 33] + 128) >> 4);
      others = ((inputs[at + 27] + 128) >> 4) * 9 + clamp(inputs[at + 31] >> 2, -4, 4) + 4;
    }
    slots[0] = AT_PLACE + this.place + NEGATIVE;
    slots[1] = SIGN_BY_NEIGHBOURS + place * 25 + near;
    slots[2] = SIGN_BY_EDGES + place * 256 + edges;
    slots[3] = SIGN_BY_OTHERS + place * 144 + others;
    this.chooseSets(NEGATIVE, certaintyOf(expected));
    return decisions.code(bit, expected);
  }

  private chooseSets(node: number, certainty: number): void {
    const { sets } = this.decisions;
    sets[0] = SETS_BY_GROUP + this.groupPlace + node;
    sets[1] = SETS_BY_CERTAINTY + (this.nodeSets + node) * CERTAINTIES + certainty;
    sets[2] = SETS_BY_NODE + this.nodeSets + node;
  }

  /** Sum of the weights of `count` symbols from `from` on. */
  private sum(from: number, count: number): number {
    const { weights } = this;
    let sum = 0;
    for (let s = from; s < from + count; s++) sum += weights[s];
    return sum;
  }
}
