/** The contexts of decisions, each a range of slots or of weight sets (spec/exact-decisions.md, 3 and 4.2). */

/** Channels of a frame that learn apart: its components modulo this. */
export const CHANNELS = 3;
export const LAST_SYMBOLS = 64;

/** Nodes of a value's decisions: not zero, negative, octave above 0 to 8 and beyond, bits of octave 1, 2, and higher. */
export const NODES = 17;
export const NOT_ZERO = 0;
export const NEGATIVE = 1;
export const ABOVE_OCTAVE = 2;
export const LAST_OCTAVE_NODE = 9;
/** Nodes of the bits in octaves 1 and 2, and in higher ones. */
export const LOW_BITS = 12;
export const HIGH_BITS = 16;

/** Levels of a block's surprise. */
export const LEVELS = 9;
/** Classes of logistic values. */
export const CERTAINTIES = 16;

/** Numbers of slots, by context; those of a value's decisions are told apart by place: channel, index and node. */
const PLACES = CHANNELS * 64 * NODES;
const SIGN_PLACES = CHANNELS * 64;
const GROUP_PLACES = CHANNELS * 15 * NODES;
const LAST_PLACES = CHANNELS * LAST_SYMBOLS;
export const AT_PLACE = 0;
export const BY_NEIGHBOURS = AT_PLACE + PLACES;
export const BY_SURPRISE = BY_NEIGHBOURS + PLACES * 32;
export const BY_EDGES = BY_SURPRISE + GROUP_PLACES * LEVELS * CERTAINTIES;
export const SIGN_BY_NEIGHBOURS = BY_EDGES + PLACES * 64;
export const SIGN_BY_EDGES = SIGN_BY_NEIGHBOURS + SIGN_PLACES * 25;
export const SIGN_BY_OTHERS = SIGN_BY_EDGES + SIGN_PLACES * 256;
export const LAST_AT_PLACE = SIGN_BY_OTHERS + SIGN_PLACES * 144;
export const LAST_BY_LEFT = LAST_AT_PLACE + LAST_PLACES;
export const LAST_BY_ABOVE = LAST_BY_LEFT + LAST_PLACES * 64;
export const LAST_BY_AROUND = LAST_BY_ABOVE + LAST_PLACES * 64;
export const SLOTS = LAST_BY_AROUND + LAST_PLACES * 512;

/** Numbers of weight sets. */
export const SETS_BY_GROUP = 0;
export const SETS_BY_CERTAINTY = SETS_BY_GROUP + GROUP_PLACES;
export const SETS_BY_NODE = SETS_BY_CERTAINTY + CHANNELS * NODES * CERTAINTIES;
export const LAST_SETS_BY_NODE = SETS_BY_NODE + CHANNELS * NODES;
export const LAST_SETS_BY_BIT = LAST_SETS_BY_NODE + LAST_PLACES;
export const LAST_SETS = LAST_SETS_BY_BIT + CHANNELS * 6;
export const SETS = LAST_SETS + CHANNELS;
