/** NumPy's `.npy` format, versions 1 to 3 (numpy.lib.format). */

import { elementCount, type FileArray, invalidInput } from './array-file.js';
import type { Element } from './element.js';

const MAGIC = '\x93NUMPY';
/** Data begins at a multiple of this many bytes. */
const ALIGNMENT = 64;
/** Digits that NumPy leaves room for in the first axis, so that a file can grow. */
const GROWTH_DIGITS = 21;

/** Whether a file begins as `.npy` files do. */
export function isNpy(file: Uint8Array): boolean {
  return [...MAGIC].every((character, i) => file[i] === character.charCodeAt(0));
}

/**
 * The array of a file.
 *
 * @throws LlmcError `input-invalid` where it is malformed or too short.
 */
export function parseNpy(file: Uint8Array): FileArray {
  const major = file[6];
  if (!(major >= 1 && major <= 3)) throw invalidInput(`version ${major} of .npy is not known`, 6);
  const lengthBytes = major === 1 ? 2 : 4;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const start = 8 + lengthBytes;
  if (file.length < start) throw invalidInput('the .npy header is cut', file.length);
  const offset = start + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (offset > file.length) throw invalidInput('the .npy header is cut', file.length);
  const header = new TextDecoder('latin1').decode(file.subarray(start, offset));
  const type = /['"]descr['"]\s*:\s*(?:['"]([^'"]*)['"]|(\[.*\]))/s.exec(header);
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(header);
  const shape = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(header);
  if (!type || !order || !shape) throw invalidInput('the .npy header is malformed', start);
  const sizes = (shape[1].match(/\d+/g) ?? []).map(Number);
  const name = type[1] ?? type[2];
  const element = elementOf(name);
  const bytes = element && 'bytes' in element ? element.bytes : Number(/\d+$/.exec(name)?.[0] ?? 0);
  const length = elementCount(sizes) * bytes;
  if (offset + length > file.length) {
    const message = `the array [${sizes.join(', ')}] needs ${length} bytes of data, of which ${file.length - offset} are there`;
    throw invalidInput(message, file.length);
  }
  return { name: '', type: name, element, shape: sizes, fortran: order[1] === 'True', offset, length };
}

function elementOf(type: string): Element | undefined {
  const match = /^([<>|=])?([iu])([1248])$/.exec(type);
  if (!match) return undefined;
  const bytes = Number(match[3]) as 1 | 2 | 4 | 8;
  return { bytes, signed: match[2] === 'i', bigEndian: match[1] === '>' };
}

/** The header that NumPy writes for an array in C order. */
export function npyHeader(type: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const grown = text + ' '.repeat(Math.max(0, GROWTH_DIGITS - String(shape[0] ?? '').length));
  const length = Math.ceil((MAGIC.length + 4 + grown.length + 1) / ALIGNMENT) * ALIGNMENT;
  const headerLength = length - MAGIC.length - 4;
  const prefix = `${MAGIC}\x01\x00${String.fromCharCode(headerLength & 255, headerLength >> 8)}`;
  return Uint8Array.from(`${prefix}${grown.padEnd(headerLength - 1)}\n`, (character) =>
    character.charCodeAt(0),
  );
}
