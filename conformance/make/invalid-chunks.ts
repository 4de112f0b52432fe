/** Files with a chunk, an item or a length that does not come back. */

import { deflateSync } from 'fflate';
import { concatenate } from '../../src/container/bytes.js';
import { type BuildOptions, buildFile, jpeg, raw, rowTokens } from './build.js';
import { DeflateWriter } from './deflate.js';
import { FieldFile, u32 } from './field-file.js';
import { jpegFixture, text } from './media.js';
import { broken, invalid, placeOfContent, type Vector } from './vector.js';

const CHUNKS = 'container.md#6-chunk-table';
const ERRORS = 'errors.md#chunks-and-items';
const RAW = 'codecs.md#0-raw';
const DCT = 'codecs.md#1-jpeg-and-2-dct';
const LENGTH = 'container.md#2-preamble-and-header';

/** All of them. */
export async function invalidChunks(): Promise<Vector[]> {
  return [
    ...(await checksums()),
    ...(await rawPayloads()),
    ...(await dctPayloads()),
    ...(await digests()),
    ...(await lengths()),
  ];
}

async function checksums(): Promise<Vector[]> {
  const stored = await FieldFile.of(await buildFile([raw(text(400))], { chunks: [200, 200] }));
  const flipped = (file: FieldFile, chunk: number) => {
    file.build();
    const crc = `chunks[${chunk}].payload_crc`;
    const { bytes } = file.fields.find(({ name }) => name === crc) as { bytes: Uint8Array };
    return file.set(crc, bytes).edit(`chunks[${chunk}].payload`, (payload) => {
      payload[payload.length - 1] ^= 0x10;
    });
  };
  const coded = await FieldFile.of(await buildFile([jpeg(jpegFixture('gray'))]));
  const tokens = await FieldFile.of(await buildFile([raw(text(400))]));
  const dctTokens = await FieldFile.of(await buildFile([jpeg(jpegFixture('gray'))]));
  const place = 'chunks[0].payload';
  return [
    broken(
      'chunk/crc-raw',
      'a bit of the second payload flipped',
      [CHUNKS, ERRORS],
      flipped(stored, 1),
      'chunk-crc',
      'chunks[1].payload',
    ),
    broken(
      'chunk/crc-dct',
      'a bit of a payload of coefficients flipped',
      [CHUNKS, ERRORS],
      flipped(coded, 0),
      'chunk-crc',
      place,
    ),
    broken(
      'chunk/tokens-crc-raw',
      'the bytes have another CRC than the chunk table says',
      [RAW, ERRORS],
      tokens.set('chunks[0].tokens_crc', u32(1)),
      'chunk-tokens-crc',
      place,
    ),
    broken(
      'chunk/tokens-crc-dct',
      'the coefficients have another CRC than the chunk table says',
      [DCT, ERRORS],
      dctTokens.set('chunks[0].tokens_crc', u32(1)),
      'chunk-tokens-crc',
      place,
    ),
  ];
}

async function rawPayloads(): Promise<Vector[]> {
  const story = text(500);
  const deflated = deflateSync(story, { level: 9 });
  const vector = async (name: string, purpose: string, payload: Uint8Array) => {
    const file = await withPayload(payload);
    return invalid(
      `chunk/raw-${name}`,
      purpose,
      [RAW, 'conventions.md#functions', ERRORS],
      file,
      'chunk-corrupt',
      placeOfContent(file, 'chunks'),
    );
  };
  const withPayload = (payload: Uint8Array, options: BuildOptions = {}) =>
    buildFile([raw(story)], { ...options, rawPayload: () => payload });
  return [
    await vector('long', 'a payload longer than its tokens', concatenate([story, Uint8Array.of(0)])),
    await vector('empty', 'a payload of no bytes', new Uint8Array()),
    await vector('short', 'DEFLATE of fewer bytes', deflateSync(story.subarray(0, -1), { level: 9 })),
    await vector(
      'more',
      'DEFLATE of more bytes',
      deflateSync(concatenate([story, story.subarray(0, 1)]), { level: 9 }),
    ),
    await vector(
      'bomb',
      'DEFLATE of 16 megabytes',
      deflateSync(new Uint8Array(2 ** 24), { level: 9 }).subarray(0, 499),
    ),
    await vector('cut', 'DEFLATE without its end', deflated.subarray(0, -1)),
    await vector('left-over', 'a byte after the end of DEFLATE', concatenate([deflated, Uint8Array.of(0)])),
    await vector(
      'not-last',
      'DEFLATE whose last block is not marked so',
      new DeflateWriter().stored(story.subarray(0, 490), false).finish(),
    ),
    await vector('block-3', 'DEFLATE with a block of the reserved type', Uint8Array.of(7, 0, 0)),
    await vector(
      'stored-length',
      'a stored block whose length and its complement disagree',
      Uint8Array.of(1, 5, 0, 0, 0, 1, 2, 3, 4, 5),
    ),
    await vector(
      'distance',
      'a match that reaches back before the beginning',
      new DeflateWriter()
        .fixed(
          [1, { length: 3, distance: 2 }, { length: 258, distance: 1 }, { length: 238 - 230, distance: 1 }],
          true,
        )
        .finish(),
    ),
  ];
}

async function dctPayloads(): Promise<Vector[]> {
  const gray = await FieldFile.of(await buildFile([jpeg(jpegFixture('gray'))]));
  const colour = jpeg(jpegFixture('baseline-420'));
  const row = rowTokens(colour);
  const coded = await buildFile([colour], { chunks: [2 * row, 2 * row] });
  const payload = gray.fields.find(({ name }) => name === 'chunks[0].payload')?.bytes ?? new Uint8Array();
  const vector = (
    name: string,
    purpose: string,
    bytes: Uint8Array,
    codes: 'chunk-corrupt' | readonly ('chunk-corrupt' | 'chunk-tokens-crc')[] = 'chunk-corrupt',
  ) => {
    const file = new FieldFile(gray.fields).set('chunks[0].payload', bytes).build();
    const at = placeOfContent(file, 'chunks');
    return invalid(`chunk/dct-${name}`, purpose, ['range-coder.md', ERRORS], file, codes, at);
  };
  const either = ['chunk-corrupt', 'chunk-tokens-crc'] as const;
  const swapped = await FieldFile.of(coded);
  const [first, second] = [0, 1].map(
    (i) => swapped.fields.find(({ name }) => name === `chunks[${i}].payload`)?.bytes ?? [],
  );
  swapped.set('chunks[0].payload', second).set('chunks[1].payload', first);
  return [
    vector('out-of-range', 'a payload that begins beyond the range', Uint8Array.of(0xff, 0xff, 0xff, 0xff)),
    vector('left-over', 'a byte more than the tokens need', concatenate([payload, Uint8Array.of(1)])),
    vector(
      'trailing-zero',
      'a last byte of 0, which no encoder writes',
      concatenate([payload, Uint8Array.of(0)]),
    ),
    vector('cut', 'a payload without its last byte', payload.subarray(0, -1), either),
    vector('half', 'a payload without its second half', payload.subarray(0, payload.length >> 1), either),
    vector('empty', 'a payload of no bytes for tokens that need some', new Uint8Array(), either),
    vector(
      'altered',
      'another byte in the middle, its CRC made right',
      payload.map((byte, i) => (i === payload.length >> 1 ? byte ^ 0x55 : byte)),
      either,
    ),
    invalid(
      'chunk/dct-swapped',
      'the payloads of two chunks swapped, their CRCs made right',
      [CHUNKS, ERRORS],
      swapped.build(),
      either,
    ),
  ];
}

async function digests(): Promise<Vector[]> {
  const story = text(100);
  const other = await buildFile([raw(story, { type: 'sha256', value: new Uint8Array(32) })]);
  const image = jpeg(jpegFixture('gray'), { type: 'sha256', value: new Uint8Array(32).fill(0xaa) });
  const longer = await FieldFile.of(await buildFile([jpeg(jpegFixture('gray'), 'none')]));
  longer.set('items[0].original_length', jpegFixture('gray').length + 1);
  return [
    invalid(
      'item/digest-raw',
      'the bytes have another SHA-256 than the item table says',
      [ERRORS, 'container.md#4-item-table'],
      other,
      'digest-mismatch',
    ),
    invalid(
      'item/digest-jpeg',
      'the JPEG file has another SHA-256 than the item table says',
      [ERRORS, 'container.md#4-item-table'],
      await buildFile([image]),
      'digest-mismatch',
    ),
    invalid(
      'item/length-jpeg',
      'the JPEG file is shorter than the item table says, and there is no digest',
      [ERRORS, 'container.md#4-item-table'],
      longer.build(),
      'digest-mismatch',
    ),
  ];
}

async function lengths(): Promise<Vector[]> {
  const bytes = await buildFile([jpeg(jpegFixture('gray')), raw(text(400))], {
    sections: [{ type: 'mETA', body: Uint8Array.of(1, 0x61, 0, 0) }],
  });
  const file = await FieldFile.of(bytes);
  file.build();
  const places: readonly (readonly [name: string, purpose: string, end: number])[] = [
    ['models', 'the file ends within the model table', file.place('models[0].arrangement').offset],
    ['items', 'the file ends within the item table', file.place('items[0].digest').offset + 5],
    ['sections', 'the file ends within the section table', file.place('sections[0].crc').offset],
    ['chunks', 'the file ends within the chunk table', file.place('chunks[1].payload_crc').offset + 3],
    ['header-crc', 'the file ends within the CRC of the header', file.place('header_crc').offset + 3],
    ['header', 'the file ends with the header', file.place('header_crc').offset + 4],
    ['section', 'the file ends within a section', file.place('sections[0].body').offset + 1],
    ['first-chunk', 'the file ends within the first chunk', file.place('chunks[0].payload').offset + 2],
    ['last-byte', 'the file lacks its last byte', bytes.length - 1],
  ];
  return [
    ...places.map(([name, purpose, end]) =>
      invalid(
        `length/truncated-${name}`,
        purpose,
        [LENGTH, 'errors.md#the-file'],
        bytes.slice(0, end),
        'truncated',
        [end, end],
      ),
    ),
    invalid(
      'length/trailing-zero',
      'a byte of 0 after the last chunk',
      [LENGTH, 'errors.md#the-file'],
      concatenate([bytes, Uint8Array.of(0)]),
      'trailing-data',
      [bytes.length, bytes.length],
    ),
    invalid(
      'length/trailing-file',
      'the same file once more after itself',
      [LENGTH, 'errors.md#the-file'],
      concatenate([bytes, bytes]),
      'trailing-data',
      [bytes.length, bytes.length],
    ),
  ];
}
