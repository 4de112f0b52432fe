/** Reading and writing the field types of spec/conventions.md, with the file offset of every fault. */

import { LlmcError, type LlmcErrorCode } from './errors.js';

/** One field of a file, as the map of its bytes shows it. */
export interface MappedField {
  readonly offset: number;
  readonly length: number;
  /** Dotted path, such as `items[0].parameters.width`; its last part is the field's name in spec/. */
  readonly field: string;
  /** The value as text: a number, a quoted string, hexadecimal bytes, or a registered name beside its number. */
  readonly value: string;
  /** Depth of nesting, 0 at the top. */
  readonly level: number;
}

/** Receives every field in the order of the file. */
export type FieldSink = (field: MappedField) => void;

/** What `ByteReader` throws: for a rule that is broken, and for bytes that end too early. */
export interface ReaderErrors {
  readonly invalid: LlmcErrorCode;
  readonly end: LlmcErrorCode;
}

/** A fixed structure: its size, and how its bytes become an object (declared in structures.ts). */
export interface FixedStructure<T> {
  readonly size: number;
  /** Names and sizes of its fields in order. */
  readonly fields: readonly (readonly [name: keyof T & string, size: number])[];
  parse(bytes: Uint8Array): T;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const BYTE_ORDER_MARK = 0xfeff;

/** A forward reader of fields, bounded by the bytes given to it. */
export class ByteReader {
  #position = 0;
  readonly #path: string[];

  /**
   * @param base Offset in the file of the first of `bytes`.
   * @param sink Receives every field that is read.
   */
  constructor(
    private readonly data: Uint8Array,
    private readonly base: number,
    private readonly errors: ReaderErrors,
    private readonly sink?: FieldSink,
    path: readonly string[] = [],
  ) {
    this.#path = [...path];
  }

  /** Offset in the file of the next byte. */
  get offset(): number {
    return this.base + this.#position;
  }

  /** Bytes not yet read. */
  get remaining(): number {
    return this.data.length - this.#position;
  }

  /** An error of this reader's code at an offset, by default that of the next byte. */
  invalid(message: string, offset = this.offset): LlmcError {
    return new LlmcError(this.errors.invalid, message, { offset });
  }

  /** Runs `read`, whose fields are those of entry `index` of a table. */
  group<T>(table: string, index: number, read: () => T): T {
    if (!this.sink) return read();
    this.#path.push(`${table}[${index}]`);
    const result = read();
    this.#path.pop();
    return result;
  }

  /** A `u8`. */
  u8(field: string, describe?: (value: number) => string): number {
    const start = this.take(1, field);
    const value = this.data[start];
    this.reportNumber(field, start, value, describe);
    return value;
  }

  /** A `varint`: at most 2^53 - 1 and in its shortest form. */
  varint(field: string, describe?: (value: number) => string): number {
    const start = this.#position;
    let value = 0;
    let scale = 1;
    for (let i = 0; ; i++) {
      const byte = this.data[this.take(1, field)];
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (value > Number.MAX_SAFE_INTEGER || i > 7) {
        throw this.invalid(`${field}: a varint beyond 2^53 - 1`, this.base + start);
      }
      if (byte < 0x80) {
        if (byte === 0 && i > 0) {
          throw this.invalid(`${field}: a varint longer than needed`, this.base + start);
        }
        break;
      }
    }
    this.reportNumber(field, start, value, describe);
    return value;
  }

  /** A view of the next `length` bytes. */
  bytes(field: string, length: number, describe?: (value: Uint8Array) => string): Uint8Array {
    const start = this.take(length, field);
    const value = this.data.subarray(start, start + length);
    if (this.sink && length > 0) this.report(field, start, length, (describe ?? formatBytes)(value));
    return value;
  }

  /** A `string`. */
  string(field: string): string {
    const start = this.#position;
    const length = this.varint(`${field}.length`);
    const bytes = this.data.subarray(this.take(length, field), this.#position);
    const value = this.decode(field, bytes, this.base + start);
    if (this.sink && length > 0) this.report(field, this.#position - length, length, JSON.stringify(value));
    return value;
  }

  /** Named numbers and bytes at fixed places. */
  structure<T>(structure: FixedStructure<T>): T {
    let start = this.take(structure.size, structure.fields[0][0]);
    const value = structure.parse(this.data.subarray(start, start + structure.size));
    if (this.sink) {
      for (const [name, size] of structure.fields) {
        this.report(name, start, size, formatFixed(value[name], size));
        start += size;
      }
    }
    return value;
  }

  /** A reader of the next `length` bytes, which this one skips. */
  nested(field: string, length: number): ByteReader {
    const offset = this.offset;
    const start = this.take(length, field);
    return new ByteReader(this.data.subarray(start, start + length), offset, this.errors, this.sink, [
      ...this.#path,
      field,
    ]);
  }

  /**
   * The count of a table whose entries take at least `entryBytes` each.
   *
   * @throws LlmcError `limit` above the limit; this reader's code where the bytes that remain cannot hold it.
   */
  count(field: string, entryBytes: number, limit: number): number {
    const offset = this.offset;
    const count = this.varint(field);
    if (count > limit) throw new LlmcError('limit', `${field} is ${count}, more than ${limit}`, { offset });
    if (count * entryBytes > this.remaining) {
      throw this.invalid(`${field} is ${count}, more than the ${this.remaining} bytes left can hold`, offset);
    }
    return count;
  }

  /** Bytes left over are an error. */
  end(what: string): void {
    if (this.remaining > 0) throw this.invalid(`${this.remaining} bytes left over after ${what}`);
  }

  private take(length: number, field: string): number {
    if (length > this.remaining) {
      throw new LlmcError(
        this.errors.end,
        `${field} needs ${length} bytes at offset ${this.offset}, and ${this.remaining} are left`,
        { offset: this.errors.end === 'truncated' ? this.base + this.data.length : this.offset },
      );
    }
    const start = this.#position;
    this.#position += length;
    return start;
  }

  private decode(field: string, bytes: Uint8Array, offset: number): string {
    let value: string;
    try {
      value = UTF8.decode(bytes);
    } catch {
      throw this.invalid(`${field} is not well-formed UTF-8`, offset);
    }
    if (value.charCodeAt(0) === BYTE_ORDER_MARK) {
      throw this.invalid(`${field} begins with a byte-order mark`, offset);
    }
    return value;
  }

  private reportNumber(
    field: string,
    start: number,
    value: number,
    describe: ((value: number) => string) | undefined,
  ): void {
    if (!this.sink) return;
    const text = describe ? `${value} (${describe(value)})` : String(value);
    this.report(field, start, this.#position - start, text);
  }

  private report(field: string, start: number, length: number, value: string): void {
    this.sink?.({
      offset: this.base + start,
      length,
      field: [...this.#path, field].join('.'),
      value,
      level: this.#path.length,
    });
  }
}

/** All of them, one after the other. */
export function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Whether two arrays hold the same bytes. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Bytes as lower-case hexadecimal digits. */
export function formatHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}

const SHOWN_BYTES = 32;

function formatBytes(bytes: Uint8Array): string {
  const shown = formatHex(bytes.subarray(0, SHOWN_BYTES));
  return bytes.length > SHOWN_BYTES ? `${shown}...` : shown;
}

/** Numbers of 4 bytes are CRCs, which people compare in hexadecimal. */
function formatFixed(value: unknown, size: number): string {
  if (value instanceof Uint8Array) return formatHex(value);
  if (typeof value === 'string') return JSON.stringify(value);
  return size === 4 ? Number(value).toString(16).padStart(8, '0') : String(value);
}

/** A growing buffer of fields. */
export class ByteWriter {
  #bytes = new Uint8Array(256);
  #length = 0;
  readonly #encoder = new TextEncoder();

  /** Bytes written. */
  get length(): number {
    return this.#length;
  }

  /** Writes a `u8`. */
  u8(value: number): void {
    this.reserve(1)[0] = value;
  }

  /** Writes a `u16`. */
  u16(value: number): void {
    const bytes = this.reserve(2);
    bytes[0] = value;
    bytes[1] = value >>> 8;
  }

  /** Writes a `u32`. */
  u32(value: number): void {
    const bytes = this.reserve(4);
    for (let i = 0; i < 4; i++) bytes[i] = value >>> (8 * i);
  }

  /**
   * Writes a `varint`.
   *
   * @throws LlmcError `argument` where the value is not an integer of 0 to 2^53 - 1.
   */
  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) {
      throw new LlmcError('argument', `${value} is not an integer of 0 to 2^53 - 1`);
    }
    let rest = value;
    while (rest > 0x7f) {
      this.u8((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.u8(rest);
  }

  /** Writes bytes as they are. */
  bytes(bytes: Uint8Array): void {
    this.reserve(bytes.length).set(bytes);
  }

  /** Writes a `string`; a lone surrogate becomes U+FFFD. */
  string(value: string): void {
    this.block(this.#encoder.encode(value));
  }

  /** Writes a `varint` length, then the bytes. */
  block(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.bytes(bytes);
  }

  /** The bytes written so far, as a view that the next write may detach. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  private reserve(length: number): Uint8Array {
    const end = this.#length + length;
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      grown.set(this.finish());
      this.#bytes = grown;
    }
    const place = this.#bytes.subarray(this.#length, end);
    this.#length = end;
    return place;
  }
}
