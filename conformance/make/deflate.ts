/** DEFLATE streams of chosen shapes (RFC 1951), for decoders whose inflating is their own. */

/** A copy of `length` bytes, 3 to 10 or 258, from `distance` bytes before. */
export interface Match {
  readonly length: number;
  readonly distance: number;
}

/** Writes a stream block by block. */
export class DeflateWriter {
  private readonly bytes: number[] = [];
  private used = 8;

  /** A stored block (3.2.4). */
  stored(content: Uint8Array, last: boolean): this {
    this.bits(last ? 1 : 0, 3);
    const { length } = content;
    this.bytes.push(length & 255, length >> 8, ~length & 255, (~length >> 8) & 255, ...content);
    this.used = 8;
    return this;
  }

  /** A block of fixed codes (3.2.6). */
  fixed(content: readonly (number | Match)[], last: boolean): this {
    this.bits(last ? 3 : 2, 3);
    for (const entry of content) {
      if (typeof entry === 'number') this.literal(entry);
      else this.match(entry);
    }
    this.code(0, 7);
    return this;
  }

  /** The stream. */
  finish(): Uint8Array {
    return Uint8Array.from(this.bytes);
  }

  private literal(literal: number): void {
    if (literal < 144) this.code(0x30 + literal, 8);
    else this.code(0x190 + literal - 144, 9);
  }

  private match({ length, distance }: Match): void {
    if (length === 258) this.code(0xc5, 8);
    else this.code(length - 2, 7);
    const place = distance - 1;
    if (place < 4) {
      this.code(place, 5);
      return;
    }
    const octave = 31 - Math.clz32(place);
    this.code(2 * octave + ((place >> (octave - 1)) & 1), 5);
    this.bits(place & ((1 << (octave - 1)) - 1), octave - 1);
  }

  /** The `count` low bits of a value, least significant first. */
  private bits(value: number, count: number): void {
    for (let i = 0; i < count; i++) {
      if (this.used === 8) {
        this.bytes.push(0);
        this.used = 0;
      }
      this.bytes[this.bytes.length - 1] |= ((value >> i) & 1) << this.used++;
    }
  }

  /** A Huffman code of `count` bits, most significant first. */
  private code(value: number, count: number): void {
    for (let i = count - 1; i >= 0; i--) this.bits(value >> i, 1);
  }
}
