/**
 * The inner loops of the exact nets (AssemblyScript, to WebAssembly with 128-bit SIMD). Inputs are int16 and sums
 * int32, so that nothing is ever rounded. The caller lays out the memory: see src/lm/exact/wasm-runner.ts.
 */

/** Outputs that are summed at once: eight vectors of four. */
const TILE: usize = 32;
const INPUT_SHIFT = 6;
/** Bytes of a tile's weights for an input: 2 an output. */
const INPUT_BYTES: usize = 1 << INPUT_SHIFT;

/**
 * Lists the inputs of a row that are not zero, which less than half of them are; the list serves every tile.
 *
 * @param count A multiple of 8.
 * @param values Where the inputs go, int16.
 * @param places Where the places of their weights in a tile go, uint32.
 * @param packing For each mask of 8 bits, the bits that are set: 16 bytes that move their lanes of int16 to the
 *   front, and 8 bytes with their numbers.
 * @returns How many there are.
 */
function listInputs(inputs: usize, count: usize, values: usize, places: usize, packing: usize): usize {
  let found: usize = 0;
  for (let i: usize = 0; i < count; i += 8) {
    const lanes = v128.load(inputs + 2 * i);
    const mask = i16x8.bitmask(i16x8.ne(lanes, i16x8.splat(0)));
    const entry = packing + 24 * <usize>mask;
    v128.store(values + 2 * found, i8x16.swizzle(lanes, v128.load(entry)));
    const at = i16x8.add(i16x8.splat(<i16>i), v128.load_ext<u8>(entry, 16));
    v128.store(places + 4 * found, i32x4.shl(v128.extend_low<u16>(at), INPUT_SHIFT));
    v128.store(places + 4 * found, i32x4.shl(v128.extend_high<u16>(at), INPUT_SHIFT), 16);
    found += <usize>popcnt(mask);
  }
  // The kernel takes two at once.
  store<i32>(values + 2 * found, 0);
  store<i64>(places + 4 * found, 0);
  return found;
}

/** The products of two inputs with the weights of four outputs each, summed by output. */
function lower(inputs: v128, first: v128, second: v128): v128 {
  return i32x4.dot_i16x8_s(inputs, v128.shuffle<i16>(first, second, 0, 8, 1, 9, 2, 10, 3, 11));
}

function upper(inputs: v128, first: v128, second: v128): v128 {
  return i32x4.dot_i16x8_s(inputs, v128.shuffle<i16>(first, second, 4, 12, 5, 13, 6, 14, 7, 15));
}

/**
 * clamp(floor(sum * scale), low, high) of four sums: all are exact in binary32, as a sum is below 2^24. Adding
 * 3 * 2^22 leaves an integer in the low bits. Nothing is NaN, so that the quick forms of minimum and maximum serve.
 */
function requantised(sum: v128, scale: usize, low: v128, high: v128): v128 {
  const value = f32x4.floor(f32x4.mul(f32x4.convert_i32x4_s(sum), v128.load(scale)));
  const clamped = f32x4.pmin(f32x4.pmax(value, low), high);
  return i32x4.sub(f32x4.add(clamped, f32x4.splat(12582912)), i32x4.splat(0x4b400000));
}

/**
 * Evaluates a layer for a number of rows: clamp(floor((start + weights * inputs) * scale), low, high).
 *
 * @param inputs int16 [rows][count]; `count` is a multiple of 8.
 * @param weights int16 [tiles][count][32].
 * @param start int32 [rows][32 * tiles], or one row for all if `startStride` is 0.
 * @param startStride Bytes.
 * @param scale binary32 [32 * tiles].
 * @param outputs int16 [rows][32 * tiles], or int32 if `wide` is not 0.
 * @param values Room for int16 [rows][count + 8].
 * @param places Room for uint32 [rows][count + 8].
 * @param lengths Room for int32 [rows].
 * @param packing See `listInputs`.
 */
export function layer(
  inputs: usize,
  rows: usize,
  count: usize,
  weights: usize,
  tiles: usize,
  start: usize,
  startStride: usize,
  scale: usize,
  low: f32,
  high: f32,
  outputs: usize,
  wide: i32,
  values: usize,
  places: usize,
  lengths: usize,
  packing: usize,
): void {
  const lowest = f32x4.splat(low);
  const highest = f32x4.splat(high);
  const listed = count + 8;
  for (let row: usize = 0; row < rows; row++) {
    const length = listInputs(
      inputs + 2 * count * row,
      count,
      values + 2 * listed * row,
      places + 4 * listed * row,
      packing,
    );
    store<usize>(lengths + 4 * row, length);
  }
  const outputBytes: usize = wide !== 0 ? 4 : 2;
  const stride = tiles * TILE;
  for (let tile: usize = 0; tile < tiles; tile++) {
    const tileWeights = weights + tile * count * INPUT_BYTES;
    const at = tile * TILE;
    const scales = scale + 4 * at;
    for (let row: usize = 0; row < rows; row++) {
      const from = start + row * startStride + 4 * at;
      let s0 = v128.load(from);
      let s1 = v128.load(from, 16);
      let s2 = v128.load(from, 32);
      let s3 = v128.load(from, 48);
      let s4 = v128.load(from, 64);
      let s5 = v128.load(from, 80);
      let s6 = v128.load(from, 96);
      let s7 = v128.load(from, 112);
      let value = values + 2 * listed * row;
      let place = places + 4 * listed * row;
      const end = value + 2 * load<usize>(lengths + 4 * row);
      for (; value < end; value += 4, place += 8) {
        const x = v128.load_splat<i32>(value);
        const first = tileWeights + load<u32>(place);
        const second = tileWeights + load<u32>(place, 4);
        let a = v128.load(first);
        let b = v128.load(second);
        s0 = i32x4.add(s0, lower(x, a, b));
        s1 = i32x4.add(s1, upper(x, a, b));
        a = v128.load(first, 16);
        b = v128.load(second, 16);
        s2 = i32x4.add(s2, lower(x, a, b));
        s3 = i32x4.add(s3, upper(x, a, b));
        a = v128.load(first, 32);
        b = v128.load(second, 32);
        s4 = i32x4.add(s4, lower(x, a, b));
        s5 = i32x4.add(s5, upper(x, a, b));
        a = v128.load(first, 48);
        b = v128.load(second, 48);
        s6 = i32x4.add(s6, lower(x, a, b));
        s7 = i32x4.add(s7, upper(x, a, b));
      }
      s0 = requantised(s0, scales, lowest, highest);
      s1 = requantised(s1, scales + 16, lowest, highest);
      s2 = requantised(s2, scales + 32, lowest, highest);
      s3 = requantised(s3, scales + 48, lowest, highest);
      s4 = requantised(s4, scales + 64, lowest, highest);
      s5 = requantised(s5, scales + 80, lowest, highest);
      s6 = requantised(s6, scales + 96, lowest, highest);
      s7 = requantised(s7, scales + 112, lowest, highest);
      const to = outputs + (row * stride + at) * outputBytes;
      if (wide !== 0) {
        v128.store(to, s0);
        v128.store(to, s1, 16);
        v128.store(to, s2, 32);
        v128.store(to, s3, 48);
        v128.store(to, s4, 64);
        v128.store(to, s5, 80);
        v128.store(to, s6, 96);
        v128.store(to, s7, 112);
      } else {
        v128.store(to, i16x8.narrow_i32x4_s(s0, s1));
        v128.store(to, i16x8.narrow_i32x4_s(s2, s3), 16);
        v128.store(to, i16x8.narrow_i32x4_s(s4, s5), 32);
        v128.store(to, i16x8.narrow_i32x4_s(s6, s7), 48);
      }
    }
  }
}

/** Adds two rows of int32; `count` is a multiple of 4. */
export function addRows(first: usize, second: usize, count: usize, sum: usize): void {
  for (let i: usize = 0; i < 4 * count; i += 16) {
    v128.store(sum + i, i32x4.add(v128.load(first + i), v128.load(second + i)));
  }
}
