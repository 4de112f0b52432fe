/** The bytes that an entropy encoder makes, before 0x00 is stuffed after 0xFF. */

/** Blocks that may be coded between two calls of `takeBytes`. */
export const BLOCKS_PER_RUN = 4096;

/** Most bytes that one block can take: 64 codes of 16 bits with 16 value bits, or as many ZRL codes. */
const MAX_BLOCK_BYTES = 256;

/** Correction bits of a pending EOB run, and 0xF0 codes that a record adds to a block, come on top. */
const SLACK = 4096;

/**
 * A buffer of whole bytes and of up to 15 bits that do not make one yet. Encoders keep its fields in locals
 * while they run. It is emptied at least every `BLOCKS_PER_RUN` blocks, so that they need not check for room.
 */
export class BitBuffer {
  readonly bytes = new Uint8Array(BLOCKS_PER_RUN * MAX_BLOCK_BYTES + SLACK);
  length = 0;
  /** The low `count` bits are those not yet in `bytes`. */
  accumulator = 0;
  count = 0;

  /** Appends up to 16 bits. */
  put(bits: number, size: number): void {
    this.accumulator = (this.accumulator << size) | bits;
    this.count += size;
    if (this.count >= 16) {
      this.count -= 16;
      this.bytes[this.length++] = this.accumulator >>> (this.count + 8);
      this.bytes[this.length++] = this.accumulator >>> this.count;
    }
  }

  /** The whole bytes so far, valid until the next `put`; they leave the buffer, fewer than 8 bits stay. */
  takeBytes(): Uint8Array {
    if (this.count >= 8) {
      this.count -= 8;
      this.bytes[this.length++] = this.accumulator >>> this.count;
    }
    const taken = this.bytes.subarray(0, this.length);
    this.length = 0;
    return taken;
  }

  /** Discards everything. */
  clear(): void {
    this.length = 0;
    this.count = 0;
  }
}
