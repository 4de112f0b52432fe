/** What `llmc bench llm` codes of a file. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sampleOf } from '../../src/cli/bench-sample.js';
import { npyHeader } from '../../src/codecs/arrays/npy.js';

it('of text is its beginning, in whole characters', () => {
  const text = new TextEncoder().encode('a\u00e9\u00e9\u20ac');
  const bytes = (limit: number) => sampleOf(text, { codec: 'text' }, limit).plainBits / 8;
  // Of 8 bytes the limit of a token is 4, which would part the second letter of two bytes.
  expect([1, 2, 9].map(bytes)).toEqual([3, 8, 8]);
});

it('of a photo is a square of luma, beside what its Huffman codes take', () => {
  const photo = new Uint8Array(readFileSync(new URL('../../fixtures/sample.jpg', import.meta.url)));
  const { chunk, plainBits, ownBytes, codec } = sampleOf(photo, { codec: 'jpeg' }, 64 * 10);
  expect({ codec, tokens: chunk.tokens, plainBits }).toEqual({
    codec: 'dct',
    tokens: 576,
    plainBits: 8 * 576,
  });
  expect(ownBytes).toBeGreaterThan(9);
  expect(ownBytes).toBeLessThan(576);
  expect(() => sampleOf(photo, { codec: 'jpeg' }, 63)).toThrow(expect.objectContaining({ code: 'argument' }));
});

it('of indices is whole frames, beside their packed bits', () => {
  const header = npyHeader('|u1', [3, 5]);
  const file = new Uint8Array(header.length + 15);
  file.set(header);
  const rate = { numerator: 50, denominator: 1 };
  const options = { codec: 'rvq', codebook: [16, 4, 2], frameRate: rate, sampleRate: 0 };
  const { chunk, plainBits, ownBytes } = sampleOf(file, options, 8);
  expect({ tokens: chunk.tokens, plainBits, ownBytes }).toEqual({ tokens: 6, plainBits: 14, ownBytes: 2 });
});
