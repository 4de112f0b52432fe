/** Codec type `dct`: coefficients of any frame come back in their canonical file, and no other file is taken. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dctCodec, dctItem } from '../../../src/codecs/dct/codec.js';
import { canonicalJpeg, type ParsedJpeg, parseJpeg } from '../../../src/codecs/jpeg/index.js';
import { decode, encode, inspect } from '../../../src/index.js';
import { anyParameters, randomLatents } from '../jpeg/arbitraries.js';
import { interleaved, separate } from '../jpeg/writer.js';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../fixtures/${name}`, import.meta.url)));
const OPTIONS = { jobs: 1, model: 'adaptive', codec: { codec: 'dct' } } as const;

/** The canonical file of random coefficients; undefined where they have no code in any table. */
const anyCanonical = fc.tuple(anyParameters, fc.integer()).map(([parameters, seed]) => {
  const blocks = parameters.components.reduce((sum, { h, v }) => sum + h * v, 0);
  const script = (blocks > 10 ? separate : interleaved)(parameters.components.length);
  const baseline = { ...parameters, process: 0 as const };
  try {
    return canonicalJpeg(randomLatents(baseline, seed, script));
  } catch {
    return undefined;
  }
});

describe('canonical files', () => {
  it('of any frame come back, with no side data', async () => {
    let tried = 0;
    await fc.assert(
      fc.asyncProperty(anyCanonical, async (file) => {
        fc.pre(file !== undefined);
        tried++;
        const packed = await encode(file as Uint8Array, OPTIONS);
        const { codec, sections } = await inspect(packed);
        expect({ codec, sections }).toEqual({ codec: 'dct', sections: [] });
        const [{ bytes, damage }] = await decode(packed, { jobs: 1 });
        expect(damage).toEqual([]);
        expect(Buffer.compare(bytes as Uint8Array, file as Uint8Array)).toBe(0);
      }),
      { numRuns: 40 },
    );
    expect(tried).toBeGreaterThan(10);
  });

  it('of fixtures come back, progressive and of 12 bits', async () => {
    for (const name of ['progressive', 'progressive-gray', 'extended-12-bit', 'cmyk', 'size-1x1']) {
      const file = canonicalJpeg((parseJpeg(fixture(`jpeg/${name}.jpg`)) as ParsedJpeg).latents);
      const [{ bytes }] = await decode(await encode(file, OPTIONS), { jobs: 1 });
      expect(Buffer.compare(bytes as Uint8Array, file)).toBe(0);
    }
  });
});

describe('other files', () => {
  it('are refused, since not all their bytes would come back', async () => {
    for (const name of ['jpeg/comments-and-profiles.jpg', 'jpeg/optimised.jpg', 'golden/manifest.json']) {
      expect(dctCodec.parse(fixture(name))).toBeUndefined();
      expect(() => dctItem(fixture(name))).toThrow(expect.objectContaining({ code: 'input-invalid' }));
    }
  });
});

describe('coefficients that have no canonical file', () => {
  it('are a digest mismatch', () => {
    const { parameters, latents } = dctItem(
      canonicalJpeg((parseJpeg(fixture('jpeg/gray.jpg')) as ParsedJpeg).latents),
    );
    if (latents.kind !== 'dct') throw new Error('no coefficients');
    latents.coefficients[0][1] = -32768;
    const input = { parameters, latents, section: () => undefined, originalLength: 1000 };
    expect(() => dctCodec.rebuild(input)).toThrow(expect.objectContaining({ code: 'digest-mismatch' }));
  });
});
