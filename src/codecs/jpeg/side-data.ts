/** Section `JPEG`: scan records and skeleton, deflated with a dictionary (spec/jpeg.md, "Side data"). */

import type { DctParameters } from '../../container/parameters.js';
import { packRecord, unpackRecord } from '../side-record.js';
import { ByteReader, ByteWriter } from './byte-io.js';
import { sideDataDictionary } from './canonical.js';
import { readScanRecord, type ScanRecord, writeScanRecord } from './scan-record.js';

/** Everything of a JPEG file that its latents do not hold. */
export interface JpegSideData {
  readonly records: readonly ScanRecord[];
  readonly skeleton: Uint8Array;
}

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
  return packRecord(record.finish(), sideDataDictionary(parameters), originalLength);
}

/** Reads side data. Throws `section-invalid` if it is malformed or inflates to more than is allowed. */
export function unpackSideData(
  sideData: Uint8Array,
  parameters: DctParameters,
  originalLength: number,
): JpegSideData {
  const record = new ByteReader(unpackRecord(sideData, sideDataDictionary(parameters), originalLength));
  const records: ScanRecord[] = [];
  for (let left = record.count(1); left > 0; left--) records.push(readScanRecord(record));
  return { records, skeleton: record.bytes(record.remaining) };
}
