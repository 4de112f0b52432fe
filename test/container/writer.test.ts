import { describe, expect, test } from 'vitest';
import type { ItemContent, ModelEntry } from '../../src/container/header.js';
import { type ContainerContent, writeContainer } from '../../src/container/writer.js';
import { SMALL_CONTENT } from './contents.js';
import { errorOf } from './errors.js';

const [JPEG_ITEM, RAW_ITEM] = SMALL_CONTENT.items;
const [MODEL] = SMALL_CONTENT.models as readonly ModelEntry[];
const [JPEG_SECTION] = SMALL_CONTENT.sections ?? [];
const chunk = (tokens: number) => ({ tokens, payload: Uint8Array.of(1), tokensCrc: 0 });
const item = (change: Partial<ItemContent>): ItemContent => ({ ...JPEG_ITEM, ...change });

/** [what is wrong, what differs from the small file] */
const REFUSED: readonly (readonly [string, Partial<ContainerContent>])[] = [
  ['no items', { items: [], sections: [], chunks: [] }],
  ['256 models', { models: Array<ModelEntry>(256).fill(MODEL) }],
  ['a model that is not there', { items: [item({ model: 1 }), RAW_ITEM] }],
  ['a raw item with a model', { items: [JPEG_ITEM, { ...RAW_ITEM, model: 0 }] }],
  ['a length that is no integer', { items: [JPEG_ITEM, { ...RAW_ITEM, originalLength: 0.5 }] }],
  [
    'a digest of 31 bytes',
    { items: [item({ digest: { type: 'sha256', value: new Uint8Array(31) } }), RAW_ITEM] },
  ],
  [
    'a short fingerprint',
    { models: [{ profile: 'exact', arrangement: 'dct-blocks', name: '', fingerprint: new Uint8Array(7) }] },
  ],
  [
    'a long fingerprint',
    { models: [{ profile: 'exact', arrangement: 'dct-blocks', name: '', fingerprint: new Uint8Array(300) }] },
  ],
  [
    'an arrangement of another codec type',
    { models: [{ ...MODEL, arrangement: 'vq-raster' } as ModelEntry] },
  ],
  ['a jpeg item without side data', { sections: [] }],
  ['two sections of a type', { sections: [JPEG_SECTION, JPEG_SECTION] }],
  ['a section type of three letters', { sections: [JPEG_SECTION, { type: 'aBC', body: new Uint8Array() }] }],
  [
    'a section of an item that is not there',
    { sections: [JPEG_SECTION, { type: 'aBCD', item: 2, body: new Uint8Array() }] },
  ],
  ['no chunks', { chunks: [] }],
  ['too few tokens', { chunks: [chunk(2304), chunk(4)] }],
  ['too many tokens', { chunks: [chunk(2304), chunk(6)] }],
  ['a chunk without tokens', { chunks: [chunk(2304), chunk(0), chunk(5)] }],
  ['a chunk that spans codec types', { chunks: [chunk(2309)] }],
  ['a chunk that ends within an MCU row', { chunks: [chunk(64), chunk(2240), chunk(5)] }],
];

describe('content that breaks a rule is refused', () => {
  test.each(REFUSED)('%s', (_, change) => {
    expect(errorOf(() => writeContainer({ ...SMALL_CONTENT, ...change })).code).toBe('argument');
  });

  test('and that which breaks none is not', () => {
    expect(writeContainer(SMALL_CONTENT).length).toBe(136);
  });
});

test('a digest that is too short is refused even where what follows would complete it', () => {
  const digest = { type: 'sha256', value: new Uint8Array(31) } as const;
  const items: readonly ItemContent[] = [
    { parameters: { codec: 'raw' }, originalLength: 0, digest },
    { parameters: { codec: 'raw' }, originalLength: 0 },
  ];
  expect(errorOf(() => writeContainer({ items, chunks: [] })).message).toContain('31 bytes');
});

test('a section type is refused even where its first four letters are one', () => {
  const sections = [{ type: 'aBCDE', body: new Uint8Array() }];
  const items: readonly ItemContent[] = [{ parameters: { codec: 'raw' }, originalLength: 0 }];
  expect(errorOf(() => writeContainer({ items, sections, chunks: [] })).code).toBe('argument');
});
