/** What a decoder is told of a chunk of DCT latents. */

import type { DctChunk } from './entropy-model.js';

/** Whether two chunks differ in nothing but their coefficients. */
export function haveSameShape(a: DctChunk, b: DctChunk): boolean {
  const counts = [a.bands.length, ...a.bands.map(({ planes }) => planes.length)];
  const expected = [b.bands.length, ...b.bands.map(({ planes }) => planes.length)];
  return equal(counts, expected) && equal(shapeOf(a), shapeOf(b));
}

function shapeOf({ bands }: DctChunk): number[] {
  return bands.flatMap(({ mcusWide, mcusHigh, planes }) => [
    mcusWide,
    mcusHigh,
    ...planes.flatMap(({ blocksWide, blocksHigh, h, v, quantization }) => [
      blocksWide,
      blocksHigh,
      h,
      v,
      ...quantization,
    ]),
  ]);
}

function equal(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((number, i) => number === b[i]);
}
