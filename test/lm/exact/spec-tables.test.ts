/** The tables of integers on the pages of the specification are those of the code. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { WEIGHTS } from '../../../src/entropy/frequencies.js';
import { COSINES, downsamplingMatrices, LOG } from '../../../src/lm/exact/layout.js';
import { LOG_FRACTIONS } from '../../../src/lm/logistic.js';

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
  const listed = tableAfter('exact-profile.md', '2^(24 - i/32) to the nearest integer:');
  expect(listed).toHaveLength(32);
  for (let distance = 0; distance < WEIGHTS.length; distance++) {
    expect(WEIGHTS[distance]).toBe(listed[distance % 32] >> Math.floor(distance / 32));
  }
  // From the end on all are 0.
  expect(listed[0] >> Math.floor(WEIGHTS.length / 32)).toBe(0);
});

it('logarithms of weights', () => {
  expect(tableAfter('exact-profile.md', '45426 = 65536 ln 2:')).toEqual([...LOG_FRACTIONS]);
});
