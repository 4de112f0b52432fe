/** Codes symbols of sets of any size by their logits (spec/exact-profile.md, "Frequencies", "Large vocabularies"). */

import { SymbolFrequencies } from './frequencies.js';
import { RangeDecoder, RangeEncoder } from './range-coder.js';

/** Most symbols of a set. */
export const SET_LIMIT = 2 ** 21;

/** Most symbols that are coded in one step, and the symbols of a group where there are more, or many more. */
const ONE_STEP = 256;
const GROUP = 128;
const TWO_STEPS = 16384;

/** Codes in either direction: an encoder takes the symbols, a decoder ignores them; both return them. */
export class SetCoder {
  private readonly encoder: RangeEncoder | undefined;
  private readonly decoder: RangeDecoder | undefined;
  private readonly frequencies = new SymbolFrequencies(ONE_STEP);

  /**
   * @param payload What to decode; none to encode.
   * @throws LlmcError `chunk-corrupt`.
   */
  constructor(payload?: Uint8Array) {
    if (payload) this.decoder = new RangeDecoder(payload);
    else this.encoder = new RangeEncoder();
  }

  /** Codes one of `count` symbols, 1 to 2^21, with the first `count` logits: integers in -2047..2047. */
  code(logits: Int16Array, count: number, symbol: number): number {
    const { frequencies } = this;
    let first = 0;
    let size = count;
    while (size > 1) {
      const width = size <= ONE_STEP ? 1 : size <= TWO_STEPS ? GROUP : TWO_STEPS;
      frequencies.load(logits, first, size, width);
      const before = width * this.codeLoaded(Math.floor((symbol - first) / width));
      first += before;
      size = Math.min(width, size - before);
    }
    return first;
  }

  /** Codes an integer of `bits` bits, 1 to 16, all values being equally likely. */
  codeRaw(value: number, bits: number): number {
    if (this.decoder) return this.decoder.decodeRawBits(bits);
    this.encoder?.encodeRawBits(value, bits);
    return value;
  }

  /**
   * Ends the payload and returns it; of a decoder, checks that it has read the payload to its end.
   *
   * @throws LlmcError `chunk-corrupt`.
   */
  finish(): Uint8Array {
    this.decoder?.finish();
    return this.encoder?.finish() ?? new Uint8Array(0);
  }

  private codeLoaded(symbol: number): number {
    const { frequencies, encoder, decoder } = this;
    if (decoder) {
      const found = frequencies.find(decoder.peekFrequency());
      decoder.decodeSymbol(frequencies.start(found), frequencies.start(found + 1));
      return found;
    }
    encoder?.encodeSymbol(frequencies.start(symbol), frequencies.start(symbol + 1));
    return symbol;
  }
}
