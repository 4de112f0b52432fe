import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inspect } from '../../src/container/inspect.js';
import { type ContainerContent, writeContainer } from '../../src/container/writer.js';
import { containerContent, SMALL_CONTENT } from './contents.js';
import { rejectionOf } from './errors.js';
import { chunkEntry, headerOf, itemEntry, varint } from './headers.js';
import { sparseSource } from './sources.js';

const FILE = writeContainer(SMALL_CONTENT);

test('describes a file', async () => {
  expect(await inspect(FILE)).toEqual({
    version: '1.0',
    codec: 'jpeg',
    width: 40,
    height: 30,
    dct: { qf: 75, exact: true, sampling: '4:2:0', process: 'baseline', precision: 8, components: 3 },
    profile: 'adaptive',
    arrangement: 'dct-blocks',
    model: {
      profile: 'adaptive',
      arrangement: 'dct-blocks',
      name: 'adaptive-dct-1',
      fingerprint: null,
      embedded: false,
    },
    models: [
      {
        profile: 'adaptive',
        arrangement: 'dct-blocks',
        name: 'adaptive-dct-1',
        fingerprint: null,
        embedded: false,
      },
    ],
    items: [
      {
        codec: 'jpeg',
        width: 40,
        height: 30,
        dct: { qf: 75, exact: true, sampling: '4:2:0', process: 'baseline', precision: 8, components: 3 },
        name: null,
        mediaType: null,
        metadata: {},
        model: 0,
        originalLength: 700,
        tokens: 2304,
        digest: { type: 'none', value: null },
        fault: null,
      },
      {
        codec: 'raw',
        name: 'a',
        mediaType: null,
        metadata: { k: 'v' },
        model: null,
        originalLength: 5,
        tokens: 5,
        digest: { type: 'none', value: null },
        fault: null,
      },
    ],
    sections: [
      { type: 'JPEG', item: 0, critical: true, offset: 93, length: 20, crc32: '3bddffa4' },
      { type: 'mETA', item: 1, critical: false, offset: 113, length: 8, crc32: expect.any(String) },
    ],
    chunks: [
      {
        offset: 121,
        length: 7,
        tokens: 1152,
        crc32: '70e46888',
        tokensCrc32: '01020304',
        holds: [
          {
            item: 0,
            firstToken: 0,
            tokens: 1152,
            mcuRows: { first: 0, count: 1 },
            pixelRows: { first: 0, count: 16 },
          },
        ],
      },
      expect.objectContaining({ offset: 128, length: 3, tokensCrc32: 'deadbeef' }),
      {
        offset: 131,
        length: 5,
        tokens: 5,
        crc32: '3610a686',
        tokensCrc32: '3610a686',
        holds: [{ item: 1, firstToken: 0, tokens: 5 }],
      },
    ],
    metadata: {},
    sizes: { file: 136, original: 705, payload: 15, sections: 28, overhead: 93, ratio: 136 / 705 },
    faults: [],
  });
});

/** A file of one item without tokens. */
function emptyFile(content: Omit<ContainerContent, 'chunks'>): Uint8Array {
  return writeContainer({ ...content, chunks: [] });
}

test('describes grids of indices', async () => {
  const fingerprint = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 0xff);
  const file = emptyFile({
    models: [{ profile: 'exact', arrangement: 'vq-raster', fingerprint, name: 'tiny' }],
    items: [
      {
        parameters: {
          codec: 'vq',
          vq: {
            codebookSize: 16384,
            groups: [{ count: 0, width: 16, height: 12 }],
            codecPackage: { name: 'pair', fingerprint },
          },
        },
        model: 0,
        originalLength: 0,
      },
    ],
  });
  expect(await inspect(file)).toMatchObject({
    codec: 'vq',
    width: 16,
    height: 12,
    vq: {
      codebookSize: 16384,
      count: 0,
      groups: [{ count: 0, width: 16, height: 12 }],
      codecPackage: { name: 'pair', fingerprint: '00010203040506ff' },
    },
    profile: 'exact',
    model: { name: 'tiny', fingerprint: '00010203040506ff' },
    sizes: { ratio: null },
  });
});

test('describes streams of layers, and what encoded them', async () => {
  const file = emptyFile({
    models: [
      {
        profile: 'float',
        arrangement: 'rvq-frames',
        fingerprint: new Uint8Array(32),
        name: 'lm',
        contextLength: 1024,
        lanes: 8,
        runtime: 'onnxruntime 1.30',
        device: 'cpu',
      },
    ],
    items: [
      {
        parameters: {
          codec: 'rvq',
          rvq: {
            codebookSizes: [1024, 1024, 512],
            groups: [
              { count: 2, frames: 0 },
              { count: 1, frames: 0 },
            ],
            frameRate: { numerator: 75, denominator: 2 },
            sampleRate: 24000,
          },
        },
        model: 0,
        originalLength: 0,
      },
    ],
  });
  expect(await inspect(file)).toMatchObject({
    codec: 'rvq',
    rvq: {
      depth: 3,
      codebookSizes: [1024, 1024, 512],
      count: 3,
      frames: 0,
      frameRate: 37.5,
      sampleRate: 24000,
      codecPackage: null,
    },
    model: { runtime: 'onnxruntime 1.30', device: 'cpu', contextLength: 1024, lanes: 8 },
  });
});

test('is the same after JSON, for any file, and its sizes add up', async () => {
  await fc.assert(
    fc.asyncProperty(containerContent, async (content) => {
      const file = writeContainer(content);
      const inspection = await inspect(file);
      expect(JSON.parse(JSON.stringify(inspection))).toEqual(inspection);
      const { sizes } = inspection;
      expect(sizes.file).toBe(file.length);
      expect(sizes.payload + sizes.sections + sizes.overhead).toBe(file.length);
    }),
  );
});

describe('faults', () => {
  test('of the length are reported, not thrown', async () => {
    const cut = await inspect(FILE.subarray(0, 130));
    expect(cut.faults).toMatchObject([{ code: 'truncated', offset: 130 }]);
    const longer = await inspect(Uint8Array.of(...FILE, 0));
    expect(longer.faults).toMatchObject([{ code: 'trailing-data', offset: FILE.length }]);
  });

  test('of an item are reported beside it', async () => {
    const file = headerOf({ items: [1, ...itemEntry(0x70, 0, 9, [0])] });
    expect((await inspect(file)).items[0]).toMatchObject({ codec: 0x70, fault: { code: 'codec-unknown' } });
  });

  test('of the header are thrown', async () => {
    expect((await rejectionOf(inspect(FILE.subarray(0, 50)))).code).toBe('truncated');
    expect((await rejectionOf(inspect(new Uint8Array(9)))).code).toBe('signature');
  });

  test('of metadata leave it out', async () => {
    const damaged = FILE.slice();
    damaged[114] ^= 1;
    expect((await inspect(damaged)).items[1]).toMatchObject({ name: null, metadata: {} });
  });
});

test('reads a few kB of a file of 4 GB', async () => {
  const chunkBytes = 2 ** 26;
  const chunks = Array.from({ length: 64 }, (_, i) =>
    chunkEntry(chunkBytes, i < 63 ? chunkBytes : undefined),
  );
  const start = headerOf({
    items: [1, ...itemEntry(0, 0, 64 * chunkBytes, [])],
    chunks: [...varint(64), ...chunks.flat()],
  });
  const source = sparseSource(start, start.length + 64 * chunkBytes);
  const inspection = await inspect(source);
  expect(inspection.sizes.file).toBe(source.byteLength);
  expect(inspection.chunks.length).toBe(64);
  expect(source.bytes).toBeLessThanOrEqual(4096);
});
