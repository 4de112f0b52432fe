import { describe, expect, test } from 'vitest';
import type { Limits } from '../../src/container/limits.js';
import { openContainer } from '../../src/container/reader.js';
import { bytesSource } from '../../src/container/source.js';
import { writeContainer } from '../../src/container/writer.js';
import { SMALL_CONTENT } from './contents.js';
import {
  ADAPTIVE_MODEL,
  chunkEntry,
  GRAY_FRAME,
  headerOf,
  itemEntry,
  sectionEntry,
  type Tables,
  varint,
} from './headers.js';

/** Codes of the items' faults. */
async function faultsOf(tables: Tables, limits: Partial<Limits> = {}): Promise<(string | undefined)[]> {
  const options = { lenient: true, limits };
  const container = await openContainer(bytesSource(headerOf(tables)), options);
  return container.header.items.map((_, i) => container.itemFault(i)?.code);
}

const gray = (model: number) => itemEntry(2, model, 100, GRAY_FRAME);
const RAW = itemEntry(0, 0, 3, []);

test('nothing speaks against a sound file', async () => {
  const container = await openContainer(writeContainer(SMALL_CONTENT));
  expect([container.itemFault(0), container.itemFault(1)]).toEqual([undefined, undefined]);
});

describe('what is not known costs the items that need it, and no others', () => {
  const withModel = (
    model: readonly number[],
    items: readonly number[] = [2, ...gray(1), ...RAW],
  ): Tables => ({
    models: [1, ...model],
    items,
    chunks: [2, ...chunkEntry(1, 256), ...chunkEntry(1)],
  });
  test.each<[string, Tables, (string | undefined)[]]>([
    [
      'a private codec type',
      withModel(ADAPTIVE_MODEL, [2, ...itemEntry(0x70, 1, 9, varint(256)), ...RAW]),
      ['codec-unknown', undefined],
    ],
    [
      'a later codec type',
      withModel(ADAPTIVE_MODEL, [2, ...itemEntry(6, 0, 9, varint(256)), ...RAW]),
      ['codec-unknown', undefined],
    ],
    ['a private profile', withModel([0x70, 1, 2, 8, 8]), ['profile-unknown', undefined]],
    ['a private arrangement', withModel([1, 0x7f, 1, 1]), ['arrangement-unknown', undefined]],
    ['a private adaptive model', withModel([1, 1, 1, 0x70]), ['model-unknown', undefined]],
  ])('%s', async (_, tables, codes) => {
    expect(await faultsOf(tables)).toEqual(codes);
  });
});

describe('sections that are not known', () => {
  const items = [2, ...RAW, ...RAW];
  const chunks = [2, ...chunkEntry(1, 3), ...chunkEntry(1)];
  const faults = (type: string, item: number) =>
    faultsOf({ items, chunks, sections: [1, ...sectionEntry(type, item, 0)] });

  test.each(['ABCD', 'AbCD'])('critical %s stops what it concerns', async (type) => {
    expect(await faults(type, 1)).toEqual(['section-unknown', undefined]);
    expect(await faults(type, 0)).toEqual(['section-unknown', 'section-unknown']);
  });

  test.each(['aBCD', 'abCD'])('ancillary %s stops nothing', async (type) => {
    expect(await faults(type, 1)).toEqual([undefined, undefined]);
    expect(await faults(type, 0)).toEqual([undefined, undefined]);
  });
});

describe('limits', () => {
  const tables: Tables = {
    models: [1, ...ADAPTIVE_MODEL],
    items: [3, ...gray(1), ...gray(1), ...RAW],
    chunks: [3, ...chunkEntry(1, 128), ...chunkEntry(1, 384), ...chunkEntry(1)],
  };

  test('tokens of an item', async () => {
    expect(await faultsOf(tables, { itemTokens: 256 })).toEqual([undefined, undefined, undefined]);
    expect(await faultsOf(tables, { itemTokens: 255 })).toEqual(['limit', 'limit', undefined]);
  });

  test('tokens of a chunk', async () => {
    expect(await faultsOf(tables, { chunkTokens: 384 })).toEqual([undefined, undefined, undefined]);
    expect(await faultsOf(tables, { chunkTokens: 383 })).toEqual(['limit', 'limit', undefined]);
  });

  test('by default, 2^28 tokens: a frame of 65535 x 65535 pixels is refused without memory for it', async () => {
    const frame = [0, ...varint(65535), ...varint(65535), 0, 75];
    const huge: Tables = {
      models: [1, ...ADAPTIVE_MODEL],
      items: [1, ...itemEntry(2, 1, 100, frame)],
      chunks: [1, ...chunkEntry(1)],
    };
    expect(await faultsOf(huge)).toEqual(['limit']);
    const raised = { itemTokens: 2 ** 33, chunkTokens: 2 ** 33 };
    expect(await faultsOf(huge, raised)).toEqual([undefined]);
  });
});
