/** The `.safetensors` format: a JSON header, then the tensors' data without gaps. */

import { elementCount, type FileArray, invalidInput } from './array-file.js';
import type { Element } from './element.js';

/** Bytes of the elements of each type; packed types of less than a byte are not here. */
const TYPES: Readonly<Record<string, { readonly bytes: number; readonly integer?: 'signed' | 'unsigned' }>> =
  {
    BOOL: { bytes: 1 },
    U8: { bytes: 1, integer: 'unsigned' },
    I8: { bytes: 1, integer: 'signed' },
    F8_E5M2: { bytes: 1 },
    F8_E4M3: { bytes: 1 },
    I16: { bytes: 2, integer: 'signed' },
    U16: { bytes: 2, integer: 'unsigned' },
    F16: { bytes: 2 },
    BF16: { bytes: 2 },
    I32: { bytes: 4, integer: 'signed' },
    U32: { bytes: 4, integer: 'unsigned' },
    F32: { bytes: 4 },
    I64: { bytes: 8, integer: 'signed' },
    U64: { bytes: 8, integer: 'unsigned' },
    F64: { bytes: 8 },
  };

/** Header bytes are a multiple of this. */
const ALIGNMENT = 8;

/** Whether a file begins as `.safetensors` files do: a plausible header length, then `{`. */
export function isSafetensors(file: Uint8Array): boolean {
  return file.length > 9 && file[8] === 0x7b && headerLength(file) <= 1e8;
}

function headerLength(file: Uint8Array): number {
  const view = new DataView(file.buffer, file.byteOffset, 8);
  return view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32;
}

/**
 * The tensors of a file in the order of their data.
 *
 * @throws LlmcError `input-invalid` where it is malformed or too short.
 */
export function parseSafetensors(file: Uint8Array): FileArray[] {
  const start = 8 + headerLength(file);
  if (start > file.length) throw invalidInput('the .safetensors header is cut', file.length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(file.subarray(8, start)));
  } catch {
    throw invalidInput('the .safetensors header is no JSON', 8);
  }
  if (typeof header !== 'object' || header === null)
    throw invalidInput('the .safetensors header is no object', 8);
  const arrays = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => parseTensor(name, entry, file, start));
  arrays.sort((a, b) => a.offset - b.offset || a.length - b.length);
  let end = start;
  for (const { name, offset, length } of arrays) {
    if (offset < end) throw invalidInput(`tensor ${JSON.stringify(name)} overlaps another`, offset);
    end = offset + length;
  }
  return arrays;
}

function parseTensor(name: string, entry: unknown, file: Uint8Array, start: number): FileArray {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  const known = typeof dtype === 'string' && Object.hasOwn(TYPES, dtype) ? TYPES[dtype] : undefined;
  if (typeof dtype !== 'string' || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    throw invalidInput(`tensor ${JSON.stringify(name)} is malformed`, 8);
  }
  const [first, end] = offsets;
  const length = end - first;
  if (length < 0 || (known && length !== elementCount(shape) * known.bytes)) {
    throw invalidInput(`tensor ${JSON.stringify(name)} has offsets that do not fit its shape`, 8);
  }
  if (start + end > file.length) {
    const message = `tensor ${JSON.stringify(name)} ends at byte ${start + end} of ${file.length}`;
    throw invalidInput(message, file.length);
  }
  const element: Element | undefined = known?.integer && {
    bytes: known.bytes as 1 | 2 | 4 | 8,
    signed: known.integer === 'signed',
    bigEndian: false,
  };
  return { name, type: dtype, element, shape, fortran: false, offset: start + first, length };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

/** A header for tensors of these names and shapes, of unsigned or signed integers of `bytes` bytes. */
export function safetensorsHeader(
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
  type: 'U8' | 'U16' | 'U32' | 'I64',
): Uint8Array {
  let offset = 0;
  const entries = tensors.map(({ name, shape }) => {
    const end = offset + elementCount(shape) * TYPES[type].bytes;
    const entry = [name, { dtype: type, shape, data_offsets: [offset, end] }];
    offset = end;
    return entry;
  });
  const json = JSON.stringify(Object.fromEntries(entries));
  const text = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / ALIGNMENT) * ALIGNMENT));
  const header = new Uint8Array(8 + text.length);
  new DataView(header.buffer).setUint32(0, text.length, true);
  header.set(text, 8);
  return header;
}
