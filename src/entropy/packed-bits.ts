/** Integers as bits without gaps, least significant bit first. */

/** Bits that an index below `size` takes: 0 to 32. */
export function bitsOfIndex(size: number): number {
  return 32 - Math.clz32(size - 1);
}

/** Packs integers of 0 to 32 bits. */
export class BitWriter {
  #bytes = new Uint8Array(256);
  #length = 0;
  /** Bits of the last byte that are not complete yet, and how many. */
  #pending = 0;
  #count = 0;

  write(value: number, bits: number): void {
    if (this.#length + 8 > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length);
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    // At most 39 bits: more than an int32 holds, and exact in binary64.
    this.#pending += value * 2 ** this.#count;
    this.#count += bits;
    while (this.#count >= 8) {
      this.#bytes[this.#length++] = this.#pending % 256;
      this.#pending = Math.floor(this.#pending / 256);
      this.#count -= 8;
    }
  }

  /** All bytes, the last one padded with zeros. */
  finish(): Uint8Array {
    const bytes = this.#bytes.slice(0, this.#length + (this.#count > 0 ? 1 : 0));
    if (this.#count > 0) bytes[this.#length] = this.#pending;
    return bytes;
  }
}

/** Reads what `BitWriter` wrote; past the end all bits are zero. */
export class BitReader {
  #position = 0;
  #pending = 0;
  #count = 0;

  constructor(private readonly bytes: Uint8Array) {}

  read(bits: number): number {
    while (this.#count < bits) {
      const byte = this.#position < this.bytes.length ? this.bytes[this.#position] : 0;
      this.#position++;
      this.#pending += byte * 2 ** this.#count;
      this.#count += 8;
    }
    const value = this.#pending % 2 ** bits;
    this.#pending = Math.floor(this.#pending / 2 ** bits);
    this.#count -= bits;
    return value;
  }

  /** Whether exactly all bytes were read, and what is left of the last one is zero. */
  atZeroPadding(): boolean {
    return this.#position === this.bytes.length && this.#pending === 0;
  }
}
