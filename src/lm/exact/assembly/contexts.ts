/** The contexts of decisions, each a range of slots or of weight sets (spec/exact-decisions.md, 3 and 4.2). */

/** Channels of a frame that learn apart: its components modulo this. */
export const CHANNELS = 3;
/** Values of a last. */
export const LAST_SYMBOLS = 64;

/**
 * Nodes of a value's decisions: not zero, negative, octave above 0 to 8 and beyond, bits of octave 1, 2, and higher, halves and
 * quarters of a rank.
 */
export const NODES = 19;
/** Node: is the value not 0? */
export const NOT_ZERO = 0;
/** Node: is it negative? */
export const NEGATIVE = 1;
/** First node of octaves: is the magnitude above octave 0? */
export const ABOVE_OCTAVE = 2;
/** Octave from which on they share a node. */
export const LAST_OCTAVE_NODE = 9;
/** First node of the bits in octaves 1 and 2. */
export const LOW_BITS = 12;
/** Node of the bits in octaves above 2. */
export const HIGH_BITS = 16;
/** Node: is the magnitude in the upper half of its rank? */
export const HALF = 17;
/** Node: is it in the upper half of that half? */
export const QUARTER = 18;

/** Levels of a block's surprise. */
export const LEVELS = 9;
/** Classes of logistic values. */
export const CERTAINTIES = 16;

/** Numbers of slots, by context; those of a value's decisions are told apart by place: channel, index and node. */
const PLACES = CHANNELS * 64 * NODES;
const SIGN_PLACES = CHANNELS * 64;
const GROUP_PLACES = CHANNELS * 15 * NODES;
const LAST_PLACES = CHANNELS * LAST_SYMBOLS;
/** First slot of s1 of a value: its place and node. */
export const AT_PLACE = 0;
/** First slot of s2 but of signs: and the neighbours. */
export const BY_NEIGHBOURS = AT_PLACE + PLACES;
/** First slot of s3 but of signs: and the block's surprise. */
export const BY_SURPRISE = BY_NEIGHBOURS + PLACES * 32;
/** First slot of s4 but of signs: and the edges. */
export const BY_EDGES = BY_SURPRISE + GROUP_PLACES * LEVELS * CERTAINTIES;
/** First slot of s2 of signs. */
export const SIGN_BY_NEIGHBOURS = BY_EDGES + PLACES * 64;
/** First slot of s3 of signs. */
export const SIGN_BY_EDGES = SIGN_BY_NEIGHBOURS + SIGN_PLACES * 25;
/** First slot of s4 of signs. */
export const SIGN_BY_OTHERS = SIGN_BY_EDGES + SIGN_PLACES * 256;
/** First slot of s1 of a last. */
export const LAST_AT_PLACE = SIGN_BY_OTHERS + SIGN_PLACES * 144;
/** First slot of s2 of a last: and that of W. */
export const LAST_BY_LEFT = LAST_AT_PLACE + LAST_PLACES;
/** First slot of s3 of a last: and that of N. */
export const LAST_BY_ABOVE = LAST_BY_LEFT + LAST_PLACES * 64;
/** First slot of s4 of a last: and those of all four. */
export const LAST_BY_AROUND = LAST_BY_ABOVE + LAST_PLACES * 64;
/** Number of slots. */
export const SLOTS = LAST_BY_AROUND + LAST_PLACES * 512;

/** First set A of a value. */
export const SETS_BY_GROUP = 0;
/** First set B of a value. */
export const SETS_BY_CERTAINTY = SETS_BY_GROUP + GROUP_PLACES;
/** First set C of a value. */
export const SETS_BY_NODE = SETS_BY_CERTAINTY + CHANNELS * NODES * CERTAINTIES;
/** First set A of a last. */
export const LAST_SETS_BY_NODE = SETS_BY_NODE + CHANNELS * NODES;
/** First set B of a last. */
export const LAST_SETS_BY_BIT = LAST_SETS_BY_NODE + LAST_PLACES;
/** First set C of a last. */
export const LAST_SETS = LAST_SETS_BY_BIT + CHANNELS * 6;
/** Number of weight sets. */
export const SETS = LAST_SETS + CHANNELS;
