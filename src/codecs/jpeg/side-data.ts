/** Section `JPEG`: scan records and skeleton, deflated with a dictionary (spec/jpeg.md, "Side data"). */

import type { DctParameters } from '../../container/parameters.js';
import { packRecord, unpackRecord } from '../side-record.js';
import { ByteReader, ByteWriter } from './byte-io.js';
import { sideDataDictionary } from './canonical.js';
import { type NestedPicture, readNestedPictures, writeNestedPictures } from './nested-pictures.js';
import { readScanRecords, type ScanRecord, writeScanRecords } from './scan-record.js';

/** Everything of a JPEG file that its latents do not hold. */
export interface JpegSideData {
  readonly records: readonly ScanRecord[];
  /** Pictures within the skeleton. */
  readonly pictures: readonly NestedPicture[];
  readonly skeleton: Uint8Array;
}

/**
 * Serialises side data; undefined if it exceeds what a decoder must accept.
 *
 * @param nested Parameters of the pictures within that are no copies.
 */
export function packSideData(
  { records, pictures, skeleton }: JpegSideData,
  parameters: DctParameters,
  nested: readonly DctParameters[],
  originalLength: number,
): Uint8Array | undefined {
  const record = new ByteWriter();
  writeScanRecords(record, records);
  if (nested.length > 0) writeNestedPictures(record, pictures);
  record.bytes(skeleton);
  return packRecord(record.finish(), sideDataDictionary(parameters, nested), originalLength);
}

/** Reads side data. Throws `section-invalid` if it is malformed or inflates to more than is allowed. */
export function unpackSideData(
  sideData: Uint8Array,
  parameters: DctParameters,
  nested: readonly DctParameters[],
  originalLength: number,
): JpegSideData {
  const dictionary = sideDataDictionary(parameters, nested);
  const record = new ByteReader(unpackRecord(sideData, dictionary, originalLength));
  const records = readScanRecords(record);
  const pictures = nested.length > 0 ? readNestedPictures(record, parameters, nested.length) : [];
  return { records, pictures, skeleton: record.bytes(record.remaining) };
}
