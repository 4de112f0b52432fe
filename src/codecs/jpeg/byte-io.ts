/** Reads and writes bytes and varints (spec/conventions.md). */

import { LlmcError } from '../../container/errors.js';

/** Collects the bytes of side data: bytes, varints and runs of bytes, in order. */
export class ByteWriter {
  #bytes: Uint8Array = new Uint8Array(256);
  #length = 0;

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** A varint of at most 53 bits. */
  varint(value: number): void {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.byte((rest % 128) + 128);
    this.byte(rest);
  }

  bytes(values: Uint8Array): void {
    this.#reserve(values.length);
    this.#bytes.set(values, this.#length);
    this.#length += values.length;
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + more));
    grown.set(this.finish());
    this.#bytes = grown;
  }
}

/** Reads from the start of an array; all methods throw `section-invalid` where it ends too early. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  byte(): number {
    if (this.remaining === 0) throw new LlmcError('section-invalid', 'JPEG side data ends too early');
    return this.#bytes[this.#position++];
  }

  /** A varint in its shortest form, at most 2^53 - 1. */
  varint(): number {
    let value = 0;
    let weight = 1;
    for (let i = 0; i < 8; i++, weight *= 128) {
      const byte = this.byte();
      value += (byte & 127) * weight;
      if (byte < 128) {
        if ((byte === 0 && i > 0) || value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
    }
    throw new LlmcError('section-invalid', 'JPEG side data: malformed varint');
  }

  /** A varint that counts entries of at least `bytesEach` bytes, all of which must still be there. */
  count(bytesEach: number): number {
    const count = this.varint();
    if (count * bytesEach > this.remaining)
      throw new LlmcError('section-invalid', 'JPEG side data: count too large');
    return count;
  }

  bytes(length: number): Uint8Array {
    if (length > this.remaining) throw new LlmcError('section-invalid', 'JPEG side data ends too early');
    this.#position += length;
    return this.#bytes.subarray(this.#position - length, this.#position);
  }
}
