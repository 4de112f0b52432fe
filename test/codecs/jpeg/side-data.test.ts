import fc from 'fast-check';
import { deflateSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { sideDataDictionary } from '../../../src/codecs/jpeg/canonical.js';
import { parseJpeg, rebuildJpeg } from '../../../src/codecs/jpeg/index.js';
import { packSideData, unpackSideData } from '../../../src/codecs/jpeg/side-data.js';
import { LlmcError } from '../../../src/container/errors.js';
import type { DctParameters } from '../../../src/container/parameters.js';
import { interleaved, procedural, progression, writeJpeg } from './writer.js';

const parameters: DctParameters = {
  process: 0,
  precision: 8,
  width: 40,
  height: 24,
  components: [
    { h: 2, v: 1, table: 0 },
    { h: 1, v: 1, table: 1 },
    { h: 1, v: 1, table: 1 },
  ],
  tables: [
    { kind: 'ijg-luma', quality: 75 },
    { kind: 'ijg-chroma', quality: 75 },
  ],
};
const latents = procedural(parameters);
const progressive = procedural({ ...parameters, process: 2 });

const files = {
  standard: writeJpeg(latents, { script: interleaved(3), huffman: 'standard' }),
  derived: writeJpeg(latents, { script: interleaved(3), restartInterval: 2 }),
  progressive: writeJpeg(progressive, { script: progression(3), restartInterval: 3 }),
  damaged: writeJpeg(latents, { script: interleaved(3), restartInterval: 2 }).map((byte, i, { length }) =>
    i > length * 0.8 && i < length * 0.85 ? 0x55 : byte,
  ),
};

/** Rebuilds; anything but a result of at most the length allowed, or `section-invalid`, fails. */
function expectCoded(which: typeof latents, sideData: Uint8Array, originalLength: number): void {
  try {
    expect(rebuildJpeg({ latents: which, nested: [], sideData }, originalLength).length).toBeLessThanOrEqual(
      originalLength,
    );
  } catch (error) {
    if (!(error instanceof LlmcError)) throw error;
    expect(error.code).toBe('section-invalid');
  }
}

function invalid(sideData: Uint8Array, originalLength = 1000): void {
  expect(() => rebuildJpeg({ latents, nested: [], sideData }, originalLength)).toThrow(
    expect.objectContaining({ code: 'section-invalid' }),
  );
}

/** Side data of any record, well packed. */
function packed(record: Uint8Array, of: DctParameters = parameters): Uint8Array {
  const length = Uint8Array.of((record.length & 127) | 128, record.length >> 7);
  const short = record.length < 128 ? Uint8Array.of(record.length) : length;
  const deflated = deflateSync(record, { dictionary: sideDataDictionary(of) });
  return Uint8Array.from([...short, ...deflated]);
}

describe('side data', () => {
  it('take few bytes where the headers are the usual ones', () => {
    const size = (file: Uint8Array) => parseJpeg(file)?.sideData.length;
    expect(size(files.standard)).toBeLessThan(20);
    expect(size(files.derived)).toBeLessThan(35);
    // Another script than that of the dictionary.
    expect(size(files.progressive)).toBeLessThan(75);
  });

  it('of any content give a coded error or bytes within the limit', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => expectCoded(latents, bytes, 500)),
      { numRuns: 2000 },
    );
  });

  it.each(Object.entries(files))('of %s, with anything in the record changed, do too', (_, file) => {
    const parsed = parseJpeg(file);
    if (parsed === undefined) throw new Error('not parsed');
    const unpacked = unpackSideData(parsed.sideData, parsed.latents.parameters, [], file.length);
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(), value: fc.nat({ max: 255 }) }), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const skeleton = unpacked.skeleton.slice();
          for (const { at, value } of changes) skeleton[at % skeleton.length] = value;
          const changed = packSideData({ ...unpacked, skeleton }, parsed.latents.parameters, [], file.length);
          if (changed !== undefined) expectCoded(parsed.latents, changed, file.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('with any scan record do too', () => {
    const { skeleton } = unpackSideData(
      parseJpeg(files.derived)?.sideData ?? Uint8Array.of(),
      parameters,
      [],
      9999,
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), (record) => {
        expectCoded(latents, packed(Uint8Array.from([1, ...record, ...skeleton])), files.derived.length);
      }),
      { numRuns: 2000 },
    );
  });

  it('must not be cut short or have bytes after their end', () => {
    const sideData = parseJpeg(files.standard)?.sideData ?? Uint8Array.of();
    for (let length = 0; length < sideData.length; length++) invalid(sideData.subarray(0, length));
    invalid(Uint8Array.from([...sideData, 0]));
  });

  it('must not claim another length than they inflate to', () => {
    const sideData = parseJpeg(files.standard)?.sideData ?? Uint8Array.of();
    expect(rebuildJpeg({ latents, nested: [], sideData }, files.standard.length)).toEqual(files.standard);
    // The length is a varint of two bytes.
    for (const change of [1, -1])
      invalid(Uint8Array.from(sideData, (byte, i) => (i === 0 ? byte + change : byte)));
    invalid(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x7f, 3, 0));
  });

  it('must not make more bytes than the file had', () => {
    const sideData = parseJpeg(files.standard)?.sideData ?? Uint8Array.of();
    invalid(sideData, files.standard.length - 1);
  });

  it('must not have cuts beyond the scan', () => {
    const { skeleton } = unpackSideData(
      parseJpeg(files.derived)?.sideData ?? Uint8Array.of(),
      parameters,
      [],
      9999,
    );
    // Five intervals of two units: 9 units in all, one in the last.
    const rebuild = (...cut: number[]) => {
      const sideData = packed(Uint8Array.from([1, 8, 1, ...cut, ...skeleton]));
      return rebuildJpeg({ latents, nested: [], sideData }, files.derived.length);
    };
    for (const cut of [
      [4, 1, 0],
      [3, 2, 0],
      [0, 0, 4, 0],
      [2, 1, 2, 1],
    ])
      expect(rebuild(...cut)).toBeDefined();
    for (const cut of [
      [5, 0, 0],
      [4, 2, 0],
      [3, 3, 0],
      [0, 0, 5, 0],
      [4, 0, 1, 0],
      [0, 0, 4, 100, 9],
    ]) {
      expect(() => rebuild(...cut)).toThrow(expect.objectContaining({ code: 'section-invalid' }));
    }
  });

  it('must not have more scans than the limit', () => {
    const empty = {
      ...progressive,
      coefficients: progressive.coefficients.map((plane) => plane.map(() => 0)),
    };
    const frame = [0xff, 0xd8, 0xff, 0xc2, 0, 17, 8, 0, 24, 0, 40, 3, 1, 0x21, 0, 2, 0x11, 1, 3, 0x11, 1];
    const restarts = [0xff, 0xdd, 0, 4, 0, 1];
    const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 1, 1, 0x0d];
    // Component 1 has 15 of the frame's 36 blocks, so that 307 scans of it stay below 128 visits a block.
    const rebuild = (scans: number) => {
      const records = [(scans & 127) | 128, scans >> 7, ...Array(scans).fill(0)];
      const skeleton = [...frame, ...restarts, ...Array(scans).fill(scan).flat()];
      const sideData = packed(Uint8Array.from([...records, ...skeleton]), empty.parameters);
      return rebuildJpeg({ latents: empty, nested: [], sideData }, 1_000_000);
    };
    expect(rebuild(307).length).toBeGreaterThan(307 * scan.length);
    expect(() => rebuild(308)).toThrow(expect.objectContaining({ code: 'section-invalid' }));
  });
});
