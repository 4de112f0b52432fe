/**
 * A file as the list of its named fields, to be edited by name. Lengths and checksums follow the edits, except those that
 * were edited themselves: so a vector breaks one rule, and no other.
 */

import { ByteWriter, concatenate } from '../../src/container/bytes.js';
import { crc32 } from '../../src/container/crc.js';
import { mapBytes } from '../../src/container/map-bytes.js';

/** A field: `name` as in `llmc inspect --hex`. */
export interface Field {
  readonly name: string;
  bytes: Uint8Array;
  /** Its value is as the editor wants it, and follows nothing. */
  pinned: boolean;
}

/** Where a field lies in the file that was built. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/** An editable file. */
export class FieldFile {
  readonly fields: Field[];

  constructor(fields: readonly Field[]) {
    this.fields = fields.map((field) => ({ ...field }));
  }

  /** The fields of a valid file. */
  static async of(file: Uint8Array): Promise<FieldFile> {
    const mapped = await mapBytes(file);
    return new FieldFile(
      mapped.map(({ offset, length, field }) => ({
        name: field,
        bytes: file.slice(offset, offset + length),
        pinned: false,
      })),
    );
  }

  /** Gives a field other bytes: a number is written as a `varint`. */
  set(name: string, value: number | readonly number[] | Uint8Array): this {
    const field = this.field(name);
    field.bytes = typeof value === 'number' ? varint(value) : Uint8Array.from(value);
    field.pinned = true;
    return this;
  }

  /** Changes a field's bytes in place. */
  edit(name: string, change: (bytes: Uint8Array) => void): this {
    const field = this.field(name);
    change(field.bytes);
    field.pinned = true;
    return this;
  }

  /** Adds a field after another. */
  insertAfter(after: string, name: string, bytes: readonly number[] | Uint8Array): this {
    const field = { name, bytes: Uint8Array.from(bytes), pinned: true };
    this.fields.splice(this.fields.indexOf(this.field(after)) + 1, 0, field);
    return this;
  }

  /** Takes a field away. */
  remove(name: string): this {
    this.fields.splice(this.fields.indexOf(this.field(name)), 1);
    return this;
  }

  /** The file's bytes. */
  build(): Uint8Array {
    this.followLengths();
    for (const { name } of this.fields) {
      if (name.endsWith('.payload_crc')) this.followCrc(name, name.replace('payload_crc', 'payload'));
      if (/^sections\[\d+\]\.crc$/.test(name)) this.followCrc(name, name.replace('.crc', '.body'));
    }
    const headerEnd = this.fields.findIndex(({ name }) => name === 'header_crc');
    if (headerEnd >= 0) {
      const header = concatenate(this.fields.slice(0, headerEnd).map(({ bytes }) => bytes));
      this.follow('header_crc', u32(crc32(header)));
    }
    return concatenate(this.fields.map(({ bytes }) => bytes));
  }

  /** Where a field lies, once the file is built. */
  place(name: string): Place {
    let offset = 0;
    for (const field of this.fields) {
      if (field.name === name) return { offset, length: field.bytes.length };
      offset += field.bytes.length;
    }
    throw new Error(`there is no field ${name}`);
  }

  private field(name: string): Field {
    const found = this.fields.find((field) => field.name === name);
    if (found === undefined) throw new Error(`there is no field ${name}`);
    return found;
  }

  private followLengths(): void {
    for (const { name } of this.fields) {
      const table = /^(models|items|sections|chunks)\[\d+\]\.length$/.exec(name)?.[1];
      if (table === undefined) continue;
      const content = { models: 'parameters', items: 'parameters', sections: 'body', chunks: 'payload' }[
        table
      ];
      this.follow(name, varint(this.within(name.replace(/length$/, content as string)).length));
    }
    const start = this.fields.findIndex(({ name }) => name === 'body_length');
    const end = this.fields.findIndex(({ name }) => name === 'header_crc');
    if (start < 0 || end < 0) return;
    const body = this.fields.slice(start + 1, end).reduce((sum, { bytes }) => sum + bytes.length, 0);
    this.follow('body_length', varint(body));
  }

  private followCrc(name: string, content: string): void {
    this.follow(name, u32(crc32(this.within(content))));
  }

  private follow(name: string, bytes: Uint8Array): void {
    const field = this.field(name);
    if (!field.pinned) field.bytes = bytes;
  }

  /** The bytes of a field and of all that lie in it. */
  private within(name: string): Uint8Array {
    const inside = this.fields.filter((field) => field.name === name || field.name.startsWith(`${name}.`));
    return concatenate(inside.map(({ bytes }) => bytes));
  }
}

/** A number as a `varint`. */
export function varint(value: number): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(value);
  return writer.finish().slice();
}

/** A number as a `u32`. */
export function u32(value: number): Uint8Array {
  const writer = new ByteWriter();
  writer.u32(value);
  return writer.finish().slice();
}
