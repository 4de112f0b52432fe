/** The fixed structures of a file, and its signature (spec/container.md). */

import { Parser } from 'binary-parser';
import type { FixedStructure } from './bytes.js';

/** What every file begins with: 0x8C, `LLMC`, CR, LF, SUB. */
export const SIGNATURE: Uint8Array = Uint8Array.of(0x8c, 0x4c, 0x4c, 0x4d, 0x43, 0x0d, 0x0a, 0x1a);

/** The version that this layer writes, and reads in full. */
export const VERSION = { major: 1, minor: 0 } as const;

/** Signature and version. */
export const PREAMBLE: FixedStructure<{
  readonly signature: Uint8Array;
  readonly major: number;
  readonly minor: number;
}> = fixedStructure(
  new Parser()
    .endianess('little')
    .buffer('signature', { length: SIGNATURE.length })
    .uint8('major')
    .uint8('minor'),
  [
    ['signature', 8],
    ['major', 1],
    ['minor', 1],
  ],
);

/** Fixed part of an entry of the section table. */
export const SECTION_FIXED: FixedStructure<{ readonly type: string; readonly crc: number }> = fixedStructure(
  new Parser().endianess('little').string('type', { length: 4, encoding: 'latin1' }).uint32('crc'),
  [
    ['type', 4],
    ['crc', 4],
  ],
);

/** Fixed part of an entry of the chunk table. */
export const CHUNK_FIXED: FixedStructure<{ readonly payload_crc: number; readonly tokens_crc: number }> =
  fixedStructure(new Parser().endianess('little').uint32('payload_crc').uint32('tokens_crc'), [
    ['payload_crc', 4],
    ['tokens_crc', 4],
  ]);

/** The CRC that ends the header. */
export const HEADER_CRC: FixedStructure<{ readonly header_crc: number }> = fixedStructure(
  new Parser().endianess('little').uint32('header_crc'),
  [['header_crc', 4]],
);

function fixedStructure<T>(
  parser: { parse(bytes: Uint8Array): unknown },
  fields: FixedStructure<T>['fields'],
): FixedStructure<T> {
  return {
    size: fields.reduce((sum, [, size]) => sum + size, 0),
    fields,
    parse: (bytes) => parser.parse(bytes) as T,
  };
}
