/** Probabilities and their logistic values, ln(p / (1 - p)) in units of 1/256 (spec/adaptive-dct.md, 3). */

/** Refinement points: one every 128 in the logistic domain, and one at the end. */
export const POINTS = 33;

/** squash at those points: 2^16 / (1 + e^(-x / 256)), rounded. */
const SQUASH_POINTS = memory.data<u16>([
  22, 36, 60, 98, 162, 267, 439, 720, 1179, 1921, 3108, 4971, 7812, 11955, 17625, 24743, 32768, 40793, 47911,
  53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269, 65374, 65438, 65476, 65500, 65514,
]);
const SQUASH = memory.data(4096 * 2, 16);
const STRETCH = memory.data(4096 * 2, 16);

/** Probability in 1/2^16 of a logistic value that `x` is above -2048. */
export function squash(x: i32): i32 {
  return load<u16>(SQUASH + (x << 1));
}

/** Where the logistic value, an i16, of a probability in 1/2^12 lies. */
export function stretchAddress(probability: u32): usize {
  return STRETCH + (probability << 1);
}

/** squash at refinement point `i`. */
export function squashPoint(i: i32): i32 {
  return load<u16>(SQUASH_POINTS + (i << 1));
}

/** Fills the tables; once. */
export function fillLogisticTables(): void {
  for (let x = 0; x < 4096; x++) {
    const i = x >> 7;
    const f = x & 127;
    store<u16>(SQUASH + (x << 1), (squashPoint(i) * (128 - f) + squashPoint(i + 1) * f + 64) >> 7);
  }
  let x = 1;
  for (let p = 0; p < 4096; p++) {
    while (x < 4095 && squash(x) < 16 * p + 8) x++;
    store<i16>(STRETCH + (p << 1), <i16>(x - 2048));
  }
}
