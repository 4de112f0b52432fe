/** What the scripts of this folder make: a vector, and what a decoder must do with it. */

import { createHash } from 'node:crypto';
import type { Expectation, ExpectedItem, RecoveredItem } from '../../src/conformance/manifest.js';
import { crc32 } from '../../src/container/crc.js';
import type { LlmcErrorCode } from '../../src/container/errors.js';
import { parseHeader } from '../../src/container/parse-header.js';
import type { FieldFile } from './field-file.js';

/** A vector before it is written. */
export interface Vector {
  /** GROUP/SUBJECT/NAME. */
  readonly name: string;
  /** One sentence. */
  readonly purpose: string;
  /** Sections of the specification: PAGE#ANCHOR, or PAGE. */
  readonly spec: readonly string[];
  readonly bytes: Uint8Array;
  /** Names of the model packages that the decoder is given. */
  readonly models?: readonly string[];
  readonly expect: Expectation;
}

/** SHA-256 in hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** An item that must come back whole. */
export function whole(bytes: Uint8Array): ExpectedItem {
  return { bytes: bytes.length, sha256: sha256(bytes) };
}

/** A vector that decodes to `items`. */
export function valid(
  name: string,
  purpose: string,
  spec: readonly string[],
  bytes: Uint8Array,
  items: readonly Uint8Array[],
  models?: readonly string[],
): Vector {
  const expect = { items: items.map(whole) };
  return { name: `valid/${name}`, purpose, spec, bytes, expect, ...(models ? { models } : {}) };
}

/** The vector of a file that must be refused with one of `codes`; `at` is where the byte at fault lies. */
export function invalid(
  name: string,
  purpose: string,
  spec: readonly string[],
  bytes: Uint8Array,
  codes: LlmcErrorCode | readonly LlmcErrorCode[],
  at?: readonly [first: number, last: number],
  models?: readonly string[],
): Vector {
  const error = typeof codes === 'string' ? [codes] : codes;
  return {
    name: `invalid/${name}`,
    purpose,
    spec,
    bytes,
    expect: { error, ...(at ? { offset: at } : {}) },
    ...(models ? { models } : {}),
  };
}

/** As `invalid`, of an edited file, whose fault is in `field` (or begins with the entry that holds it). */
export function broken(
  name: string,
  purpose: string,
  spec: readonly string[],
  file: FieldFile,
  code: LlmcErrorCode,
  field?: string,
): Vector {
  const bytes = file.build();
  return invalid(name, purpose, spec, bytes, code, field === undefined ? undefined : placeOf(file, field));
}

/** Where the body of a section, or the payload of a chunk, stands in a file with a sound header. */
export function placeOfContent(
  file: Uint8Array,
  table: 'sections' | 'chunks',
  index = 0,
): readonly [number, number] {
  const { offset, length } = parseHeader(file)[table][index];
  return [offset, offset + length];
}

/** From the first byte of the entry that a field belongs to, to the byte after the field, where one that is too short ends. */
export function placeOf(file: FieldFile, name: string): readonly [number, number] {
  const { offset, length } = file.place(name);
  const entry = /^\w+\[\d+\]/.exec(name)?.[0];
  const first = file.fields.find(
    (field) => field.name.startsWith(`${entry}.`) && !/\.(body|payload)/.test(name),
  );
  const from = entry !== undefined && first !== undefined ? file.place(first.name).offset : offset;
  return [Math.min(from, offset), offset + length];
}

/** A damaged item of codec type `raw` of which the chunks at these bytes are sound. */
export function recoveredBytes(
  bytes: Uint8Array,
  sound: readonly (readonly [number, number])[],
): RecoveredItem {
  return {
    bytes: bytes.length,
    recovered: sound.map(([first, tokens]) => ({
      first,
      tokens,
      crc: crc32(bytes.subarray(first, first + tokens))
        .toString(16)
        .padStart(8, '0'),
    })),
  };
}
