/**
 * The order of an array's elements against the canonical order of indices (spec/index-streams.md, "Arrays"). An
 * array has three axes: 0 counts grids or streams, 1 rows or frames, 2 columns or layers.
 */

import type { IndexGroup } from '../../arrangement/indices.js';

/** Axes from the slowest to the fastest in the file; the index in this list is the order's number. */
export const ORDERS: readonly (readonly [number, number, number])[] = [
  [0, 1, 2],
  [0, 2, 1],
  [1, 0, 2],
  [1, 2, 0],
  [2, 0, 1],
  [2, 1, 0],
];

/**
 * For each element in the order of the file, its place in canonical order.
 *
 * @param order Index into `ORDERS`.
 */
export function canonicalPlaces({ count, height, width }: IndexGroup, order: number): Uint32Array {
  const sizes = [count, height, width];
  const strides = [height * width, width, 1];
  const [a, b, c] = ORDERS[order];
  const places = new Uint32Array(count * height * width);
  // Where one size is 0, the others may be anything.
  if (places.length === 0) return places;
  let n = 0;
  for (let i = 0; i < sizes[a]; i++) {
    for (let j = 0; j < sizes[b]; j++) {
      let place = i * strides[a] + j * strides[b];
      for (let k = 0; k < sizes[c]; k++, place += strides[c]) places[n++] = place;
    }
  }
  return places;
}
