/** Reads bits and Huffman codes from unstuffed bytes. */

import { decodeLongCode, type HuffmanDecoder, LOOKUP_BITS, LOOKUP_MASK } from './huffman-table.js';
import type { IntervalBytes } from './scan-decoder.js';

/** Reads an interval's bits; what lies beyond its end is read too, and `overrun` tells. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #position: number;
  /** The low `#count` bits are read from the bytes and not yet consumed. */
  #buffer = 0;
  #count = 0;

  constructor({ bytes, start, end }: IntervalBytes) {
    this.#bytes = bytes;
    this.#position = start;
    this.#end = end;
  }

  /** Whether more bits were consumed than the interval has. */
  get overrun(): boolean {
    return this.#position * 8 - this.#count > this.#end * 8;
  }

  /** The next `size` bits, 1 to 16, as an unsigned number. */
  bits(size: number): number {
    if (this.#count < size) this.#refill();
    this.#count -= size;
    return (this.#buffer >>> this.#count) & ((1 << size) - 1);
  }

  /**
   * The next code as a `HuffmanDecoder` entry: `value << 16 | run << 8 | ...` with the value bits consumed too, or
   * `symbol << 8 | ...` with value 0 and its value bits still to come; 0 if the bits begin with no code.
   */
  entry(decoder: HuffmanDecoder): number {
    if (this.#count < 16) this.#refill();
    let entry = decoder.lookup[(this.#buffer >>> (this.#count - LOOKUP_BITS)) & LOOKUP_MASK];
    if (entry === 0) entry = decodeLongCode(decoder, (this.#buffer >>> (this.#count - 16)) & 0xffff);
    this.#count -= entry & 0xff;
    return entry;
  }

  /** The value of `size` bits, 0 to 15, extended as F.2.2.1 has it. */
  value(size: number): number {
    if (size === 0) return 0;
    const bits = this.bits(size);
    return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
  }

  #refill(): void {
    const bytes = this.#bytes;
    this.#buffer = (this.#buffer << 16) | (bytes[this.#position] << 8) | bytes[this.#position + 1];
    this.#position += 2;
    this.#count += 16;
  }
}
