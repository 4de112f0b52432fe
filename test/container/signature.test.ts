import { describe, expect, test } from 'vitest';
import { checkSignature, SIGNATURE_PROBE } from '../../src/container/signature.js';
import { SIGNATURE } from '../../src/container/structures.js';
import { errorOf } from './errors.js';

const codeOf = (bytes: ArrayLike<number>) => errorOf(() => checkSignature(Uint8Array.from(bytes))).code;

test('the signature is as published', () => {
  expect([...SIGNATURE]).toEqual([0x8c, 0x4c, 0x4c, 0x4d, 0x43, 0x0d, 0x0a, 0x1a]);
  expect(() => checkSignature(SIGNATURE)).not.toThrow();
  expect(() => checkSignature(Uint8Array.of(...SIGNATURE, 1, 2))).not.toThrow();
});

/** What text-mode transfers do to a whole file. */
const TRANSFERS: readonly (readonly [string, (text: string) => ArrayLike<number>])[] = [
  ['loss of the high bit', (text) => bytesOf(text).map((byte) => byte & 0x7f)],
  ['line ends to Unix', (text) => bytesOf(text.replaceAll('\r\n', '\n'))],
  ['line ends to classic Mac OS', (text) => bytesOf(text.replaceAll('\r\n', '\r'))],
  ['line ends to DOS', (text) => bytesOf(text.replaceAll('\n', '\r\n'))],
  ['Latin-1 to UTF-8', (text) => new TextEncoder().encode(text)],
  ['Windows-1252 to UTF-8', (text) => new TextEncoder().encode(text.replaceAll('\x8c', 'Œ'))],
  ['decoding as UTF-8', (text) => new TextEncoder().encode(text.replaceAll('\x8c', '\ufffd'))],
  ['UTF-8 and Unix', (text) => new TextEncoder().encode(text.replaceAll('\r\n', '\n'))],
  ['seven bits and DOS', (text) => bytesOf(text.replaceAll('\n', '\r\n')).map((byte) => byte & 0x7f)],
];

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

describe('altered by a transfer', () => {
  const text = `${String.fromCharCode(...SIGNATURE)}\x01\x00\x09rest`;
  test.each(TRANSFERS)('%s', (_, transfer) => {
    expect(codeOf(transfer(text))).toBe('signature-mangled');
    expect(codeOf(Uint8Array.from(transfer(text)).subarray(0, SIGNATURE_PROBE))).toBe('signature-mangled');
  });
});

test('a part of the signature, or nothing, is a file that was cut', () => {
  for (let length = 0; length < SIGNATURE.length; length++) {
    const error = errorOf(() => checkSignature(SIGNATURE.subarray(0, length)));
    expect(error).toMatchObject({ code: 'truncated', offset: length });
  }
});

test('other files are reported at the first byte that differs', () => {
  const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46);
  expect(errorOf(() => checkSignature(jpeg))).toMatchObject({ code: 'signature', offset: 0 });
  expect(codeOf([1])).toBe('signature');
  for (let at = 0; at < SIGNATURE.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = Uint8Array.of(...SIGNATURE, 1, 0, 9, 9);
      changed[at] ^= 1 << bit;
      const error = errorOf(() => checkSignature(changed));
      // The lost high bit, and LF turned into a second SUB, look as transfers leave them.
      const mangled = (at === 0 && bit === 7) || (at === 6 && bit === 4);
      expect(error.code).toBe(mangled ? 'signature-mangled' : 'signature');
      expect(error.offset).toBe(at);
    }
  }
});
