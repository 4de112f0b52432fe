/**
 * The inner loops of the exact nets (AssemblyScript, to WebAssembly with 128-bit SIMD). Inputs are int16 and sums
 * int32, so that nothing is ever rounded. The caller lays out the memory: see src/lm/exact/wasm-layers.ts.
 *
 * Two weights of 8 bits make a word of 16: 256 h + l + 128, with h and l those of two outputs, from which one shift and
 * no other instruction gets h. So the sums of products with the words as they are, and with h, give those with l:
 *
 *     sum of x l = sum of x (256 h + l + 128) - 256 sum of x h - 128 sum of x
 *
 * Sums of words may wrap; what is wanted fits 32 bits and so comes out right.
 */

/** Outputs that are summed at once: eight vectors of four. */
const TILE: usize = 32;
/** Bytes of a tile's weights for an input: 1 an output. */
const INPUT_BYTES: usize = 32;
/** Places of weights count units of 4 bytes, so that 16 bits suffice for 4096 inputs. */
const PLACE_SHIFT: usize = 2;
const INPUT_PLACES: i16 = 8;
/** What is kept of a row's list: how many inputs are not zero, and 128 times their sum. */
const LIST_BYTES: usize = 8;
const SUM_AT = 4;

/**
 * Adds to a list of `length` those of eight inputs that are not zero, as a mask of those that are zero says; returns its
 * length then.
 */
function append(
  lanes: v128,
  numbers: v128,
  zeros: i32,
  length: usize,
  values: usize,
  places: usize,
  packing: usize,
): usize {
  const order = v128.load(packing + 16 * <usize>zeros);
  v128.store(values + 2 * length, i8x16.swizzle(lanes, order));
  v128.store(places + 2 * length, i8x16.swizzle(numbers, order));
  return length + 8 - <usize>popcnt(zeros);
}

/** Lists the inputs of a row that are not zero, which are few behind a ReLU; the list serves every tile. */
function listInputs(
  inputs: usize,
  count: usize,
  values: usize,
  places: usize,
  list: usize,
  packing: usize,
  bounds: usize,
): void {
  let found: usize = 0;
  let sum = i32x4.splat(0);
  let numbers = i16x8.mul(i16x8(0, 1, 2, 3, 4, 5, 6, 7), i16x8.splat(INPUT_PLACES));
  for (let i: usize = 0; i < count; i += 16) {
    let lower = v128.load(inputs + 2 * i);
    let upper = v128.load(inputs + 2 * i, 16);
    if (i + 16 > count) {
      // The next row begins in here.
      const bound = bounds + 2 * (i + 16 - count);
      lower = v128.and(lower, v128.load(bound));
      upper = v128.and(upper, v128.load(bound, 16));
    }
    sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(lower));
    sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_s(upper));
    const zero = i16x8.splat(0);
    const zeros = i8x16.bitmask(i8x16.narrow_i16x8_s(i16x8.eq(lower, zero), i16x8.eq(upper, zero)));
    found = append(lower, numbers, zeros & 255, found, values, places, packing);
    numbers = i16x8.add(numbers, i16x8.splat(8 * INPUT_PLACES));
    found = append(upper, numbers, zeros >> 8, found, values, places, packing);
    numbers = i16x8.add(numbers, i16x8.splat(8 * INPUT_PLACES));
  }
  // The kernel takes two at once.
  store<i32>(values + 2 * found, 0);
  store<i32>(places + 2 * found, 0);
  store<usize>(list, found);
  sum = i32x4.add(sum, v128.shuffle<i32>(sum, sum, 2, 3, 0, 1));
  store<i32>(list, (i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1)) << 7, SUM_AT);
}

/** The words of two inputs side by side: those of the first four lanes, and of the last four. */
function firstWords(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

function lastWords(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** A sum of words to begin with, of what the two outputs begin with and 128 times the sum of the inputs. */
function begun(low: v128, high: v128, sum: v128): v128 {
  return i32x4.add(i32x4.sub(low, sum), i32x4.shl(high, 8));
}

/** Adds the products of two inputs with words, and with their upper bytes. */
function addWords(sum: v128, inputs: v128, words: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(inputs, words));
}

function addUpper(sum: v128, inputs: v128, words: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(inputs, i16x8.shr_s(words, 8)));
}

/** Sums of the lower bytes from those of the words and of the upper bytes. */
function lowerOf(words: v128, high: v128): v128 {
  return i32x4.sub(words, i32x4.shl(high, 8));
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
 * @param inputs int16 [rows][count], and readable for 16 more.
 * @param weights [tiles][room][32] bytes, `room` at least `count`; of each 16, byte 2 k + j is of output
 *   (k >> 2) * 8 + 4 j + (k & 3), plus 128 if j = 0.
 * @param start int32 [rows][32 * tiles], or one row for all if `startStride` is 0.
 * @param startStride Bytes.
 * @param scale binary32 [32 * tiles].
 * @param outputs int16 [rows][32 * tiles], or int32 if `wide` is not 0.
 * @param values Room for int16 [rows][room + 16].
 * @param places Room for uint16 [rows][room + 16].
 * @param lists Room for 8 bytes a row.
 * @param packing For each mask of 8 bits, 16 bytes: those of the lanes of int16 whose bits are not set.
 * @param bounds int16: -1 16 times, 0 16 times.
 */
export function layer(
  inputs: usize,
  rows: usize,
  count: usize,
  room: usize,
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
  lists: usize,
  packing: usize,
  bounds: usize,
): void {
  const lowest = f32x4.splat(low);
  const highest = f32x4.splat(high);
  const listBytes: usize = 2 * (room + 16);
  for (let row: usize = 0; row < rows; row++) {
    const at = row * listBytes;
    listInputs(
      inputs + 2 * count * row,
      count,
      values + at,
      places + at,
      lists + LIST_BYTES * row,
      packing,
      bounds,
    );
  }
  const outputBytes: usize = wide !== 0 ? 4 : 2;
  const rowBytes = tiles * TILE * outputBytes;
  for (let tile: usize = 0; tile < tiles; tile++) {
    const at = tile * TILE;
    const scales = scale + 4 * at;
    let from = start + 4 * at;
    let to = outputs + at * outputBytes;
    let rowValues = values;
    let rowPlaces = places;
    let list = lists;
    for (let row: usize = 0; row < rows; row++) {
      const sum = i32x4.splat(load<i32>(list, SUM_AT));
      let h0 = v128.load(from, 16);
      let h1 = v128.load(from, 48);
      let h2 = v128.load(from, 80);
      let h3 = v128.load(from, 112);
      let w0 = begun(v128.load(from), h0, sum);
      let w1 = begun(v128.load(from, 32), h1, sum);
      let w2 = begun(v128.load(from, 64), h2, sum);
      let w3 = begun(v128.load(from, 96), h3, sum);
      let value = rowValues;
      let place = rowPlaces;
      const end = value + 2 * load<usize>(list);
      // Four loads of weights and eight sums: more, and there were not registers enough.
      for (; value < end; value += 4, place += 4) {
        const x = v128.load_splat<i32>(value);
        const first = weights + ((<usize>load<u16>(place)) << PLACE_SHIFT);
        const second = weights + ((<usize>load<u16>(place, 2)) << PLACE_SHIFT);
        const a0 = v128.load(first);
        const b0 = v128.load(second);
        const a1 = v128.load(first, 16);
        const b1 = v128.load(second, 16);
        let words = firstWords(a0, b0);
        w0 = addWords(w0, x, words);
        h0 = addUpper(h0, x, words);
        words = lastWords(a0, b0);
        w1 = addWords(w1, x, words);
        h1 = addUpper(h1, x, words);
        words = firstWords(a1, b1);
        w2 = addWords(w2, x, words);
        h2 = addUpper(h2, x, words);
        words = lastWords(a1, b1);
        w3 = addWords(w3, x, words);
        h3 = addUpper(h3, x, words);
      }
      w0 = requantised(lowerOf(w0, h0), scales, lowest, highest);
      h0 = requantised(h0, scales + 16, lowest, highest);
      w1 = requantised(lowerOf(w1, h1), scales + 32, lowest, highest);
      h1 = requantised(h1, scales + 48, lowest, highest);
      w2 = requantised(lowerOf(w2, h2), scales + 64, lowest, highest);
      h2 = requantised(h2, scales + 80, lowest, highest);
      w3 = requantised(lowerOf(w3, h3), scales + 96, lowest, highest);
      h3 = requantised(h3, scales + 112, lowest, highest);
      if (wide !== 0) {
        v128.store(to, w0);
        v128.store(to, h0, 16);
        v128.store(to, w1, 32);
        v128.store(to, h1, 48);
        v128.store(to, w2, 64);
        v128.store(to, h2, 80);
        v128.store(to, w3, 96);
        v128.store(to, h3, 112);
      } else {
        v128.store(to, i16x8.narrow_i32x4_s(w0, h0));
        v128.store(to, i16x8.narrow_i32x4_s(w1, h1), 16);
        v128.store(to, i16x8.narrow_i32x4_s(w2, h2), 32);
        v128.store(to, i16x8.narrow_i32x4_s(w3, h3), 48);
      }
      from += startStride;
      to += rowBytes;
      rowValues += listBytes;
      rowPlaces += listBytes;
      list += LIST_BYTES;
    }
    weights += room * INPUT_BYTES;
  }
}

/**
 * What rows of a layer start from: rows of vectors plus rows of a table.
 *
 * @param vectors int32, rows of `vectorBytes`.
 * @param vectorRows Which of them, int32 [rows].
 * @param table int32, rows of `tableBytes`, a multiple of 16, like those of `sums`.
 * @param tableRows Which of them, int32 [rows].
 */
export function addTable(
  vectors: usize,
  vectorBytes: usize,
  vectorRows: usize,
  table: usize,
  tableBytes: usize,
  tableRows: usize,
  rows: usize,
  sums: usize,
): void {
  for (let row: usize = 0; row < rows; row++) {
    const vector = vectors + load<usize>(vectorRows + 4 * row) * vectorBytes;
    const added = table + load<usize>(tableRows + 4 * row) * tableBytes;
    for (let i: usize = 0; i < tableBytes; i += 16) {
      v128.store(sums + i, i32x4.add(v128.load(vector + i), v128.load(added + i)));
    }
    sums += tableBytes;
  }
}

/** Moves rows of `bytes`, which lie `stride` apart, a multiple of 16, together. */
export function closeUp(at: usize, stride: usize, bytes: usize, rows: usize): void {
  for (let row: usize = 1; row < rows; row++) {
    // What is written beyond the row is written again by the next.
    for (let i: usize = 0; i < bytes; i += 16)
      v128.store(at + row * bytes + i, v128.load(at + row * stride + i));
  }
}
