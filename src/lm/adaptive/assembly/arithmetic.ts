/** Small functions of integers that contexts are made of (spec/adaptive-dct.md, 2). */

/** Largest magnitude of each class. */
const CLASS_LIMITS = memory.data<u16>([
  0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 64, 86, 115, 154, 205, 273, 364, 486, 648, 864, 1152, 1536,
  2048, 2731, 3641, 65535,
]);
const CLASSES = memory.data(4096, 16);

/** Fills the table; once. */
export function fillClasses(): void {
  let index = 0;
  for (let magnitude = 0; magnitude < 4096; magnitude++) {
    while (magnitude > load<u16>(CLASS_LIMITS + (index << 1))) index++;
    store<u8>(CLASSES + magnitude, <u8>index);
  }
}

/** Class of a magnitude, about logarithmic, at most `limit`. */
export function classOf(magnitude: i32, limit: i32): i32 {
  return min(<i32>load<u8>(CLASSES + min(magnitude, 4095)), limit);
}

/** 0, 1 or 2 for zero, positive or negative. */
export function sign3(x: i32): i32 {
  return x > 0 ? 1 : x < 0 ? 2 : 0;
}

/** The number of low..high that is nearest to x. */
export function clamp(x: i32, low: i32, high: i32): i32 {
  return max(low, min(high, x));
}
