/**
 * The range coder (spec/range-coder.md): turns decisions and their probabilities into bytes and back, exactly.
 * The range stays below 2^31, so that a decoder never leaves the integers that JavaScript engines handle
 * without boxing; every subdivision is exact, so that nothing is lost to truncation.
 */

import { LlmcError } from '../container/errors.js';

/** Probabilities and cumulative frequencies are in units of 2^-16. */
export const PROBABILITY_BITS = 16;

const INITIAL_RANGE = 0x7fffffff;
const MINIMUM_RANGE = 0x800000;
/** Bytes that end a payload; those of them that are zero and last are left out. */
const FINAL_BYTES = 4;

/** floor(range * frequency / 2^16) for range < 2^31 and frequency in 0..65536, in 32-bit integers. */
function scale(range: number, frequency: number): number {
  return (Math.imul(range >>> 16, frequency) + (Math.imul(range & 0xffff, frequency) >>> 16)) | 0;
}

/**
 * The last bytes of a payload: the multiple of the highest power of 256 that lies in [low, low + range).
 * `low` is an unsigned integer of 32 bits; the result may exceed 2^32 by a carry.
 */
function finalValue(low: number, range: number): number {
  for (let step = 2 ** 32; ; step /= 256) {
    const value = Math.ceil(low / step) * step;
    if (value - low < range) return value;
  }
}

/** Encodes decisions into a payload. */
export class RangeEncoder {
  private buffer: Uint8Array;
  private length = 0;
  /** The lower end of the interval, modulo 2^32, as a signed integer. */
  private low = 0;
  private range = INITIAL_RANGE;

  /** @param capacity bytes to set aside at first; the buffer grows as needed. */
  constructor(capacity = 1 << 16) {
    this.buffer = new Uint8Array(Math.max(capacity, 16));
  }

  /** Encodes a decision whose probability of being 1 is `probability` / 2^16, in 1..65535. */
  encodeBit(bit: number, probability: number): void {
    const range = this.range;
    const bound =
      (Math.imul(range >>> 16, probability) + (Math.imul(range & 0xffff, probability) >>> 16)) | 0;
    if (bit !== 0) {
      this.range = bound;
    } else {
      this.range = range - bound;
      this.advance(bound);
    }
    if (this.range < MINIMUM_RANGE) this.normalize();
  }

  /**
   * Encodes a symbol that takes the frequencies `start` to `end` - 1 of 0..65535; `start` < `end`.
   */
  encodeSymbol(start: number, end: number): void {
    const lower = scale(this.range, start);
    this.range = scale(this.range, end) - lower;
    this.advance(lower);
    if (this.range < MINIMUM_RANGE) this.normalize();
  }

  /** Encodes an integer of `count` bits, 1-16, all values being equally likely. */
  encodeRawBits(value: number, count: number): void {
    this.encodeSymbol(value << (16 - count), (value + 1) << (16 - count));
  }

  /** The bytes from `from` on that nothing encoded later can change: all before the last one that is not 255. */
  settledBytes(from: number): Uint8Array {
    let end = this.length - 1;
    while (end > from && this.buffer[end] === 0xff) end--;
    return this.buffer.slice(from, Math.max(from, end));
  }

  /** Ends the payload and returns it. The encoder cannot be used any more. */
  finish(): Uint8Array {
    const low = this.low >>> 0;
    const value = finalValue(low, this.range);
    if (value >= 2 ** 32) this.carry();
    this.low = value | 0;
    for (let i = 0; i < FINAL_BYTES; i++) this.shiftByte();
    let length = this.length;
    while (length > this.length - FINAL_BYTES && this.buffer[length - 1] === 0) length--;
    return this.buffer.slice(0, length);
  }

  private advance(amount: number): void {
    const low = this.low;
    const sum = (low + amount) | 0;
    this.low = sum;
    if ((sum ^ 0x80000000) < (low ^ 0x80000000)) this.carry();
  }

  /** Adds one to the bytes already written. */
  private carry(): void {
    let at = this.length - 1;
    while (this.buffer[at] === 0xff) this.buffer[at--] = 0;
    this.buffer[at]++;
  }

  private normalize(): void {
    do {
      this.shiftByte();
      this.range <<= 8;
    } while (this.range < MINIMUM_RANGE);
  }

  private shiftByte(): void {
    if (this.length === this.buffer.length) {
      const larger = new Uint8Array(this.buffer.length * 2);
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer[this.length++] = this.low >>> 24;
    this.low <<= 8;
  }
}

/**
 * Decodes a payload, given the same probabilities in the same order as the encoder. Every method throws LlmcError
 * `chunk-corrupt` where more is decoded than the payload holds.
 */
export class RangeDecoder {
  private payload: Uint8Array;
  private position = 0;
  private range = INITIAL_RANGE;
  /** What the payload's number lies above the lower end of the interval; always in 0..range - 1. */
  private code = 0;
  /** The four bytes last read. */
  private window = 0;

  /**
   * @param more Where the payload is still being written: waits until it has a byte at a position, or has ended, and
   *   returns what there is of it.
   * @throws LlmcError `chunk-corrupt` if no encoder writes a payload that begins so.
   */
  constructor(
    payload: Uint8Array,
    private readonly more?: (position: number) => Uint8Array,
  ) {
    this.payload = payload;
    for (let i = 0; i < FINAL_BYTES; i++) this.code = (this.code << 8) | this.nextByte();
    if (this.code < 0 || this.code >= INITIAL_RANGE) throw corrupt('the payload begins out of range');
  }

  /** Decodes a decision whose probability of being 1 is `probability` / 2^16, in 1..65535. */
  decodeBit(probability: number): number {
    const range = this.range;
    const code = this.code;
    const bound =
      (Math.imul(range >>> 16, probability) + (Math.imul(range & 0xffff, probability) >>> 16)) | 0;
    if (code < bound) {
      this.range = bound;
      if (bound < MINIMUM_RANGE) this.normalize();
      return 1;
    }
    this.code = code - bound;
    this.range = range - bound;
    if (range - bound < MINIMUM_RANGE) this.normalize();
    return 0;
  }

  /**
   * The frequency, 0..65535, that the next symbol's interval of frequencies contains. Does not advance: call
   * `decodeSymbol` with that interval next.
   */
  peekFrequency(): number {
    // Exact: dividend below 2^47 and divisor below 2^31 keep the quotient's rounding error below the distance
    // to the next integer.
    return Math.floor((this.code * 65536 + 65535) / this.range);
  }

  /** Takes the symbol that has the frequencies `start` to `end` - 1. */
  decodeSymbol(start: number, end: number): void {
    const lower = scale(this.range, start);
    this.range = scale(this.range, end) - lower;
    this.code -= lower;
    if (this.range < MINIMUM_RANGE) this.normalize();
  }

  /** Decodes an integer of `count` bits, 1-16. */
  decodeRawBits(count: number): number {
    const value = this.peekFrequency() >>> (16 - count);
    this.decodeSymbol(value << (16 - count), (value + 1) << (16 - count));
    return value;
  }

  /**
   * Checks that the payload is, to the byte, what an encoder writes for the decisions decoded.
   * @throws LlmcError `chunk-corrupt` if it is not.
   */
  finish(): void {
    if (this.more) this.payload = this.more(Number.POSITIVE_INFINITY);
    const { payload } = this;
    const low = (this.window - this.code) >>> 0;
    if (
      payload.length > this.position ||
      payload.length < this.position - FINAL_BYTES ||
      (payload.length > this.position - FINAL_BYTES && payload[payload.length - 1] === 0) ||
      (finalValue(low, this.range) | 0) !== this.window
    ) {
      throw corrupt('the payload is longer than its tokens need, or damaged');
    }
  }

  private normalize(): void {
    do {
      this.code = (this.code << 8) | this.nextByte();
      this.range <<= 8;
    } while (this.range < MINIMUM_RANGE);
  }

  /** The next byte; the first few past the end of the payload are zeros that were left out. */
  private nextByte(): number {
    let byte = 0;
    if (this.more && this.position >= this.payload.length) this.payload = this.more(this.position);
    if (this.position < this.payload.length) byte = this.payload[this.position];
    else if (this.position >= this.payload.length + FINAL_BYTES) throw corrupt('it ends too early');
    this.position++;
    this.window = (this.window << 8) | byte;
    return byte;
  }
}

function corrupt(reason: string): LlmcError {
  return new LlmcError('chunk-corrupt', `The chunk's payload does not decode: ${reason}.`);
}
