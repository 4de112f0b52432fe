import { describe, expect, test } from 'vitest';
import { openContainer } from '../../src/container/reader.js';
import { writeContainer } from '../../src/container/writer.js';
import { SMALL_CONTENT } from './contents.js';
import { rejectionOf } from './errors.js';
import { chunkEntry, headerOf, itemEntry, sectionEntry, varint } from './headers.js';
import { sparseSource } from './sources.js';

const FILE = writeContainer(SMALL_CONTENT);
const { header: HEADER } = await openContainer(FILE);

/** The file with one byte changed. */
function damaged(at: number): Uint8Array {
  const file = FILE.slice();
  file[at] ^= 0x20;
  return file;
}

describe('damage is found where it is', () => {
  test('in a section', async () => {
    const { offset } = HEADER.sections[0];
    const container = await openContainer(damaged(offset + 3));
    expect(await rejectionOf(container.readSection(0))).toMatchObject({
      code: 'section-crc',
      offset,
      item: 0,
    });
    expect(await container.readSection(1)).toEqual(SMALL_CONTENT.sections?.[1].body);
  });

  test('in a chunk', async () => {
    const { offset } = HEADER.chunks[1];
    const container = await openContainer(damaged(offset));
    expect(await rejectionOf(container.readChunk(1))).toMatchObject({ code: 'chunk-crc', offset, chunk: 1 });
    expect(await container.readChunk(0)).toEqual(SMALL_CONTENT.chunks[0].payload);
    expect(await container.readChunk(2)).toEqual(SMALL_CONTENT.chunks[2].payload);
  });
});

describe('every flipped bit', () => {
  test('is an error of its place, or changes nothing but what its CRC covers', async () => {
    const expected = (at: number): string[] => {
      if (at < 8) return ['signature', 'signature-mangled'];
      if (at === 8) return ['version'];
      if (at === 10) return ['header-crc', 'truncated', 'header-invalid'];
      if (at < HEADER.headerLength) return ['header-crc'];
      return at < HEADER.chunks[0].offset ? ['section-crc'] : ['chunk-crc'];
    };
    for (let at = 0; at < FILE.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const file = FILE.slice();
        file[at] ^= 1 << bit;
        const error = await rejectionOf(readAll(file));
        expect(expected(at), `bit ${bit} of byte ${at}`).toContain(error.code);
        expect(error.offset).toBeLessThanOrEqual(FILE.length);
      }
    }
  });
});

/** Reads every part of a file. */
async function readAll(file: Uint8Array, lenient = false): Promise<void> {
  const container = await openContainer(file, { lenient });
  for (let i = 0; i < container.header.sections.length; i++) await container.readSection(i);
  for (let i = 0; i < container.header.chunks.length; i++) await container.readChunk(i);
}

describe('truncation', () => {
  test('of every length is refused, at the place where the file ends', async () => {
    for (let length = 0; length < FILE.length; length++) {
      const error = await rejectionOf(openContainer(FILE.subarray(0, length)));
      expect(error.code).toBe('truncated');
      expect(error.offset).toBeLessThanOrEqual(length);
    }
  });

  test('leaves the complete sections and chunks to a lenient reader', async () => {
    for (let length = HEADER.headerLength; length < FILE.length; length++) {
      const container = await openContainer(FILE.subarray(0, length), { lenient: true });
      expect(container.faults.map((fault) => [fault.code, fault.offset])).toEqual([['truncated', length]]);
      for (const [i, { offset, length: size }] of HEADER.chunks.entries()) {
        const read = container.readChunk(i);
        if (offset + size <= length) expect(await read).toEqual(SMALL_CONTENT.chunks[i].payload);
        else expect(await rejectionOf(read)).toMatchObject({ code: 'truncated', chunk: i, offset: length });
      }
      for (const [i, { offset, length: size }] of HEADER.sections.entries()) {
        const read = container.readSection(i);
        if (offset + size <= length) expect(await read).toEqual(SMALL_CONTENT.sections?.[i].body);
        else expect(await rejectionOf(read)).toMatchObject({ code: 'truncated', offset: length });
      }
    }
  });

  test('within the header is refused by a lenient reader too', async () => {
    const cut = FILE.subarray(0, HEADER.headerLength - 1);
    expect((await rejectionOf(openContainer(cut, { lenient: true }))).code).toBe('truncated');
  });
});

test('bytes after the end are refused, and ignored by a lenient reader', async () => {
  const longer = Uint8Array.of(...FILE, 0);
  expect(await rejectionOf(openContainer(longer))).toMatchObject({
    code: 'trailing-data',
    offset: FILE.length,
  });
  await readAll(longer, true);
  const { faults } = await openContainer(longer, { lenient: true });
  expect(faults.map((fault) => fault.code)).toEqual(['trailing-data']);
});

describe('reads are few and small', () => {
  test('a file of 4 GB with a header of more than a page takes two reads', async () => {
    const chunkBytes = 2 ** 24;
    const chunks = Array.from({ length: 256 }, (_, i) =>
      chunkEntry(chunkBytes, i < 255 ? chunkBytes : undefined),
    );
    const start = headerOf({
      items: [1, ...itemEntry(0, 0, 256 * chunkBytes, [])],
      chunks: [...varint(256), ...chunks.flat()],
    });
    const source = sparseSource(start, start.length + 256 * chunkBytes);
    const { header } = await openContainer(source);
    expect(header.fileLength).toBeGreaterThan(2 ** 32);
    expect(source.reads).toBeLessThanOrEqual(2);
    expect(source.bytes).toBe(Math.max(4096, start.length));
  });

  test('a small header takes one read of at most a page', async () => {
    const source = sparseSource(FILE, FILE.length);
    await openContainer(source);
    expect(source.reads).toBe(1);
  });

  test('a section beyond the limit is not read', async () => {
    const start = headerOf({ sections: [1, ...sectionEntry('aBCD', 0, 2 ** 30 + 1)] });
    const source = sparseSource(start, start.length + 2 ** 30 + 1);
    const container = await openContainer(source);
    expect(await rejectionOf(container.readSection(0))).toMatchObject({
      code: 'limit',
      offset: start.length,
    });
    expect(source.bytes).toBeLessThanOrEqual(4096);
    const lower = await openContainer(FILE, { limits: { sectionBytes: 19 } });
    expect((await rejectionOf(lower.readSection(0))).code).toBe('limit');
    expect((await lower.readSection(1)).length).toBe(8);
  });

  test('a chunk that is longer than the file is not read', async () => {
    const start = headerOf({ items: [1, ...itemEntry(0, 0, 9, [])], chunks: [1, ...chunkEntry(2 ** 50)] });
    const source = sparseSource(start, start.length + 10);
    const container = await openContainer(source, { lenient: true });
    expect(await rejectionOf(container.readChunk(0))).toMatchObject({ code: 'truncated', chunk: 0 });
    expect(source.bytes).toBe(source.byteLength);
  });
});

describe('a source that fails', () => {
  test('is an input error with the offset and the cause', async () => {
    const cause = new Error('the disk is gone');
    const source = { byteLength: 100, read: async () => Promise.reject(cause) };
    expect(await rejectionOf(openContainer(source))).toMatchObject({ code: 'input', offset: 0, cause });
  });

  test('is an input error where it gives too few bytes', async () => {
    const source = { byteLength: 100, read: async () => new Uint8Array(3) };
    expect(await rejectionOf(openContainer(source))).toMatchObject({ code: 'input', offset: 0 });
  });
});
