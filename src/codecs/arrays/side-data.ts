/** Section `ARRY`: where a file's arrays lie and how, and all bytes between them (spec/index-streams.md). */

import { type IndexGroup, indexGeometry } from '../../arrangement/indices.js';
import { ByteReader, ByteWriter } from '../../container/bytes.js';
import { LlmcError } from '../../container/errors.js';
import type { CodecParameters } from '../../container/parameters.js';
import { packRecord, unpackRecord } from '../side-record.js';
import { canonicalShape } from './canonical.js';
import { byteLength, type Element, elementCode, elementOfCode } from './element.js';
import { npyHeader } from './npy.js';
import { ORDERS } from './order.js';
import { safetensorsHeader } from './safetensors.js';

/** Where and how the array of one group lies in its file. */
export interface StoredArray {
  readonly element: Element;
  /** Index into `ORDERS`. */
  readonly order: number;
  readonly offset: number;
}

/** A file without its arrays' data. */
export interface ArrayFileLayout {
  /** One a group, in the order of the file. */
  readonly arrays: readonly StoredArray[];
  /** All other bytes, in order. */
  readonly skeleton: Uint8Array;
}

/** The preset dictionary of the section: headers that most files have, so that they cost a few bytes. */
export function arraySideDataDictionary(parameters: CodecParameters): Uint8Array {
  const { groups } = indexGeometry(parameters);
  const shape = canonicalShape(parameters, groups[0]);
  const tensors = safetensorsHeader([{ name: 'codes', shape }], 'I64');
  const array = npyHeader('<i8', shape);
  const joined = new Uint8Array(tensors.length + array.length);
  joined.set(tensors);
  joined.set(array, tensors.length);
  return joined;
}

/** The body of the section; undefined if it is larger than a decoder must accept. */
export function packArraySideData(
  { arrays, skeleton }: ArrayFileLayout,
  parameters: CodecParameters,
  originalLength: number,
): Uint8Array | undefined {
  const { groups } = indexGeometry(parameters);
  const record = new ByteWriter();
  let end = 0;
  arrays.forEach(({ element, order, offset }, i) => {
    record.varint(offset - end);
    record.u8(elementCode(element));
    record.u8(order);
    end = offset + byteLength(element, sizeOf(groups[i]));
  });
  record.bytes(skeleton);
  return packRecord(record.finish(), arraySideDataDictionary(parameters), originalLength);
}

/**
 * Reads the section.
 *
 * @throws LlmcError `section-invalid` where it breaks a rule, or does not make a file of `originalLength` bytes.
 */
export function unpackArraySideData(
  body: Uint8Array,
  parameters: CodecParameters,
  originalLength: number,
): ArrayFileLayout {
  const record = unpackRecord(body, arraySideDataDictionary(parameters), originalLength);
  const reader = new ByteReader(record, 0, { invalid: 'section-invalid', end: 'section-invalid' });
  let end = 0;
  let gaps = 0;
  const arrays = indexGeometry(parameters).groups.map((group) => {
    const gap = reader.varint('gap');
    const code = reader.u8('element');
    const element = elementOfCode(code);
    const order = reader.u8('order');
    if (!element || order >= ORDERS.length) {
      throw new LlmcError('section-invalid', `an array of element ${code} and order ${order}`);
    }
    const offset = end + gap;
    gaps += gap;
    end = offset + byteLength(element, sizeOf(group));
    return { element, order, offset };
  });
  const skeleton = reader.bytes('skeleton', reader.remaining);
  if (gaps > skeleton.length || end - gaps + skeleton.length !== originalLength) {
    throw new LlmcError(
      'section-invalid',
      `arrays and skeleton do not make a file of ${originalLength} bytes`,
    );
  }
  return { arrays, skeleton };
}

function sizeOf({ count, width, height }: IndexGroup): number {
  return count * width * height;
}
