/** Section `JPEG`: scan records and skeleton, deflated with a dictionary (spec/jpeg.md, "Side data"). */

import { deflateSync, inflateSync } from 'fflate';
import { LlmcError } from '../../container/errors.js';
import type { DctParameters } from '../../container/parameters.js';
import { ByteReader, ByteWriter } from './byte-io.js';
import { sideDataDictionary } from './canonical.js';
import { readScanRecord, type ScanRecord, writeScanRecord } from './scan-record.js';

/** Everything of a JPEG file that its latents do not hold. */
export interface JpegSideData {
  readonly records: readonly ScanRecord[];
  readonly skeleton: Uint8Array;
}

/** Most bytes that side data of an item may inflate to (spec/container.md, "Limits"). */
export function maxInflatedLength(originalLength: number): number {
  return 2 * originalLength + 65_536;
}

/** DEFLATE makes at most 258 bytes of 2 bits, after a header. */
const MAX_EXPANSION = 1032;

/** Serialises side data; undefined if it exceeds what a decoder must accept. */
export function packSideData(
  { records, skeleton }: JpegSideData,
  parameters: DctParameters,
  originalLength: number,
): Uint8Array | undefined {
  const record = new ByteWriter();
  record.varint(records.length);
  for (const scan of records) writeScanRecord(record, scan);
  record.bytes(skeleton);
  if (record.length > maxInflatedLength(originalLength)) return undefined;
  const packed = new ByteWriter();
  packed.varint(record.length);
  const dictionary = sideDataDictionary(parameters);
  packed.bytes(deflateSync(record.finish(), { level: 9, mem: 4, dictionary }));
  return packed.finish();
}

/** Reads side data. Throws `section-invalid` if it is malformed or inflates to more than is allowed. */
export function unpackSideData(
  sideData: Uint8Array,
  parameters: DctParameters,
  originalLength: number,
): JpegSideData {
  const input = new ByteReader(sideData);
  const length = input.varint();
  const deflated = input.bytes(input.remaining);
  if (length > maxInflatedLength(originalLength) || length > MAX_EXPANSION * deflated.length) {
    throw new LlmcError('section-invalid', 'JPEG side data: inflated length out of range');
  }
  const record = new ByteReader(inflateExactly(deflated, length, sideDataDictionary(parameters)));
  const records: ScanRecord[] = [];
  for (let left = record.count(1); left > 0; left--) records.push(readScanRecord(record));
  return { records, skeleton: record.bytes(record.remaining) };
}

/** Inflates to exactly `length` bytes from a stream that ends in the last byte given. */
function inflateExactly(deflated: Uint8Array, length: number, dictionary: Uint8Array): Uint8Array {
  let inflated: Uint8Array;
  try {
    inflated = inflateSync(deflated, { dictionary, out: new Uint8Array(length + 1) });
  } catch (cause) {
    throw new LlmcError('section-invalid', 'JPEG side data does not inflate', { cause });
  }
  if (inflated.length !== length || endsBeforeLastByte(deflated, length, dictionary)) {
    throw new LlmcError('section-invalid', 'JPEG side data: wrong inflated length');
  }
  return inflated;
}

/** fflate passes over bytes after the end of the stream, but it does not go without one that it needs. */
function endsBeforeLastByte(deflated: Uint8Array, length: number, dictionary: Uint8Array): boolean {
  try {
    inflateSync(deflated.subarray(0, -1), { dictionary, out: new Uint8Array(length + 1) });
    return true;
  } catch {
    return false;
  }
}
