/**
 * Codes the symbols of a chunk as binary decisions (spec/exact-decisions.md), compiled to WebAssembly: the nets' logits
 * give each its probability, which decisions.ts corrects by what the chunk has shown in like contexts. The
 * caller lays out the memory from `heap()` on: see src/lm/exact/symbol-coder.ts.
 */

import { fillLogisticTables, squash } from '../../assembly/logistic';
import {
  decoding,
  hasBytes,
  position,
  setLength,
  startDecoding as startPayload,
} from '../../assembly/range-coder';
import * as at from './contexts';
import { code, codeUnknown, resetDecisions, slot, weightSet } from './decisions';
import { logisticOf, sumOf, weigh } from './weights';

export {
  finishDecoding,
  finishEncoding,
  overrun,
  position,
  setLength,
  startEncoding,
} from '../../assembly/range-coder';
export { logTable, weightTable } from './weights';

const SYMBOLS = 79;
const RANKS = 40;
/** Magnitudes below this have a rank each; above, a rank per half octave. */
const DIRECT = 16;
const DIRECT_OCTAVES = 4;
const OCTAVES = 16;
/** 256 ln 2: the logistic value of twice as likely as not. */
const TWICE = 177;
/** Share, in 1/256, of the slope between the ranks around one that lies between its halves, in the lower and the upper half of an octave. */
const LOWER_SLOPE = 73;
const UPPER_SLOPE = 51;
/** A symbol takes fewer bytes. */
const SYMBOL_BYTES = 40;
/** Coefficients of a group at most. */
const GROUP_SIZE = 8;

/** Values of a group, int32: to encode, or decoded. */
const VALUES = memory.data(GROUP_SIZE * 4, 16);

/** Whether the payload to decode may become longer. */
let growing: bool = false;

/** Of the current value: where its contexts begin, but for the node. */
let place = 0;
let groupPlace = 0;
let nodeSets = 0;
let neighbours = 0;
let edges = 0;
let level = 0;
/** How much larger its magnitude was than the nets expected: decisions, in 1/65536. */
let error = 0;

/** Gives what there is of the payload once it has a byte at a position, or has ended; its length. */
declare function more(position: usize): usize;

/** First address that is the caller's. */
export function heap(): usize {
  return (__heap_base + 15) & ~15;
}

/** Where the values of a group are. */
export function groupValues(): usize {
  return VALUES;
}

/** Forgets all that was learnt; `observed` has the caller told of each decision. */
export function reset(observed: bool): void {
  fillLogisticTables();
  resetDecisions(observed);
}

/**
 * Begins to read a payload; false if no encoder writes one that begins so.
 *
 * @param open Whether more of it will come.
 */
export function startDecoding(address: usize, length: usize, open: bool): bool {
  growing = open;
  return startPayload(address, length);
}

/** Codes the position of a block's last non-zero AC coefficient, 0..63, with those of its neighbours. */
export function codeLast(
  logits: usize,
  channel: i32,
  left: i32,
  above: i32,
  aboveLeft: i32,
  aboveRight: i32,
  last: i32,
): i32 {
  awaitBytes();
  weigh(logits, at.LAST_SYMBOLS);
  const around = ((left + above) >> 2) * 16 + ((aboveLeft + aboveRight) >> 3);
  let node = 1;
  for (let bit = 5; bit >= 0; bit--) {
    const half = 1 << bit;
    const from = (node << (bit + 1)) & 63;
    const own = channel * at.LAST_SYMBOLS + node;
    const result = code(
      (last >> bit) & 1,
      logisticOf(sumOf(from + half, half), sumOf(from, half)),
      slot(at.LAST_AT_PLACE + own),
      slot(at.LAST_BY_LEFT + own * 64 + left),
      slot(at.LAST_BY_ABOVE + own * 64 + above),
      slot(at.LAST_BY_AROUND + own * 512 + around),
      weightSet(at.LAST_SETS_BY_NODE + own),
      weightSet(at.LAST_SETS_BY_BIT + channel * 6 + bit),
      weightSet(at.LAST_SETS + channel),
    );
    node = 2 * node + result;
  }
  return node & 63;
}

/**
 * Codes the values of a group, -65535..65535, at `groupValues`.
 *
 * @param logits int16 [count][79].
 * @param features int16 [count][27 or 35].
 * @param indices Natural indices, int32 [count].
 * @param surprise The block's surprise before.
 * @returns Its surprise after.
 */
export function codeValues(
  logits: usize,
  features: usize,
  indices: usize,
  count: i32,
  channel: i32,
  surprise: i32,
): i32 {
  const featureBytes: usize = channel === 0 ? 2 * 27 : 2 * 35;
  for (let i = 0; i < count; i++) {
    awaitBytes();
    const value = VALUES + 4 * i;
    error = 0;
    level = levelOf(surprise);
    store<i32>(value, codeValue(logits, features, load<i32>(indices), channel, load<i32>(value)));
    surprise += error - (surprise >> 2);
    logits += 2 * SYMBOLS;
    features += featureBytes;
    indices += 4;
  }
  return surprise;
}

/** Decoder: waits for what a symbol may take of a payload that is still being written. */
function awaitBytes(): void {
  if (!growing || !decoding || hasBytes(SYMBOL_BYTES)) return;
  const wanted = position() + SYMBOL_BYTES;
  const length = more(wanted);
  setLength(length);
  growing = length >= wanted;
}

/** Quantises a block's surprise to 0..8. */
function levelOf(surprise: i32): i32 {
  const magnitude = abs(surprise);
  const far =
    i32(magnitude >= 32768) + i32(magnitude >= 81920) + i32(magnitude >= 163840) + i32(magnitude >= 294912);
  return surprise < 0 ? 4 - far : 4 + far;
}

/** Quantises the magnitude of a feature S(..) in 1/8 steps, to 0..7. */
function octaveOf(feature: i32): i32 {
  return clamp((abs(feature) - 32) >> 4, 0, 7);
}

function clamp(x: i32, low: i32, high: i32): i32 {
  return max(low, min(x, high));
}

function feature(features: usize, index: i32): i32 {
  return load<i16>(features + 2 * index);
}

function codeValue(logits: usize, features: usize, index: i32, channel: i32, value: i32): i32 {
  weigh(logits, SYMBOLS);
  place = (channel * 64 + index) * at.NODES;
  groupPlace = (channel * 15 + (index >> 3) + (index & 7)) * at.NODES;
  nodeSets = channel * at.NODES;
  if (channel === 0) {
    neighbours = feature(features, 17) >> 3;
    edges = octaveOf(feature(features, 1)) * 8 + octaveOf(feature(features, 3));
  } else {
    neighbours = min(abs(feature(features, 31)) >> 2, 31);
    edges = octaveOf(feature(features, 28)) * 8 + min(feature(features, 32) >> 4, 7);
  }
  const positive = sumOf(1, RANKS - 1);
  const negative = sumOf(RANKS, RANKS - 1);
  const magnitude = abs(value);
  // The coefficient at the position last is not 0.
  if (index === 0 || feature(features, 19) === 0) {
    if (codeNode(i32(magnitude !== 0), at.NOT_ZERO, positive + negative, sumOf(0, 1)) === 0) return 0;
  }
  const isNegative = codeSign(i32(value < 0), features, channel, index, negative, positive) !== 0;
  const result = codeMagnitude(magnitude, isNegative ? RANKS - 1 : 0, isNegative ? negative : positive);
  return isNegative ? -result : result;
}

/** Codes a magnitude above 0; the weights of its ranks begin after `first` and sum to `rest`. */
function codeMagnitude(magnitude: i32, first: i32, rest: i32): i32 {
  const highest = 31 - <i32>clz(magnitude);
  const rank =
    magnitude < DIRECT ? magnitude : DIRECT + 2 * (highest - 4) + ((magnitude >> (highest - 1)) & 1);
  let octave = 0;
  let from = 1;
  let count = 1;
  for (; octave < OCTAVES - 1; octave++) {
    const inside = sumOf(first + from, count);
    rest -= inside;
    const node = at.ABOVE_OCTAVE + min(octave, at.LAST_OCTAVE_NODE);
    if (codeNode(i32(highest > octave), node, rest, inside) === 0) break;
    from += count;
    count = octave + 1 < DIRECT_OCTAVES ? 2 * count : 2;
  }
  const bits = octave < 3 ? at.LOW_BITS : at.HIGH_BITS;
  let node = 1;
  while (count > 1) {
    count >>= 1;
    const upper = sumOf(first + from + count, count);
    const lower = sumOf(first + from, count);
    const bit = codeNode(i32(rank >= from + count), octave === 2 ? bits + node : bits, upper, lower);
    node = 2 * node + bit;
    if (bit !== 0) from += count;
  }
  if (from < DIRECT) return from;
  return codeWithin(magnitude, from, first);
}

/** Codes where a magnitude lies in its rank, of 16 or more: two decisions by the slope of the ranks around, and the rest. */
function codeWithin(magnitude: i32, rank: i32, first: i32): i32 {
  const isUpper = rank & 1;
  // As wide as half a rank that begins an octave: 16 has four of width 1 before it.
  const below = rank === DIRECT ? sumOf(first + DIRECT - 4, 4) : sumOf(first + rank - 1, 1);
  const above = rank < RANKS - 1 ? sumOf(first + rank + 1, 1) : 0;
  const slope = ((logisticOf(above, below) - TWICE) * (isUpper ? UPPER_SLOPE : LOWER_SLOPE)) >> 8;
  const bits = ((rank - DIRECT) >> 1) + 3;
  const base = (2 + isUpper) << bits;
  const half = codeExpected(((magnitude - base) >> (bits - 1)) & 1, at.HALF, slope);
  const quarter = codeExpected(((magnitude - base) >> (bits - 2)) & 1, at.QUARTER, slope >> 1);
  const from = base + (half << (bits - 1)) + (quarter << (bits - 2));
  return from + codeUnknown(magnitude - from, bits - 2);
}

/** Codes a decision about a magnitude, of the weights `one` and `zero`. */
function codeNode(bit: i32, node: i32, one: i32, zero: i32): i32 {
  return codeExpected(bit, node, logisticOf(one, zero));
}

/** Codes a decision about a magnitude that the nets give a logistic value. */
function codeExpected(bit: i32, node: i32, expected: i32): i32 {
  const certainty = (expected + 2048) >> 8;
  const own = place + node;
  const group = groupPlace + node;
  const result = code(
    bit,
    expected,
    slot(at.AT_PLACE + own),
    slot(at.BY_NEIGHBOURS + own * 32 + neighbours),
    slot(at.BY_SURPRISE + (group * at.LEVELS + level) * at.CERTAINTIES + certainty),
    slot(at.BY_EDGES + own * 64 + edges),
    weightSet(at.SETS_BY_GROUP + group),
    weightSet(at.SETS_BY_CERTAINTY + (nodeSets + node) * at.CERTAINTIES + certainty),
    weightSet(at.SETS_BY_NODE + nodeSets + node),
  );
  error += (result << 16) - squash(expected + 2048);
  return result;
}

function codeSign(bit: i32, features: usize, channel: i32, index: i32, one: i32, zero: i32): i32 {
  const expected = logisticOf(one, zero);
  const certainty = (expected + 2048) >> 8;
  const signPlace = channel * 64 + index;
  const near = two(features, 4) * 5 + two(features, 5) + 12;
  let edge: i32;
  let others: i32;
  if (channel === 0) {
    edge = ((feature(features, 1) + 256) >> 5) * 16 + ((feature(features, 3) + 256) >> 5);
    others = two(features, 8) * 5 + two(features, 9) + 12;
  } else {
    edge = ((feature(features, 29) + 128) >> 4) * 16 + ((feature(features, 33) + 128) >> 4);
    others = ((feature(features, 27) + 128) >> 4) * 9 + clamp(feature(features, 31) >> 2, -4, 4) + 4;
  }
  return code(
    bit,
    expected,
    slot(at.AT_PLACE + place + at.NEGATIVE),
    slot(at.SIGN_BY_NEIGHBOURS + signPlace * 25 + near),
    slot(at.SIGN_BY_EDGES + signPlace * 256 + edge),
    slot(at.SIGN_BY_OTHERS + signPlace * 144 + others),
    weightSet(at.SETS_BY_GROUP + groupPlace + at.NEGATIVE),
    weightSet(at.SETS_BY_CERTAINTY + (nodeSets + at.NEGATIVE) * at.CERTAINTIES + certainty),
    weightSet(at.SETS_BY_NODE + nodeSets + at.NEGATIVE),
  );
}

/** A feature 4 clamp(x, ..), as a number of -2..2. */
function two(features: usize, index: i32): i32 {
  return clamp(feature(features, index) >> 2, -2, 2);
}
