/** Constants of the exact DCT model (spec/exact-dct.md): order of coding, alphabet, and tables of the features. */

import { NATURAL_FROM_ZIGZAG } from '../../container/quantization.js';

/** The class of planes that see no other component; each class has nets of its own. */
export const LUMA = 0;
/** The class of planes that see luma. */
export const CHROMA = 1;

/** Symbols of a coefficient's value: zero, 39 ranks of magnitude for either sign. */
export const SYMBOLS = 79;
/** Ranks of magnitude, zero included. */
export const RANKS = 40;
/** Magnitudes below this have a rank each; above, a rank per half octave. */
export const DIRECT = 16;
/** Symbols of the position of a block's last non-zero AC coefficient. */
export const LAST_SYMBOLS = 64;
/** Groups of a block: 1 to 14 are the anti-diagonals of AC coefficients, 0 is the DC coefficient. */
export const GROUPS = 15;

/** Inputs of the context net, by class. */
export const CONTEXT_INPUTS = [574, 879] as const;
/** Inputs of the group net. */
export const GROUP_INPUTS = 174;
/** Inputs of the coefficient net, by class. */
export const COEFFICIENT_INPUTS = [27, 35] as const;

/** Features lie in -FEATURE_LIMIT..FEATURE_LIMIT. */
export const FEATURE_LIMIT = 255;
/** Dequantised coefficients are clipped to this magnitude. */
export const VALUE_LIMIT = 8192;

/** Natural index of each zigzag position. */
export const ZIGZAG = NATURAL_FROM_ZIGZAG;
/** Zigzag position of each natural index. */
export const POSITION = new Uint8Array(64);
for (let k = 0; k < 64; k++) POSITION[ZIGZAG[k]] = k;
/** Anti-diagonal u + v of each natural index 8 v + u. */
export const DIAGONAL = Uint8Array.from({ length: 64 }, (_, i) => (i >> 3) + (i & 7));
/** Natural indices of each anti-diagonal, ascending. */
export const ON_DIAGONAL: readonly Uint8Array[] = Array.from({ length: GROUPS }, (_, g) =>
  Uint8Array.from(Array.from({ length: 64 }, (_, i) => i).filter((i) => DIAGONAL[i] === g)),
);

/** Near neighbours (rows, columns), in the order of the features: left, above, above left, above right, ... */
export const NEAR = [
  [0, -1],
  [-1, 0],
  [-1, -1],
  [-1, 1],
  [0, -2],
  [-2, 0],
] as const;
/** Far neighbours. */
export const FAR = [
  [0, -3],
  [-1, -2],
  [-1, -3],
  [-2, -1],
  [-2, 1],
  [-2, 2],
  [-2, -2],
  [-3, 0],
] as const;
/** Neighbours in planes that are already known there. */
export const AROUND = [
  [0, -1],
  [-1, 0],
  [-1, -1],
  [-1, 1],
  [0, 1],
  [1, 0],
  [1, -1],
  [1, 1],
] as const;

/** Band of diagonals (1, 2-3, 4-6, 7-14) that an AC coefficient's magnitude is summed in, for far neighbours. */
export const BAND = DIAGONAL.map((d) => (d < 2 ? 0 : d < 4 ? 1 : d < 7 ? 2 : 3));

/** L(n) = 16 log2(1 + n) to the nearest integer, at most 255, for n in 0..65535; no value is near a tie. */
export const LOG = Uint8Array.from({ length: 65536 }, (_, n) =>
  Math.min(255, Math.round(16 * Math.log2(1 + n))),
);

/** Weight of a frequency at a block's border, in 1/256. */
export const BORDER = Int32Array.of(181, 256, 256, 256, 256, 256, 256, 256);

/** Cosines [8 frequency + sample] in 1/256; the row of frequency 0 is 181. */
export const COSINES = Int32Array.from({ length: 64 }, (_, i) => {
  const frequency = i >> 3;
  return frequency === 0 ? 181 : Math.round(256 * Math.cos(((2 * (i & 7) + 1) * frequency * Math.PI) / 16));
});

/**
 * The matrices that average a line of `ratio` blocks down to one, in the frequency domain: int [ratio][8][8] in
 * 1/1024, flat; matrix i takes the 8 frequencies of the i-th block to its part of the result's.
 */
export function downsamplingMatrices(ratio: number): Float64Array {
  const dct = (k: number, t: number) =>
    Math.cos(((2 * t + 1) * k * Math.PI) / 16) * (k === 0 ? Math.sqrt(1 / 8) : 0.5);
  const matrices = new Float64Array(ratio * 64);
  for (let i = 0; i < ratio; i++) {
    for (let k = 0; k < 8; k++) {
      for (let j = 0; j < 8; j++) {
        let sum = 0;
        for (let t = 0; t < 8; t++) sum += (dct(k, Math.floor((8 * i + t) / ratio)) * dct(j, t)) / ratio;
        matrices[i * 64 + k * 8 + j] = Math.round(1024 * sum);
      }
    }
  }
  return matrices;
}

/** Zigzag position of the last non-zero AC coefficient of the block at `base`, 0 if it has none. */
export function lastPosition(coefficients: Int16Array, base: number): number {
  let last = 63;
  while (last > 0 && coefficients[base + ZIGZAG[last]] === 0) last--;
  return last;
}

/** Rank of a magnitude in 0..65535. */
export function rankOf(magnitude: number): number {
  if (magnitude < DIRECT) return magnitude;
  const octave = 31 - Math.clz32(magnitude);
  return DIRECT + 2 * (octave - 4) + ((magnitude >> (octave - 1)) & 1);
}

/** Raw bits that follow a rank. */
export const RAW_BITS = Uint8Array.from({ length: RANKS }, (_, rank) =>
  rank < DIRECT ? 0 : ((rank - DIRECT) >> 1) + 3,
);
/** Smallest magnitude of each rank. */
export const RANK_BASE = Int32Array.from({ length: RANKS }, (_, rank) =>
  rank < DIRECT ? rank : (2 + ((rank - DIRECT) & 1)) << RAW_BITS[rank],
);
