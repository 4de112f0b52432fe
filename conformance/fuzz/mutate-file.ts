/** Changes to `.llmc` files that know their fields: what was not changed - lengths, counts, checksums - fits what was. */

import { crc32 } from '../../src/container/crc.js';
import { type Field, FieldFile, u32, varint } from '../make/field-file.js';
import type { Random } from '../make/media.js';
import { INTERESTING, mutateBytes } from './mutate-bytes.js';

/** Longest varint. */
const VARINT_BYTES = 8;

/** A file after some random changes of its fields; `other` is a file to take fields from. */
export function mutateFields(file: FieldFile, other: FieldFile, random: Random): Uint8Array {
  const changed = new FieldFile(file.fields);
  for (let left = 1 + random.below(3); left > 0; left--) changeFields(changed.fields, other.fields, random);
  return changed.build();
}

function changeFields(fields: Field[], others: readonly Field[], random: Random): void {
  const at = random.below(fields.length);
  const field = fields[at];
  switch (random.below(8)) {
    case 0:
    case 1:
      setNumber(field, random);
      break;
    case 2:
    case 3: {
      const source = others[random.below(others.length)].bytes;
      field.bytes = mutateBytes(field.bytes, source, random);
      // A checksum that is wrong ends most runs at once.
      field.pinned = random.below(8) === 0 || !/crc$/.test(field.name);
      break;
    }
    case 4: {
      const alike = others.filter(({ name }) => kindOf(name) === kindOf(field.name));
      if (alike.length > 0) field.bytes = alike[random.below(alike.length)].bytes.slice();
      break;
    }
    case 5:
      repeatEntry(fields, field, random);
      break;
    case 6:
      if (!isNeeded(field.name)) fields.splice(at, 1);
      break;
    default:
      removeEntry(fields, field);
  }
}

function setNumber(field: Field, random: Random): void {
  if (field.bytes.length > VARINT_BYTES) return;
  const old = field.bytes.reduceRight((value, byte) => value * 128 + (byte & 127), 0);
  const values = [old + 1, Math.max(0, old - 1), 2 * old, INTERESTING[random.below(INTERESTING.length)]];
  field.bytes = varint(Math.min(Number.MAX_SAFE_INTEGER, values[random.below(values.length)]));
  field.pinned = true;
}

/** `items[].length` of `items[3].length`. */
function kindOf(name: string): string {
  return name.replaceAll(/\[\d+\]/g, '[]');
}

/** Fields without which the others could not follow. */
function isNeeded(name: string): boolean {
  return /^(header_crc|body_length)$|\.(crc|payload_crc|length|body|payload)$/.test(name);
}

/** The entry of a table that a field belongs to: `items[3]`. */
function entryOf(name: string): { readonly table: string; readonly entry: string } | undefined {
  const match = /^(models|items|sections|chunks)(\[\d+\])/.exec(name);
  return match ? { table: match[1], entry: match[0] } : undefined;
}

/** Puts an entry of a table there twice, with its body or payload, and counts it. */
function repeatEntry(fields: Field[], field: Field, random: Random): void {
  const found = entryOf(field.name);
  if (found === undefined) return;
  const { table, entry } = found;
  const number = 1000 + random.below(1000);
  for (const isContent of [true, false]) {
    const part = fields.filter(({ name }) => belongs(name, entry) && isContentName(name) === isContent);
    if (part.length === 0) continue;
    const copies = part.map(({ name, bytes, pinned }) => ({
      name: name.replace(entry, `${table}[${number}]`),
      bytes: bytes.slice(),
      pinned,
    }));
    fields.splice(fields.indexOf(part[part.length - 1]) + 1, 0, ...copies);
  }
  count(fields, table, 1);
}

function removeEntry(fields: Field[], field: Field): void {
  const found = entryOf(field.name);
  if (found === undefined) return;
  const left = fields.filter(({ name }) => !belongs(name, found.entry));
  fields.splice(0, fields.length, ...left);
  count(fields, found.table, -1);
}

function belongs(name: string, entry: string): boolean {
  return name.startsWith(entry);
}

function isContentName(name: string): boolean {
  return /^(sections\[\d+\]\.body|chunks\[\d+\]\.payload$)/.test(name);
}

function count(fields: Field[], table: string, difference: number): void {
  const field = fields.find(({ name }) => name === `${table.slice(0, -1)}_count`);
  if (field?.bytes.length !== 1) return;
  field.bytes = varint(Math.max(0, field.bytes[0] + difference));
}

/** The file with the CRC of its header made right, where that can be found. */
export function withHeaderCrc(file: Uint8Array): Uint8Array {
  // Signature and version take 10 bytes.
  let at = 10;
  let length = 0;
  for (let weight = 1; at < Math.min(file.length, 14); weight *= 128) {
    const byte = file[at++];
    length += (byte & 127) * weight;
    if (byte < 128) break;
  }
  const end = at + length;
  if (end + 4 > file.length) return file;
  const right = file.slice();
  right.set(u32(crc32(file.subarray(0, end))), end);
  return right;
}
