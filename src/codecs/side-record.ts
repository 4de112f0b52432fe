/** Bodies of side-data sections: a record, deflated with a dictionary (spec/jpeg.md, "Side data"). */

import { deflateSync, inflateSync } from 'fflate';
import { ByteReader, ByteWriter } from '../container/bytes.js';
import { LlmcError } from '../container/errors.js';

/** DEFLATE makes at most 258 bytes of 2 bits, after a header. */
const MAX_EXPANSION = 1032;

/** Most bytes that side data of an item may inflate to (spec/container.md, "Limits"). */
function maxInflatedLength(originalLength: number): number {
  return 2 * originalLength + 65_536;
}

/** The body of a section; undefined if the record exceeds what a decoder must accept. */
export function packRecord(
  record: Uint8Array,
  dictionary: Uint8Array,
  originalLength: number,
): Uint8Array | undefined {
  if (record.length > maxInflatedLength(originalLength)) return undefined;
  const writer = new ByteWriter();
  writer.varint(record.length);
  writer.bytes(deflateSync(record, { level: 9, mem: 4, dictionary }));
  return writer.finish();
}

/**
 * The record of a section's body.
 *
 * @throws LlmcError `section-invalid` if it is malformed or inflates to more than is allowed.
 */
export function unpackRecord(body: Uint8Array, dictionary: Uint8Array, originalLength: number): Uint8Array {
  const input = new ByteReader(body, 0, { invalid: 'section-invalid', end: 'section-invalid' });
  const length = input.varint('length');
  const deflated = input.bytes('deflated', input.remaining);
  if (length > maxInflatedLength(originalLength) || length > MAX_EXPANSION * deflated.length) {
    throw new LlmcError('section-invalid', 'side data: inflated length out of range');
  }
  let inflated: Uint8Array;
  try {
    inflated = inflateSync(deflated, { dictionary, out: new Uint8Array(length + 1) });
  } catch (cause) {
    throw new LlmcError('section-invalid', 'side data does not inflate', { cause });
  }
  if (inflated.length !== length || endsBeforeLastByte(deflated, length, dictionary)) {
    throw new LlmcError('section-invalid', 'side data: wrong inflated length');
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
