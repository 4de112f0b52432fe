/** Files with a section that makes what it concerns undecodable. */

import { deflateSync } from 'fflate';
import { sideDataDictionary } from '../../src/codecs/jpeg/canonical.js';
import type { NestedPicture } from '../../src/codecs/jpeg/nested-pictures.js';
import type { Placement } from '../../src/codecs/jpeg/resampling.js';
import { packSideData, unpackSideData } from '../../src/codecs/jpeg/side-data.js';
import { packRecord, unpackRecord } from '../../src/codecs/side-record.js';
import { concatenate } from '../../src/container/bytes.js';
import type { LlmcErrorCode } from '../../src/container/errors.js';
import { type BuildItem, buildFile, jpeg, raw } from './build.js';
import { FieldFile, varint } from './field-file.js';
import { jpegFixture, text } from './media.js';
import { broken, invalid, placeOfContent, type Vector } from './vector.js';

const SECTIONS = 'container.md#5-section-table';
const ERRORS = 'errors.md#the-file';
const SIDE_DATA = 'jpeg.md#1-side-data';
const RECORDS = 'jpeg.md#3-scan-records';
const REBUILDING = 'jpeg.md#4-rebuilding';

/** All of them. */
export async function invalidSections(): Promise<Vector[]> {
  return [
    ...(await unknownSections()),
    ...(await damagedSideData()),
    ...(await brokenSideData()),
    ...(await brokenPictures()),
  ];
}

async function unknownSections(): Promise<Vector[]> {
  const unknown = async (name: string, purpose: string, type: string, item?: number) => {
    const section = { type, body: text(3), ...(item === undefined ? {} : { item }) };
    const file = await FieldFile.of(await buildFile([raw(text(40))], { sections: [section] }));
    return broken(
      `section/${name}`,
      purpose,
      [SECTIONS, ERRORS],
      file,
      'section-unknown',
      'sections[0].body',
    );
  };
  return [
    await unknown('unknown-of-item', 'a critical section of unknown type for the only item', 'TEST', 0),
    await unknown('unknown-of-file', 'a critical section of unknown type for the whole file', 'TEST'),
    await unknown('unknown-private', 'a critical section for private use', 'TeST', 0),
  ];
}

async function damagedSideData(): Promise<Vector[]> {
  const file = await FieldFile.of(await buildFile([jpeg(jpegFixture('gray'))]));
  file.build();
  const crc = file.fields.find(({ name }) => name === 'sections[0].crc')?.bytes ?? [];
  file.set('sections[0].crc', crc).edit('sections[0].body', (body) => {
    body[body.length >> 1] ^= 4;
  });
  return [
    broken(
      'section/crc',
      'a bit of the side data of a JPEG file flipped',
      [SECTIONS, ERRORS],
      file,
      'section-crc',
      'sections[0].body',
    ),
  ];
}

async function brokenSideData(): Promise<Vector[]> {
  const item = jpeg(jpegFixture('baseline-420'));
  const { parameters } = item.parsed;
  if (parameters.codec !== 'jpeg') throw new Error('not a JPEG file');
  const { dct } = parameters;
  const dictionary = sideDataDictionary(dct);
  const { skeleton } = unpackSideData(item.parsed.sections[0].body, dct, [], item.bytes.length);
  const deflated = (record: Uint8Array) => deflateSync(record, { level: 9, dictionary });
  const body = (record: Uint8Array, length = record.length) =>
    concatenate([varint(length), deflated(record)]);
  const record = (scans: readonly (readonly number[])[], rest = skeleton) =>
    body(concatenate([varint(scans.length), ...scans.map((scan) => Uint8Array.from(scan)), rest]));
  const good = concatenate([varint(1), varint(0), skeleton]);
  const find = (...bytes: number[]) => Buffer.from(skeleton).indexOf(Buffer.from(bytes));
  const patched = (at: number, ...bytes: number[]) => {
    const copy = skeleton.slice();
    copy.set(bytes, at);
    return copy;
  };
  const frame = find(0xff, 0xc0);
  const scan = find(0xff, 0xda);
  const stub = concatenate([
    skeleton.subarray(0, scan),
    Uint8Array.of(0xff, 0xc4, 0, 3, 0x11),
    skeleton.subarray(scan),
  ]);

  const vector = async (
    name: string,
    purpose: string,
    spec: readonly string[],
    section: Uint8Array,
    code: LlmcErrorCode | readonly LlmcErrorCode[] = 'section-invalid',
    stored: BuildItem = item,
  ) => {
    const sections = [{ type: 'JPEG', body: section }];
    const bytes = await buildFile([{ ...stored, parsed: { ...stored.parsed, sections } }]);
    const at = code === 'section-invalid' ? placeOfContent(bytes, 'sections') : undefined;
    return invalid(`section/jpeg-${name}`, purpose, spec, bytes, code, at);
  };
  return [
    await vector('empty', 'side data of no bytes', [SIDE_DATA], new Uint8Array()),
    await vector(
      'length-short',
      'a length one less than what inflates',
      [SIDE_DATA],
      body(good, good.length - 1),
    ),
    await vector(
      'length-long',
      'a length one more than what inflates',
      [SIDE_DATA],
      body(good, good.length + 1),
    ),
    await vector(
      'length-limit',
      'a length that is refused before it inflates',
      [SIDE_DATA, 'jpeg.md#10-limits'],
      body(good, 2 ** 52),
    ),
    await vector(
      'bomb',
      'a few bytes that inflate to a megabyte of zeros, more than the limit',
      [SIDE_DATA, 'jpeg.md#10-limits', 'security.md#memory-and-time'],
      body(concatenate([good, new Uint8Array(2 ** 20)])),
    ),
    await vector(
      'left-over',
      'a byte after the end of DEFLATE',
      [SIDE_DATA],
      concatenate([body(good), Uint8Array.of(0)]),
    ),
    await vector(
      'not-deflate',
      'bytes that do not inflate',
      [SIDE_DATA],
      Uint8Array.of(200, 1, 0x07, 0xff, 0xff, 0xff),
    ),
    await vector(
      'scans-beyond',
      'more scan records than the bytes can hold',
      [RECORDS],
      body(concatenate([varint(2 ** 40), skeleton])),
    ),
    await vector('flag-reserved', 'a scan record with a reserved bit', [RECORDS], record([[0x40]])),
    await vector('padding-reserved', 'a scan record with padding of kind 3', [RECORDS], record([[3]])),
    await vector(
      'cut-beyond',
      'a cut after more restart intervals than the scan has',
      [RECORDS, REBUILDING],
      record([[0x08, 1, 2, 0, 0]]),
    ),
    await vector(
      'cut-units-beyond',
      'a cut after more units than the interval has',
      [RECORDS, REBUILDING],
      record([[0x08, 1, 0, ...varint(10_000), 0]]),
    ),
    await vector(
      'cut-raw-beyond',
      'a cut with more bytes of the skeleton than there are',
      [RECORDS, REBUILDING],
      record([[0x0c, 1, 1, 0, 0, 1, ...varint(2 ** 40)]]),
    ),
    await vector(
      'zero-run-empty',
      'a superfluous zero run of no codes',
      [RECORDS],
      record([[0x20, 1, 0, 0]]),
    ),
    await vector(
      'scan-missing',
      'a scan record more than the skeleton has scans',
      [REBUILDING],
      record([[0], [0]]),
    ),
    await vector(
      'segment-length',
      'a segment shorter than its length field',
      [REBUILDING],
      record([[0]], patched(4, 0, 1)),
    ),
    await vector(
      'segment-beyond',
      'a segment that reaches beyond the skeleton',
      [REBUILDING],
      record([[0]], patched(4, 0xff, 0xff)),
    ),
    await vector(
      'frame-factors',
      'a frame header with a sampling factor of 0',
      [REBUILDING],
      record([[0]], patched(frame + 11, 0x01)),
    ),
    await vector(
      'frame-components',
      'a frame header with another number of components',
      [REBUILDING],
      record([[0]], patched(frame + 9, 2)),
    ),
    await vector(
      'scan-component',
      'a scan of a component that the frame does not have',
      [REBUILDING],
      record([[0]], patched(scan + 5, 9)),
    ),
    await vector(
      'scan-component-twice',
      'a scan of a component twice',
      [REBUILDING],
      record([[0]], patched(scan + 7, 1)),
    ),
    await vector(
      'stub-unused',
      'a stub of a Huffman table that no symbol asks for',
      [REBUILDING, 'jpeg.md#7-derived-tables'],
      record(
        [[0]],
        concatenate([stub.subarray(0, scan), Uint8Array.of(0xff, 0xc4, 0, 3, 0x12), stub.subarray(scan + 5)]),
      ),
    ),
    await vector(
      'huffman-overfull',
      'a Huffman table with more codes of a length than there can be',
      [REBUILDING],
      record([[0]], concatenate([skeleton.subarray(0, scan), overfullTable(), skeleton.subarray(scan)])),
    ),
    await vector(
      'symbol-without-code',
      'a table that has no code for a symbol of the scan',
      [REBUILDING, 'jpeg.md#61-sequential-f12'],
      record([[0]], concatenate([skeleton.subarray(0, scan), smallTable(), skeleton.subarray(scan)])),
    ),
    await vector(
      'output-long',
      'side data that make more bytes than the item has',
      [REBUILDING],
      record([[0]], concatenate([skeleton, text(100)])),
    ),
    await vector(
      'output-short',
      'side data that make fewer bytes than the item has',
      [REBUILDING, 'errors.md#chunks-and-items'],
      record([[0]], skeleton.subarray(0, -2)),
      'digest-mismatch',
    ),
    await vector(
      'output-other',
      'side data that make as many bytes as the item has, one of them another: the digest tells',
      ['container.md#4-item-table', 'errors.md#chunks-and-items'],
      record([[0]], patched(skeleton.length - 1, 0xd8)),
      'digest-mismatch',
    ),
  ];
}

/** Side data that tell of pictures within what cannot be. */
async function brokenPictures(): Promise<Vector[]> {
  const item = jpeg(jpegFixture('thumbnails'));
  const { parameters } = item.parsed;
  if (parameters.codec !== 'jpeg') throw new Error('not a JPEG file');
  const { dct, nested = [] } = parameters;
  const { length } = item.bytes;
  const sound = unpackSideData(item.parsed.sections[0].body, dct, nested, length);
  const [first, copy, last] = sound.pictures;
  const packed = (pictures: readonly NestedPicture[]) =>
    packSideData({ ...sound, pictures }, dct, nested, length) as Uint8Array;
  const vector = async (
    name: string,
    purpose: string,
    pictures: readonly NestedPicture[],
    body = packed(pictures),
  ) => {
    const sections = [{ type: 'JPEG', body }];
    const bytes = await buildFile([{ ...item, parsed: { ...item.parsed, sections } }]);
    const spec = ['jpeg.md#41-pictures-within'];
    return invalid(
      `section/jpeg-${name}`,
      purpose,
      spec,
      bytes,
      'section-invalid',
      placeOfContent(bytes, 'sections'),
    );
  };
  const dictionary = sideDataDictionary(dct, nested);
  const recordOf = (placement?: Placement) => {
    const { placement: _, ...coded } = first as Exclude<NestedPicture, { copyOf: number }>;
    const pictures = [{ ...coded, ...(placement ? { placement } : {}) }, copy, last];
    return unpackRecord(packed(pictures), dictionary, length);
  };
  // Where its tokens become differences, the kind is the first byte that is another.
  const record = recordOf();
  const differences = recordOf({ left: 0, top: 0, right: 0, bottom: 0 });
  const reserved = record.slice();
  reserved[record.findIndex((byte, i) => byte !== differences[i])] = 2;
  return [
    await vector('pictures-few', 'fewer pictures within than nested frames', [first, copy]),
    await vector('pictures-many', 'more pictures within than nested frames', [first, first, last]),
    await vector('pictures-copy', 'a picture within that is a copy of itself', [
      first,
      { before: copy.before, copyOf: 1 },
      last,
    ]),
    await vector('pictures-beyond', 'a picture within behind the end of the skeleton', [
      first,
      copy,
      { ...last, before: length },
    ]),
    await vector(
      'pictures-far',
      'a picture within whose edge is farther from that of the file than it may be',
      [{ ...first, placement: { left: 0, top: 0, right: 2 * dct.width + 1, bottom: 0 } }, copy, last],
    ),
    await vector(
      'pictures-kind',
      'a picture within whose tokens are of a reserved kind',
      sound.pictures,
      packRecord(reserved, dictionary, length) as Uint8Array,
    ),
    await vector('pictures-long', 'pictures within that are longer than the file', [
      { ...first, fileLength: length },
      copy,
      last,
    ]),
  ];
}

/** DHT of AC table 0 with three codes of one bit. */
function overfullTable(): Uint8Array {
  return Uint8Array.of(0xff, 0xc4, 0, 22, 0x10, 3, ...Array(15).fill(0), 1, 2, 3);
}

/** DHT of AC table 0 with a code for the end of a block alone. */
function smallTable(): Uint8Array {
  return Uint8Array.of(0xff, 0xc4, 0, 20, 0x10, 1, ...Array(15).fill(0), 0);
}
