/** Files of arrays for tests: every format, type, shape and order, filled with indices. */

import { npyHeader } from '../../../src/codecs/arrays/npy.js';

/** Types of `.npy` files, with the bytes of an element. */
export const NPY_TYPES: Readonly<Record<string, number>> = {
  '|u1': 1,
  '|i1': 1,
  '<u2': 2,
  '<i2': 2,
  '<u4': 4,
  '<i4': 4,
  '<u8': 8,
  '<i8': 8,
  '>u2': 2,
  '>i4': 4,
  '>i8': 8,
};

/** Integers as the elements of a type, two's complement where they are negative. */
export function elements(type: string, values: readonly number[]): Uint8Array {
  const bytes = NPY_TYPES[type];
  const data = new Uint8Array(values.length * bytes);
  values.forEach((value, i) => {
    for (let b = 0; b < bytes; b++) {
      const place = type[0] === '>' ? bytes - 1 - b : b;
      data[i * bytes + place] = Number((BigInt(value) >> BigInt(8 * b)) & 255n);
    }
  });
  return data;
}

/** An `.npy` file; `fortran` says that the values are in Fortran order. */
export function npy(
  type: string,
  shape: readonly number[],
  values: readonly number[],
  fortran = false,
): Uint8Array {
  const header = fortran ? fortranHeader(type, shape) : npyHeader(type, shape);
  return concat(header, elements(type, values));
}

function fortranHeader(type: string, shape: readonly number[]): Uint8Array {
  // Written by hand, with single spaces where NumPy pads: such a header is a reader's business too.
  const text = `{"shape": (${shape.join(',')},), "fortran_order": True, "descr": "${type}"}\n`;
  const prefix = Uint8Array.from([0x93, ...Buffer.from('NUMPY'), 2, 0, text.length, 0, 0, 0]);
  return concat(prefix, new TextEncoder().encode(text));
}

/** A tensor of a `.safetensors` file. */
export interface Tensor {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** A `.safetensors` file with metadata. */
export function safetensors(tensors: readonly Tensor[]): Uint8Array {
  let offset = 0;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const { name, type, shape, data } of tensors) {
    header[name] = { dtype: type, shape, data_offsets: [offset, offset + data.length] };
    offset += data.length;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return concat(length, text, ...tensors.map(({ data }) => data));
}

/** An `.ecdc` file of codes frame by frame, packed in 10 bits; segments of `encodec_48khz` have a scale before. */
export function ecdc(header: Record<string, unknown>, segments: readonly (readonly number[])[]): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const prefix = Uint8Array.from([...Buffer.from('ECDC'), 0, 0, 0, text.length >> 8, text.length & 255]);
  const scale = header.m === 'encodec_48khz' ? Uint8Array.of(0x3f, 0x12, 0x34, 0x56) : new Uint8Array();
  return concat(prefix, text, ...segments.flatMap((codes) => [scale, packed(codes)]));
}

function packed(codes: readonly number[]): Uint8Array {
  const bits = codes.flatMap((code) => Array.from({ length: 10 }, (_, b) => (code >> b) & 1));
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, i) => {
    bytes[i >> 3] |= bit << (i & 7);
  });
  return bytes;
}

/** All parts in one array. */
export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** `count` integers below `limit` that follow from a seed. */
export function randomIndices(count: number, limit: number, seed: number): number[] {
  let state = seed >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  });
}
