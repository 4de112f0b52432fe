/** How one number of an array is stored, and arrays of them as indices (spec/index-streams.md, "Arrays"). */

import { BitReader, BitWriter } from '../../entropy/packed-bits.js';

/** The type of an array's elements. */
export type Element =
  /** Integers of whole bytes. */
  | { readonly bytes: 1 | 2 | 4 | 8; readonly signed: boolean; readonly bigEndian: boolean }
  /** Integers of 1 to 32 bits without gaps, least significant bit first, padded to a whole byte at the array's end. */
  | { readonly bits: number };

/** Bytes of an array of `count` elements. */
export function byteLength(element: Element, count: number): number {
  return 'bits' in element ? Math.ceil((element.bits * count) / 8) : element.bytes * count;
}

/** The elements of an array as numbers: exact up to 2^53 in magnitude, and beyond that still beyond. */
export function readElements(element: Element, data: Uint8Array, count: number): Float64Array {
  const values = new Float64Array(count);
  if ('bits' in element) {
    const reader = new BitReader(data);
    for (let i = 0; i < count; i++) values[i] = reader.read(element.bits);
    return values;
  }
  const { bytes, signed, bigEndian } = element;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let i = 0; i < count; i++) {
    const at = i * bytes;
    if (bytes === 1) values[i] = signed ? view.getInt8(at) : view.getUint8(at);
    else if (bytes === 2) values[i] = signed ? view.getInt16(at, !bigEndian) : view.getUint16(at, !bigEndian);
    else if (bytes === 4) values[i] = signed ? view.getInt32(at, !bigEndian) : view.getUint32(at, !bigEndian);
    else {
      const highAt = bigEndian ? at : at + 4;
      const high = signed ? view.getInt32(highAt, !bigEndian) : view.getUint32(highAt, !bigEndian);
      values[i] = high * 2 ** 32 + view.getUint32(bigEndian ? at + 4 : at, !bigEndian);
    }
  }
  return values;
}

/** The bytes of an array whose elements are `value(0)`, `value(1)`, ..., all below 2^32. */
export function writeElements(element: Element, count: number, value: (i: number) => number): Uint8Array {
  if ('bits' in element) {
    const writer = new BitWriter();
    for (let i = 0; i < count; i++) writer.write(value(i), element.bits);
    return writer.finish();
  }
  const { bytes, bigEndian } = element;
  const data = new Uint8Array(bytes * count);
  const view = new DataView(data.buffer);
  for (let i = 0; i < count; i++) {
    const at = i * bytes;
    if (bytes === 1) data[i] = value(i);
    else if (bytes === 2) view.setUint16(at, value(i), !bigEndian);
    else view.setUint32(bytes === 8 && bigEndian ? at + 4 : at, value(i), !bigEndian);
  }
  return data;
}

/** The byte that stands for an element type in side data; the sign of integers does not matter there. */
export function elementCode(element: Element): number {
  if ('bits' in element) return 128 + element.bits;
  return Math.log2(element.bytes) + (element.bigEndian ? 4 : 0);
}

/** The element type that a byte of side data stands for, or undefined. */
export function elementOfCode(code: number): Element | undefined {
  if (code > 128) return code <= 160 ? { bits: code - 128 } : undefined;
  if (code > 7) return undefined;
  return { bytes: (2 ** (code & 3)) as 1 | 2 | 4 | 8, signed: false, bigEndian: code > 3 };
}
