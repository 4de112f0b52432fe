/** The bytes that an entropy encoder makes, before 0x00 is stuffed after 0xFF. */

/** Blocks that may be coded between two calls of `takeBytes`. */
export const BLOCKS_PER_RUN = 512;

/** Most bytes that one block can take: 64 codes of 16 bits with 16 value bits, or as many ZRL codes. */
const MAX_BLOCK_BYTES = 256;

/** Correction bits of a pending EOB run, and the word that is written beyond the last whole byte, come on top. */
const SLACK = 4096;

/**
 * A buffer of whole bytes and of fewer than 8 bits that do not make one yet. Encoders keep its fields in locals
 * while they run. It is emptied at least every `BLOCKS_PER_RUN` blocks, so that they need not check for room.
 */
export class BitBuffer {
  readonly bytes = new Uint8Array(BLOCKS_PER_RUN * MAX_BLOCK_BYTES + SLACK);
  readonly view = new DataView(this.bytes.buffer);
  length = 0;
  /** The upper `count` bits are those not yet in `bytes`; those below are 0. */
  accumulator = 0;
  count = 0;

  /** Appends up to 24 bits. */
  put(bits: number, size: number): void {
    const count = this.count + size;
    // A shift by 32 would do nothing: count is 0 only if there is nothing to append either.
    const accumulator = this.accumulator | (count === 0 ? 0 : bits << (32 - count));
    this.view.setInt32(this.length, accumulator);
    this.length += count >> 3;
    this.accumulator = accumulator << (count & 24);
    this.count = count & 7;
  }

  /** The bits that do not make a byte yet, as an unsigned number of `count` bits. */
  get rest(): number {
    return this.count === 0 ? 0 : this.accumulator >>> (32 - this.count);
  }

  /** The whole bytes so far, valid until the next `put`; they leave the buffer, fewer than 8 bits stay. */
  takeBytes(): Uint8Array {
    const taken = this.bytes.subarray(0, this.length);
    this.length = 0;
    return taken;
  }

  /** Discards everything. */
  clear(): void {
    this.length = 0;
    this.accumulator = 0;
    this.count = 0;
  }
}
