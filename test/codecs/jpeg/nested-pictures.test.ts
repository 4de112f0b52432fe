/** JPEG files within a JPEG file: cut out, put back, and side data about them that lie. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ParsedJpeg, parseJpeg, rebuildJpeg } from '../../../src/codecs/jpeg/index.js';
import { expandPictures } from '../../../src/codecs/jpeg/nested-pictures.js';
import { packSideData, unpackSideData } from '../../../src/codecs/jpeg/side-data.js';
import { LlmcError } from '../../../src/container/errors.js';
import type { DctParameters } from '../../../src/container/parameters.js';
import { concatenate, interleaved, procedural, progression, segment, writeJpeg } from './writer.js';

const parameters: DctParameters = {
  process: 0,
  precision: 8,
  width: 72,
  height: 48,
  components: [
    { h: 2, v: 2, table: 0 },
    { h: 1, v: 1, table: 1 },
    { h: 1, v: 1, table: 1 },
  ],
  tables: [
    { kind: 'ijg-luma', quality: 85 },
    { kind: 'ijg-chroma', quality: 85 },
  ],
};

const script = interleaved(3);
const PICTURES = [
  writeJpeg(procedural(parameters), { script, huffman: 'standard' }),
  writeJpeg(procedural({ ...parameters, width: 90 }), { script, restartInterval: 3 }),
  writeJpeg(procedural({ ...parameters, process: 2, height: 66 }), { script: progression(3) }),
];

/** A file with blocks of bytes in its headers, and others behind its end. */
function around(headers: readonly Uint8Array[], behind: readonly Uint8Array[]): Uint8Array {
  const options = {
    script,
    huffman: 'standard' as const,
    headers: headers.map((body) => segment(0xe1, body)),
  };
  return concatenate(writeJpeg(procedural(parameters), options), ...behind);
}

function parse(file: Uint8Array): ParsedJpeg {
  const parsed = parseJpeg(file);
  if (parsed === undefined) throw new Error('not understood');
  return parsed;
}

/** Bytes that may hold pictures, whole or cut off. */
const block = fc
  .array(
    fc.oneof(
      fc.constantFrom(...PICTURES),
      fc.tuple(fc.constantFrom(...PICTURES), fc.nat(3000)).map(([file, length]) => file.subarray(0, length)),
      fc.uint8Array({ maxLength: 40 }),
    ),
    { maxLength: 5 },
  )
  .map((parts) => concatenate(...parts).subarray(0, 60_000));

const whole = around(
  PICTURES.map((file) => concatenate(Uint8Array.of(1, 2, 3), file)),
  [PICTURES[1]],
);

describe('pictures within a file', () => {
  it('come back with it, wherever and however often they are', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 3 }), fc.array(block, { maxLength: 2 }), (headers, behind) => {
        const file = around(headers, behind);
        expect(rebuildJpeg(parse(file), file.length)).toEqual(file);
      }),
      { numRuns: 60 },
    );
  });

  it('become latents, but for copies', () => {
    const { nested, sideData, latents } = parse(whole);
    expect(nested.map((frame) => frame.parameters.width)).toEqual([72, 90, 72]);
    expect(sideData.length).toBeLessThan(300);
    const frames = nested.map((frame) => frame.parameters);
    const { pictures } = unpackSideData(sideData, latents.parameters, frames, whole.length);
    expect(pictures.filter((picture) => 'copyOf' in picture)).toHaveLength(1);
  });

  it('are left in the headers where they hold next to nothing', () => {
    const flat = procedural(parameters);
    for (const plane of flat.coefficients) plane.fill(0);
    const file = around([writeJpeg(flat, { script, huffman: 'standard' })], []);
    const parsed = parse(file);
    expect(parsed.nested).toEqual([]);
    expect(rebuildJpeg(parsed, file.length)).toEqual(file);
  });

  it('are at most seven', () => {
    const different = Array.from({ length: 9 }, (_, i) =>
      writeJpeg(procedural({ ...parameters, width: 72 + 16 * i }), { script, huffman: 'standard' }),
    );
    const file = around(different, []);
    const parsed = parse(file);
    expect(parsed.nested).toHaveLength(7);
    expect(rebuildJpeg(parsed, file.length)).toEqual(file);
  });

  it('keep their place where their tokens are lost', () => {
    const parsed = parse(whole);
    for (const { coefficients } of parsed.nested) for (const plane of coefficients) plane.fill(0);
    const rebuilt = rebuildJpeg(parsed, whole.length);
    const tail = rebuilt.length - PICTURES[1].length;
    expect(rebuilt.length).toBe(whole.length);
    expect(rebuilt.subarray(tail - 500, tail)).toEqual(whole.subarray(tail - 500, tail));
  });

  it('are not written once more than the limit allows, copies least of all', () => {
    const { latents } = parse(PICTURES[0]);
    const picture = { before: 0, length: 2, fileLength: 1000, records: [] };
    const copies = Array.from({ length: 9 }, () => ({ before: 0, copyOf: 0 }));
    const expand = (limit: number) =>
      expandPictures(Uint8Array.of(0xff, 0xd8), [picture, ...copies], latents, [latents], limit);
    expect(expand(10_000)).toHaveLength(10_000);
    expect(() => expand(9_999)).toThrow(expect.objectContaining({ code: 'section-invalid' }));
  });

  it('make no more bytes than declared, whatever side data say of them', () => {
    const parsed = parse(whole);
    const { latents, nested } = parsed;
    const frames = nested.map((frame) => frame.parameters);
    const unpacked = unpackSideData(parsed.sideData, latents.parameters, frames, whole.length);
    const number = fc.oneof(fc.nat(40), fc.nat(), fc.constant(whole.length));
    const edge = fc.oneof(fc.integer({ min: -150, max: 150 }), fc.integer());
    const placement = fc.record({ left: edge, top: edge, right: edge, bottom: edge });
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.record({ before: number, copyOf: fc.nat(4) }),
            fc.record(
              {
                before: number,
                length: number,
                fileLength: number,
                placement,
                records: fc.constant(unpacked.records),
              },
              { requiredKeys: ['before', 'length', 'fileLength', 'records'] },
            ),
            fc.constantFrom(...unpacked.pictures),
          ),
          { maxLength: 6 },
        ),
        (pictures) => {
          const body = packSideData({ ...unpacked, pictures }, latents.parameters, frames, whole.length);
          try {
            const rebuilt = rebuildJpeg({ latents, nested, sideData: body as Uint8Array }, whole.length);
            expect(rebuilt.length).toBeLessThanOrEqual(whole.length);
          } catch (error) {
            if (!(error instanceof LlmcError)) throw error;
            expect(error.code).toBe('section-invalid');
          }
        },
      ),
    );
  });
});
