/** Reads bits and Huffman codes from unstuffed bytes. */

import { decodeLongCode, type HuffmanDecoder, LOOKUP_BITS } from './huffman-table.js';
import type { IntervalBytes } from './scan-decoder.js';

/** Reads an interval's bits; what lies beyond its end is read too, and `overrun` tells. */
export class BitReader {
  readonly #view: DataView;
  readonly #end: number;
  /** The byte that holds the next bit, and the number of its bits that are consumed. */
  #position: number;
  #bit = 0;

  constructor({ view, start, end }: IntervalBytes) {
    this.#view = view;
    this.#position = start;
    this.#end = end;
  }

  /** Whether more bits were consumed than the interval has. */
  get overrun(): boolean {
    return this.#position > this.#end || (this.#position === this.#end && this.#bit > 0);
  }

  /** The next `size` bits, 1 to 16, as an unsigned number. */
  bits(size: number): number {
    const bits = (this.#view.getInt32(this.#position) << this.#bit) >>> (32 - size);
    this.#consume(size);
    return bits;
  }

  /**
   * The next code as a `HuffmanDecoder` entry: `value << 16 | run << 8 | ...` with the value bits consumed too, or
   * `symbol << 8 | ...` with value 0 and its value bits still to come; 0 if the bits begin with no code.
   */
  entry(decoder: HuffmanDecoder): number {
    const next = this.#view.getInt32(this.#position) << this.#bit;
    let entry = decoder.lookup[next >>> (32 - LOOKUP_BITS)];
    if (entry === 0) entry = decodeLongCode(decoder, next >>> 16);
    this.#consume(entry & 0xff);
    return entry;
  }

  /** The value of `size` bits, 0 to 15, extended as F.2.2.1 has it. */
  value(size: number): number {
    if (size === 0) return 0;
    const bits = this.bits(size);
    return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
  }

  #consume(size: number): void {
    const bit = this.#bit + size;
    this.#position += bit >> 3;
    this.#bit = bit & 7;
  }
}
