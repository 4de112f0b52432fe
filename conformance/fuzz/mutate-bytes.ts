/** Changes to bytes of any kind. */

import type { Random } from '../make/media.js';

/** Numbers at which readers of formats go wrong. */
export const INTERESTING = [
  0,
  1,
  2,
  7,
  8,
  63,
  64,
  127,
  128,
  255,
  256,
  16_383,
  16_384,
  32_767,
  65_535,
  65_536,
  2 ** 24 - 1,
  2 ** 28,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
];

/** Bytes after one to three random changes; `other` is an input of the same kind to take parts from. */
export function mutateBytes(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let bytes = input;
  for (let left = 1 + random.below(3); left > 0; left--) bytes = change(bytes, other, random);
  return bytes;
}

function change(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const run = 1 + random.below(random.below(4) === 0 ? 64 : 4);
  switch (random.below(10)) {
    case 0:
    case 1:
      return edited(bytes, at, (copy) => {
        copy[at] ^= 1 << random.below(8);
      });
    case 2:
      return edited(bytes, at, (copy) => {
        copy[at] = random.below(256);
      });
    case 3:
      return edited(bytes, at, (copy) => {
        copy[at] += random.around(4);
      });
    case 4:
      return edited(bytes, at, (copy) => writeNumber(copy, at, random));
    case 5:
      return splice(bytes, at, run, new Uint8Array(0));
    case 6:
      return splice(
        bytes,
        at,
        0,
        Uint8Array.from({ length: run }, () => random.below(256)),
      );
    case 7: {
      const from = random.below(other.length + 1);
      return splice(bytes, at, random.below(2) * run, other.subarray(from, from + run));
    }
    case 8:
      return random.below(4) === 0 ? bytes.slice(0, at) : splice(bytes, at, 0, bytes.subarray(at, at + run));
    default:
      return mutateDigits(bytes, random);
  }
}

function edited(bytes: Uint8Array, at: number, edit: (copy: Uint8Array) => void): Uint8Array {
  const copy = bytes.slice();
  if (at < copy.length) edit(copy);
  return copy;
}

/** The bytes with `count` of them, from `at` on, replaced. */
export function splice(bytes: Uint8Array, at: number, count: number, by: Uint8Array): Uint8Array {
  const rest = bytes.subarray(at + count);
  const whole = new Uint8Array(at + by.length + rest.length);
  whole.set(bytes.subarray(0, at));
  whole.set(by, at);
  whole.set(rest, at + by.length);
  return whole;
}

function writeNumber(bytes: Uint8Array, at: number, random: Random): void {
  const value = INTERESTING[random.below(INTERESTING.length)];
  const length = Math.min(1 << random.below(4), bytes.length - at);
  const bigEndian = random.below(2) === 0;
  for (let i = 0; i < length; i++) {
    bytes[bigEndian ? at + length - 1 - i : at + i] = Math.floor(value / 2 ** (8 * i)) % 256;
  }
}

/** Another decimal number in the place of one, as in headers that are JSON. */
function mutateDigits(bytes: Uint8Array, random: Random): Uint8Array {
  const starts: number[] = [];
  for (let i = 0; i < Math.min(bytes.length, 4096); i++) {
    if (isDigit(bytes[i]) && !isDigit(bytes[i - 1])) starts.push(i);
  }
  if (starts.length === 0) return bytes;
  const start = starts[random.below(starts.length)];
  let end = start;
  while (isDigit(bytes[end])) end++;
  const value = INTERESTING[random.below(INTERESTING.length)];
  const text = new TextEncoder().encode(String(value));
  // Of the same length, where that can be, since lengths of headers stand before them.
  const fits = random.below(2) === 0 ? text.subarray(0, end - start) : text;
  return splice(bytes, start, end - start, fits);
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
