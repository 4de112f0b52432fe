/** Files that a reader refuses by their first bytes. */

import { concatenate } from '../../src/container/bytes.js';
import { buildFile, raw } from './build.js';
import { FieldFile, varint } from './field-file.js';
import { jpegFixture, text } from './media.js';
import { broken, invalid, type Vector } from './vector.js';

const HEADER = 'container.md#2-preamble-and-header';
const ERRORS = 'errors.md#the-file';
const SPEC = [HEADER, ERRORS];

/** All of them. */
export async function invalidSignature(): Promise<Vector[]> {
  const file = await buildFile([raw(text(40))]);
  const rest = file.subarray(8);
  const start = (...bytes: number[]) => concatenate([Uint8Array.from(bytes), rest]);
  const signature = (name: string, purpose: string, bytes: Uint8Array, first: number) =>
    invalid(`signature/${name}`, purpose, SPEC, bytes, 'signature', [first, first]);
  const mangled = (name: string, purpose: string, bytes: Uint8Array, first: number) =>
    invalid(`signature/mangled-${name}`, purpose, SPEC, bytes, 'signature-mangled', [first, first]);
  const truncated = (name: string, purpose: string, bytes: Uint8Array) =>
    invalid(`signature/${name}`, purpose, SPEC, bytes, 'truncated', [bytes.length, bytes.length]);
  const edited = async () => FieldFile.of(file);
  return [
    truncated('empty', 'a file of no bytes agrees with the signature as far as it goes', new Uint8Array()),
    truncated('one-byte', 'the first byte of the signature alone', file.slice(0, 1)),
    truncated('seven-bytes', 'the signature without its last byte', file.slice(0, 7)),
    truncated('signature-only', 'the signature and nothing else', file.slice(0, 8)),
    truncated('version-only', 'the file ends within the versions', file.slice(0, 9)),
    signature('jpeg', 'a JPEG file', jpegFixture('size-1x1'), 0),
    signature('text', 'a text', text(40), 0),
    signature('short', 'three bytes that do not begin the signature', file.slice(1, 4), 0),
    signature(
      'letters',
      'another name within the signature',
      start(0x8c, 0x4c, 0x4c, 0x4d, 0x44, 13, 10, 26),
      4,
    ),
    signature(
      'substitute',
      'the last byte of the signature differs',
      start(0x8c, 0x4c, 0x4c, 0x4d, 0x43, 13, 10, 27),
      7,
    ),
    signature(
      'line-ends-swapped',
      'LF CR in place of CR LF',
      start(0x8c, 0x4c, 0x4c, 0x4d, 0x43, 10, 13, 26),
      5,
    ),
    mangled('unix', 'a text-mode transfer to Unix: LF', start(0x8c, 0x4c, 0x4c, 0x4d, 0x43, 10, 26), 5),
    mangled(
      'mac',
      'a text-mode transfer to classic Mac OS: CR',
      start(0x8c, 0x4c, 0x4c, 0x4d, 0x43, 13, 26),
      6,
    ),
    mangled(
      'dos',
      'a text-mode transfer to DOS: CR CR LF',
      start(0x8c, 0x4c, 0x4c, 0x4d, 0x43, 13, 13, 10, 26),
      6,
    ),
    mangled('seven-bits', 'the high bit is lost', start(0x0c, 0x4c, 0x4c, 0x4d, 0x43, 13, 10, 26), 0),
    mangled(
      'latin-1',
      'Latin-1 converted to UTF-8',
      start(0xc2, 0x8c, 0x4c, 0x4c, 0x4d, 0x43, 13, 10, 26),
      0,
    ),
    mangled(
      'windows-1252',
      'Windows-1252 converted to UTF-8',
      start(0xc5, 0x92, 0x4c, 0x4c, 0x4d, 0x43, 13, 10, 26),
      0,
    ),
    mangled('utf-8', 'decoded as UTF-8', start(0xef, 0xbf, 0xbd, 0x4c, 0x4c, 0x4d, 0x43, 10, 26), 0),
    broken(
      'signature/version-0',
      'major version 0',
      SPEC,
      (await edited()).set('major', [0]),
      'version',
      'major',
    ),
    broken(
      'signature/version-2',
      'major version 2',
      SPEC,
      (await edited()).set('major', [2]),
      'version',
      'major',
    ),
    broken(
      'signature/version-255',
      'major version 255, before a header length that would be an error',
      SPEC,
      (await edited()).set('major', [255]).set('body_length', Array(9).fill(255)),
      'version',
      'major',
    ),
    broken(
      'signature/body-length-long',
      'a header length that is not written in the fewest bytes',
      [...SPEC, 'conventions.md#fields'],
      (await edited()).edit('body_length', () => undefined).set('body_length', [0x80, 0x00]),
      'header-invalid',
      'body_length',
    ),
    broken(
      'signature/body-length-2-53',
      'a header length of 2^53, one more than a varint may be',
      [...SPEC, 'conventions.md#fields'],
      (await edited()).set('body_length', [128, 128, 128, 128, 128, 128, 128, 16]),
      'header-invalid',
      'body_length',
    ),
    broken(
      'signature/body-length-9-bytes',
      'a header length of nine bytes',
      [...SPEC, 'conventions.md#fields'],
      (await edited()).set('body_length', [128, 128, 128, 128, 128, 128, 128, 128, 1]),
      'header-invalid',
      'body_length',
    ),
    broken(
      'signature/body-length-limit',
      'a header of one byte more than 2^26: refused before memory is taken for it',
      [...SPEC, 'container.md#8-limits'],
      (await edited()).set('body_length', varint(2 ** 26 + 1)),
      'limit',
      'body_length',
    ),
    invalid(
      'signature/body-length-huge',
      'a header of 2^26 bytes, which the limit allows, in a file that does not have them',
      SPEC,
      (await edited()).set('body_length', varint(2 ** 26)).build(),
      'truncated',
    ),
  ];
}
