/** The tables of integers on the pages of the specification are those of the code. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SymbolFrequencies } from '../../../src/entropy/frequencies.js';
import { COSINES, downsamplingMatrices, LOG } from '../../../src/lm/exact/layout.js';

/** The integers of the code block that follows a line of a page: lines of nothing but integers. */
function tableAfter(page: string, line: string): number[] {
  const text = readFileSync(new URL(`../../../spec/${page}`, import.meta.url), 'utf8');
  const [, after] = text.split(line);
  const block = after?.match(/^\s*((?: {4}[-\d ]+\n)+)/)?.[1] ?? '';
  return [...block.matchAll(/-?\d+/g)].map(([digits]) => Number(digits));
}

it('L: the first n of each logarithm', () => {
  const limits = tableAfter('exact-dct.md', 'how many of the following 255 numbers are at most n:');
  expect(limits).toHaveLength(255);
  const found = new Uint8Array(65536);
  for (const limit of limits) for (let n = limit; n < 65536; n++) found[n]++;
  expect(found.findIndex((t, n) => t !== LOG[n])).toBe(-1);
});

it('cosines', () => {
  expect(tableAfter('exact-dct.md', 'sample s = 0 .. 7, in 1/256')).toEqual([...COSINES]);
});

it.each([2, 3, 4])('matrices that average %i blocks', (ratio) => {
  const matrices = downsamplingMatrices(ratio);
  for (let i = 0; i < ratio; i++) {
    const isMirrored = i > (ratio - 1) / 2;
    const listed = tableAfter('exact-dct.md', `M(${ratio}, ${isMirrored ? ratio - 1 - i : i})\n`);
    const signed = listed.map((x, n) => (isMirrored && ((n >> 3) + n) % 2 === 1 ? -x : x) + 0);
    expect(signed).toEqual(Array.from(matrices.subarray(64 * i, 64 * i + 64), (x) => x + 0));
  }
});

it('weights of logits', () => {
  const weights = tableAfter('exact-profile.md', '2^(24 - i/32) to the nearest integer:');
  expect(weights).toHaveLength(32);
  const frequencies = new SymbolFrequencies(3);
  for (let distance = 0; distance < 1000; distance++) {
    const logits = Int16Array.of(500, 500 - distance, 500);
    const weight = weights[distance % 32] >> Math.floor(distance / 32);
    const scale = Math.floor(((65536 - 3) * 2 ** 32) / (2 * weights[0] + weight));
    const start = (before: number, s: number) => s + Math.floor((before * scale) / 2 ** 32);
    frequencies.load(logits, 0, 3);
    expect([frequencies.start(1), frequencies.start(2)]).toEqual([
      start(weights[0], 1),
      start(weights[0] + weight, 2),
    ]);
  }
});
