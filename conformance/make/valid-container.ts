/** Valid files of codec type `raw` that exercise the container. */

import { serializeMetadata } from '../../src/container/metadata.js';
import { buildFile, raw } from './build.js';
import { FieldFile, varint } from './field-file.js';
import { text } from './media.js';
import { type Vector, valid } from './vector.js';

const HEADER = 'container.md#2-preamble-and-header';
const MODELS = 'container.md#3-model-table';
const ITEMS = 'container.md#4-item-table';
const SECTIONS = 'container.md#5-section-table';
const METADATA = 'container.md#51-metadata';
const CHUNKS = 'container.md#6-chunk-table';
const VARINT = 'conventions.md#fields';
const REGISTRIES = 'registries.md';

/** All of them. */
export async function validContainer(): Promise<Vector[]> {
  return [
    ...(await headers()),
    ...(await items()),
    ...(await modelTables()),
    ...(await sections()),
    ...(await metadata()),
  ];
}

const HELLO = new TextEncoder().encode('Hello, LLMC!\n');

async function hello(sections: { type: string; item?: number; body: Uint8Array }[] = []): Promise<FieldFile> {
  return FieldFile.of(await buildFile([raw(HELLO)], { sections }));
}

async function headers(): Promise<Vector[]> {
  const ahead = (await hello()).set('minor', [1]);
  const aheadWithMore = (await hello()).set('minor', [255]);
  aheadWithMore.insertAfter('chunks[0].length', 'unknown', [1, 2, 3]);
  const minimal = await buildFile([raw(new Uint8Array(), 'none')]);
  return [
    valid(
      'container/smallest',
      'the smallest file: one item of no bytes, no digest, no chunk',
      [HEADER, ITEMS, CHUNKS, 'codecs.md#0-raw'],
      minimal,
      [new Uint8Array()],
    ),
    valid(
      'container/hello',
      'a short text, one chunk, stored as it is',
      [HEADER, ITEMS, CHUNKS],
      (await hello()).build(),
      [HELLO],
    ),
    valid(
      'container/minor-ahead',
      'a minor version that the reader does not know, and nothing else',
      [HEADER],
      ahead.build(),
      [HELLO],
    ),
    valid(
      'container/minor-ahead-fields',
      'bytes after the chunk table, which a greater minor version may have',
      [HEADER],
      aheadWithMore.build(),
      [HELLO],
    ),
  ];
}

async function items(): Promise<Vector[]> {
  const three = [text(100), new Uint8Array(), text(300)];
  const many = Array.from({ length: 130 }, (_, i) => text(i % 3));
  const unknownDigest = { type: 0x70, value: Uint8Array.of(1, 2, 3, 4, 5) };
  const emptyDigest = { type: 0x80, value: new Uint8Array() };
  return [
    valid(
      'container/items',
      'three items, the second of no bytes',
      [ITEMS, CHUNKS],
      await buildFile(three.map((bytes) => raw(bytes))),
      three,
    ),
    valid(
      'container/items-130',
      'more items than a varint of one byte counts, every third of no bytes',
      [ITEMS, CHUNKS, VARINT],
      await buildFile(many.map((bytes) => raw(bytes, 'none'))),
      many,
    ),
    valid(
      'container/items-empty',
      'several items, all of no bytes: there is no chunk',
      [ITEMS, CHUNKS],
      await buildFile([raw(new Uint8Array()), raw(new Uint8Array(), 'none'), raw(new Uint8Array())]),
      Array(3).fill(new Uint8Array()),
    ),
    valid(
      'container/digest-unknown',
      'a digest type for private use: it cannot be checked, and is ignored',
      [ITEMS, `${REGISTRIES}#digest-types`],
      await buildFile([raw(HELLO, unknownDigest)]),
      [HELLO],
    ),
    valid(
      'container/digest-unknown-empty',
      'an unregistered digest type whose number takes two bytes, and whose digest none',
      [ITEMS, VARINT, `${REGISTRIES}#digest-types`],
      await buildFile([raw(HELLO, emptyDigest)]),
      [HELLO],
    ),
  ];
}

async function modelTables(): Promise<Vector[]> {
  const fingerprint = (length: number) => Uint8Array.from({ length }, (_, i) => i);
  const float = {
    profile: 'float',
    arrangement: 'text',
    fingerprint: fingerprint(8),
    name: 'müsli-1',
    contextLength: Number.MAX_SAFE_INTEGER,
    lanes: 1,
    runtime: '',
    device: 'abacus',
  } as const;
  return [
    valid(
      'container/models-unused',
      'models of every profile, of unknown ones and of unknown numbers, none of which an item uses',
      [
        MODELS,
        `${REGISTRIES}#numeric-profiles`,
        `${REGISTRIES}#arrangements`,
        `${REGISTRIES}#adaptive-models`,
      ],
      await buildFile([raw(HELLO)], {
        modelsAfter: [
          { profile: 'adaptive', arrangement: 'dct-blocks', model: 'adaptive-dct-1' },
          { profile: 'adaptive', arrangement: 0x7f, model: 0x70 },
          { profile: 'exact', arrangement: 'dct-wavefront', fingerprint: fingerprint(32), name: '' },
          float,
          { profile: 0x70, arrangement: 'dct-raster', bytes: fingerprint(200) },
          { profile: 0, arrangement: 0, bytes: new Uint8Array() },
          {
            profile: Number.MAX_SAFE_INTEGER,
            arrangement: Number.MAX_SAFE_INTEGER,
            bytes: Uint8Array.of(0xff),
          },
        ],
      }),
      [HELLO],
    ),
    valid(
      'container/models-255',
      'as many models as a file may have',
      [MODELS, 'container.md#8-limits'],
      await buildFile([raw(HELLO)], {
        modelsAfter: Array.from({ length: 255 }, () => ({
          profile: 0x7f,
          arrangement: 3,
          bytes: new Uint8Array(),
        })),
      }),
      [HELLO],
    ),
  ];
}

async function sections(): Promise<Vector[]> {
  const body = text(50);
  const damaged = (await hello([{ type: 'teST', body }])).edit('sections[0].body', (bytes) => {
    bytes[7] ^= 1;
  });
  const original = (await hello([{ type: 'teST', body }])).fields.find(
    ({ name }) => name === 'sections[0].crc',
  );
  damaged.set('sections[0].crc', original?.bytes ?? []);
  return [
    valid(
      'container/section-ancillary',
      'ancillary sections of unknown types, of the file and of the item, registered and private, one of no bytes',
      [SECTIONS, `${REGISTRIES}#section-types`],
      await buildFile([raw(HELLO)], {
        sections: [
          { type: 'teST', body },
          { type: 'teST', item: 0, body: new Uint8Array() },
          { type: 'tESZ', body: text(1) },
          { type: 'zZZZ', item: 0, body },
        ],
      }),
      [HELLO],
    ),
    valid(
      'container/section-ancillary-damaged',
      'an ancillary section whose CRC is wrong never prevents decoding',
      [SECTIONS, 'errors.md#the-file'],
      damaged.build(),
      [HELLO],
    ),
    valid(
      'container/sections-200',
      'more sections than a varint of one byte counts',
      [SECTIONS, VARINT],
      await buildFile(
        Array.from({ length: 20 }, () => raw(new Uint8Array(), 'none')),
        {
          sections: Array.from({ length: 200 }, (_, i) => ({
            type: `a${String.fromCharCode(97 + (i % 10))}XX`,
            item: Math.floor(i / 10),
            body: new Uint8Array(i % 3),
          })),
        },
      ),
      Array(20).fill(new Uint8Array()),
    ),
  ];
}

async function metadata(): Promise<Vector[]> {
  const full = serializeMetadata({
    name: 'Grüße \u{1f4f7}.txt',
    mediaType: 'text/plain',
    entries: { '': 'an empty key', place: '', キー: '値' },
  });
  const longest = serializeMetadata({ name: 'n'.repeat(255) });
  const invalidBodies: readonly [string, string, Uint8Array][] = [
    ['metadata-name-path', 'a name that would lead out of the folder', strings('../up.txt', '')],
    ['metadata-name-control', 'a name with a control character', strings('a\u0007b', '')],
    ['metadata-not-utf8', 'a name that is not UTF-8', Uint8Array.of(2, 0xc0, 0x80, 0, 0)],
    ['metadata-left-over', 'bytes left over', Uint8Array.of(0, 0, 0, 0)],
    ['metadata-equal-keys', 'two equal keys', Uint8Array.of(0, 0, 2, 1, 0x61, 0, 1, 0x61, 0)],
    ['metadata-short', 'a body that ends within a string', Uint8Array.of(9, 0x61)],
    ['metadata-bomb', 'a count of pairs that its bytes cannot hold', Uint8Array.of(0, 0, ...varint(2 ** 50))],
  ];
  const ignored = await Promise.all(
    invalidBodies.map(async ([name, what, body]) =>
      valid(
        `container/${name}`,
        `metadata that break a rule never prevent decoding: ${what}`,
        [METADATA, SECTIONS],
        await buildFile([raw(HELLO)], { sections: [{ type: 'mETA', item: 0, body }] }),
        [HELLO],
      ),
    ),
  );
  return [
    valid(
      'container/metadata',
      'names, media type and pairs of the file and of the item',
      [METADATA, VARINT],
      await buildFile([raw(HELLO)], {
        sections: [
          { type: 'mETA', item: 0, body: full },
          { type: 'mETA', body: longest },
        ],
      }),
      [HELLO],
    ),
    ...ignored,
  ];
}

/** A body of metadata of a name, a media type and no pairs. */
function strings(name: string, mediaType: string): Uint8Array {
  const encoder = new TextEncoder();
  const parts = [name, mediaType].map((value) => encoder.encode(value));
  return Uint8Array.from([...parts.flatMap((part) => [part.length, ...part]), 0]);
}
