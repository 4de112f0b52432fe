/** Damaged files: what is lost, and what must still come back. */

import type { RecoveredItem } from '../../src/conformance/manifest.js';
import { concatenate } from '../../src/container/bytes.js';
import { formatCrc } from '../../src/container/crc.js';
import type { ModelEntry } from '../../src/container/header.js';
import {
  ADAPTIVE,
  type BuildItem,
  buildFile,
  jpeg,
  nobodysFloatModel,
  raw,
  rowTokens,
  tokensCrc,
  tokensOf,
} from './build.js';
import { damagedIndex } from './damaged-index.js';
import { DAMAGE, flip, damagedVector as vector } from './damaged-vector.js';
import { FieldFile } from './field-file.js';
import { jpegFixture, text } from './media.js';
import { exactCoding, tinyModel } from './tiny-models.js';
import { recoveredBytes, type Vector, whole } from './vector.js';

/** All of them. */
export async function damaged(): Promise<Vector[]> {
  return [
    ...(await rawItems()),
    ...(await images()),
    ...(await exactImages()),
    ...(await damagedIndex()),
    ...(await albums()),
    ...(await models()),
  ];
}

async function rawItems(): Promise<Vector[]> {
  const story = text(1000);
  const file = await buildFile([raw(story)], { chunks: [200, 200, 200, 200, 200] });
  const fields = await FieldFile.of(file);
  fields.build();
  const third = fields.place('chunks[2].payload').offset;
  const sound = (...chunks: number[]) => [
    recoveredBytes(
      story,
      chunks.map((chunk) => [200 * chunk, 200] as const),
    ),
  ];
  const spec = [DAMAGE, 'errors.md#the-file'];
  return [
    vector(
      'raw/first',
      'the first of five chunks is damaged',
      await flip(file, 0),
      'chunk-crc',
      sound(1, 2, 3, 4),
    ),
    vector(
      'raw/middle',
      'the third of five chunks is damaged',
      await flip(file, 2),
      'chunk-crc',
      sound(0, 1, 3, 4),
    ),
    vector(
      'raw/last',
      'the last of five chunks is damaged',
      await flip(file, 4),
      'chunk-crc',
      sound(0, 1, 2, 3),
    ),
    vector(
      'raw/three',
      'three of five chunks are damaged',
      await flip(file, 0, 2, 3),
      'chunk-crc',
      sound(1, 4),
    ),
    vector(
      'raw/truncated',
      'the file ends within the third of five chunks',
      file.slice(0, third + 3),
      'truncated',
      sound(0, 1),
      { spec },
    ),
    vector(
      'raw/truncated-between',
      'the file ends between the second chunk and the third',
      file.slice(0, third),
      'truncated',
      sound(0, 1),
      { spec },
    ),
    vector(
      'raw/truncated-header',
      'all chunks are lost',
      file.slice(0, fields.place('chunks[0].payload').offset),
      'truncated',
      [null],
      { spec },
    ),
    vector(
      'raw/trailing',
      'bytes after the last chunk are ignored if asked to',
      concatenate([file, text(9)]),
      'trailing-data',
      [whole(story)],
      { errors: [], status: 0, spec },
    ),
  ];
}

async function images(): Promise<Vector[]> {
  const colour = jpeg(jpegFixture('baseline-420'));
  const row = rowTokens(colour);
  const rows = tokensOf(colour) / row;
  const chunked = await buildFile([colour], { chunks: Array<number>(rows).fill(row) });
  const progressive = jpeg(jpegFixture('progressive'));
  const two = await buildFile([progressive], { chunks: [row, 3 * row] });
  const thumbnails = jpeg(jpegFixture('thumbnails'));
  const halves = await buildFile([thumbnails], { chunks: [2 * row, tokensOf(thumbnails) - 2 * row] });
  return [
    vector('jpeg/first', 'the first row of MCUs is damaged', await flip(chunked, 0), 'chunk-crc', [
      recoveredRows(colour, [
        [1, 1],
        [2, 1],
        [3, 1],
      ]),
    ]),
    vector('jpeg/middle', 'a row of MCUs in the middle is damaged', await flip(chunked, 2), 'chunk-crc', [
      recoveredRows(colour, [
        [0, 1],
        [1, 1],
        [3, 1],
      ]),
    ]),
    vector(
      'jpeg/progressive',
      'all rows of MCUs but the first of a progressive file are damaged',
      await flip(two, 1),
      'chunk-crc',
      [recoveredRows(progressive, [[0, 1]])],
    ),
    vector(
      'jpeg/thumbnails',
      'the lower half of a file and the pictures within it are damaged',
      await flip(halves, 1),
      'chunk-crc',
      [recoveredRows(thumbnails, [[0, 2]])],
    ),
  ];
}

/** A damaged DCT item of which these runs of MCU rows are sound. */
function recoveredRows(
  item: BuildItem,
  sound: readonly (readonly [first: number, count: number])[],
): RecoveredItem {
  const row = rowTokens(item);
  return {
    bytes: item.bytes.length,
    recovered: sound.map(([first, count]) => ({
      first: first * row,
      tokens: count * row,
      crc: formatCrc(tokensCrc(item, first * row, count * row)),
    })),
  };
}

async function exactImages(): Promise<Vector[]> {
  const colour = jpeg(jpegFixture('baseline-420'));
  const row = rowTokens(colour);
  const coding = await exactCoding(tinyModel('tiny-2'));
  const file = await buildFile([colour], {
    coding,
    chunks: new Array<number>(tokensOf(colour) / row).fill(row),
  });
  return [
    vector(
      'exact/middle',
      'a row of MCUs in the middle is damaged, with the model tiny-2',
      await flip(file, 1),
      'chunk-crc',
      [
        recoveredRows(colour, [
          [0, 1],
          [2, 1],
          [3, 1],
        ]),
      ],
      { models: ['tiny-2'] },
    ),
  ];
}

async function albums(): Promise<Vector[]> {
  const colour = jpeg(jpegFixture('baseline-420'));
  const gray = jpeg(jpegFixture('gray'));
  const note = raw(text(300));
  const items = [colour, note, gray, raw(text(50))];
  const album = await buildFile(items);
  const wholes = items.map(({ bytes }) => whole(bytes));
  const without = (...lost: number[]) => wholes.map((item, i) => (lost.includes(i) ? null : item));
  const row = rowTokens(colour);
  const shared = await buildFile([colour, gray], { chunks: [2 * row, 2 * row + tokensOf(gray)] });
  const spec = [DAMAGE, 'errors.md#the-file'];

  const unknownCodec = await FieldFile.of(album);
  unknownCodec
    .set('items[1].codec', 0x70)
    .insertAfter('items[1].length', 'items[1].parameters.tokens', [0xac, 2]);
  const unknownSection = await buildFile(items, { sections: [{ type: 'TEST', item: 2, body: text(4) }] });
  const unknownModel = await FieldFile.of(
    await buildFile(items, { modelsAfter: [{ profile: 0x70, arrangement: 1, bytes: new Uint8Array() }] }),
  );
  unknownModel.set('items[2].model', 2);
  // The last item: so its only chunk has no count of its own.
  const rawBomb = await FieldFile.of(album);
  rawBomb.set('items[3].original_length', 2 ** 26);
  const sideData = await FieldFile.of(album);
  sideData.build();
  const section = sideData.place('sections[1].body');
  const tooLong = await FieldFile.of(album);
  const beyond = tooLong.set('sections[1].length', 2 ** 40).build();
  const digest = await FieldFile.of(album);
  digest.edit('items[1].digest', (bytes) => {
    bytes[0] ^= 1;
  });
  return [
    vector(
      'album/chunk',
      'a chunk of the second of four items is damaged: the others are whole',
      await flip(album, 1),
      'chunk-crc',
      without(1),
    ),
    vector(
      'album/shared-chunk',
      'a damaged chunk that holds the end of one image and all of the next',
      await flip(shared, 1),
      'chunk-crc',
      [recoveredRows(colour, [[0, 2]]), null],
    ),
    vector(
      'album/truncated-section',
      'the file ends before the side data of its third item, which are longer than the limit',
      beyond.slice(0, section.offset - 1),
      'truncated',
      [null, null, null, null],
      { errors: ['truncated', 'limit'], spec: [...spec, 'container.md#8-limits'] },
    ),
    vector(
      'album/truncated',
      'the file ends within the last chunk',
      album.slice(0, -1),
      'truncated',
      without(3),
      { spec },
    ),
    vector(
      'album/codec-unknown',
      'an item of a codec type for private use among others',
      unknownCodec.build(),
      'codec-unknown',
      without(1),
      { spec },
    ),
    vector(
      'album/section-unknown',
      'an item with a critical section of unknown type among others',
      unknownSection,
      'section-unknown',
      without(2),
      { spec },
    ),
    vector(
      'album/profile-unknown',
      'an item whose model has an unknown profile among others',
      unknownModel.build(),
      'profile-unknown',
      without(2),
      { spec },
    ),
    vector(
      'album/limit',
      'the last of four items declares more bytes than can come of the file',
      rawBomb.build(),
      'limit',
      without(3),
      { spec: [...spec, 'container.md#8-limits'] },
    ),
    vector(
      'album/section-crc',
      'side data of the third item are damaged',
      album.map((byte, i) => (i === section.offset + 3 ? byte ^ 1 : byte)),
      'section-crc',
      without(2),
      { spec },
    ),
    vector(
      'album/digest',
      'the second of four items has another digest',
      digest.build(),
      'digest-mismatch',
      without(1),
    ),
  ];
}

/** Files of which only a part needs what the decoder does not have. */
async function models(): Promise<Vector[]> {
  const gray = jpeg(jpegFixture('gray'));
  const note = raw(text(80));
  const fingerprint = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
  const file = (entry: ModelEntry) => buildFile([gray, note, { ...gray, coding: { ...ADAPTIVE, entry } }]);
  const left = [whole(gray.bytes), whole(note.bytes), null];
  const spec = [DAMAGE, 'container.md#3-model-table', 'errors.md#the-file'];
  return [
    vector(
      'model/exact-missing',
      'one of three items needs a package that nobody has',
      await file({ profile: 'exact', arrangement: 'dct-wavefront', fingerprint, name: 'nobody-1' }),
      'model-missing',
      left,
      { spec },
    ),
    vector(
      'model/float-missing',
      'one of three items is of profile float, and nobody has its package',
      await file(nobodysFloatModel('dct-zigzag', fingerprint)),
      ['model-missing', 'profile-unknown'],
      left,
      { errors: [], spec: [...spec, 'float-profile.md#1-what-a-model-is'] },
    ),
  ];
}
