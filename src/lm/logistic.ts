/**
 * The logistic domain of adaptive predictions (spec/adaptive-dct.md, 3, and exact-profile.md, 6.2): ln(p / (1 - p)) in
 * units of 1/256.
 */

/** squash(128 i - 2048): 2^16 / (1 + e^(-x / 256)). */
export const SQUASH_POINTS = [
  22, 36, 60, 98, 162, 267, 439, 720, 1179, 1921, 3108, 4971, 7812, 11955, 17625, 24743, 32768, 40793, 47911,
  53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269, 65374, 65438, 65476, 65500, 65514,
];

/** Probabilities (16 bits) of the logistic values -2048..2047. */
export const SQUASH = new Int32Array(4096);
for (let i = 0; i < 4096; i++) {
  const j = i >> 7;
  const f = i & 127;
  SQUASH[i] = (SQUASH_POINTS[j] * (128 - f) + SQUASH_POINTS[j + 1] * f + 64) >> 7;
}

/** Logistic values of the probabilities in units of 1/4096: the inverse of SQUASH. */
export const STRETCH = new Int32Array(4096);
for (let p = 0, i = 1; p < 4096; p++) {
  while (i < 4095 && SQUASH[i] < 16 * p + 8) i++;
  STRETCH[p] = i - 2048;
}

/** 65536 ln(1 + (m + 1/2) / 256) to the nearest integer, for the 8 bits m below a number's highest one. */
export const LOG_FRACTIONS = Int32Array.from({ length: 256 }, (_, m) =>
  Math.round(65536 * Math.log(1 + (m + 0.5) / 256)),
);
