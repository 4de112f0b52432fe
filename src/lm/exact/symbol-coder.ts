/** Codes the symbols of a chunk with the probabilities that logits stand for (spec/exact-dct.md, "Symbols"). */

import { SymbolFrequencies } from '../../entropy/frequencies.js';
import { RangeDecoder, RangeEncoder } from '../../entropy/range-coder.js';
import { LAST_SYMBOLS, RANK_BASE, RANKS, RAW_BITS, rankOf, SYMBOLS } from './layout.js';

/** Codes in either direction: an encoder takes the values, a decoder ignores them; both return them. */
export class SymbolCoder {
  private readonly encoder: RangeEncoder | undefined;
  private readonly decoder: RangeDecoder | undefined;
  private readonly frequencies = new SymbolFrequencies(SYMBOLS);

  /**
   * @param payload What to decode; none to encode.
   * @throws LlmcError `chunk-corrupt`.
   */
  constructor(payload?: Uint8Array) {
    if (payload) this.decoder = new RangeDecoder(payload);
    else this.encoder = new RangeEncoder();
  }

  /** Of an encoder: the bytes from `from` on that nothing coded later can change. */
  settledBytes(from: number): Uint8Array {
    return this.encoder?.settledBytes(from) ?? new Uint8Array(0);
  }

  /** Of a decoder: the most bytes that it will have read after some more symbols of either kind. */
  bytesAfter(lasts: number, values: number): number {
    return (this.decoder?.position ?? 0) + 2 * lasts + 4 * values;
  }

  /** Of a decoder: goes on in a payload of which more has become known. */
  extend(payload: Uint8Array): void {
    this.decoder?.extend(payload);
  }

  /** Codes the position of a block's last non-zero AC coefficient, 0..63. */
  codeLast(logits: Int16Array, offset: number, last: number): number {
    return this.codeSymbol(logits, offset, LAST_SYMBOLS, last);
  }

  /** Codes a value in -65535..65535. */
  codeValue(logits: Int16Array, offset: number, value: number): number {
    const magnitude = value < 0 ? -value : value;
    const rank = rankOf(magnitude);
    const symbol = this.codeSymbol(logits, offset, SYMBOLS, value < 0 ? rank + RANKS - 1 : rank);
    const isNegative = symbol >= RANKS;
    const found = isNegative ? symbol - RANKS + 1 : symbol;
    const bits = RAW_BITS[found];
    let result = RANK_BASE[found];
    if (bits > 0) result += this.codeRaw(magnitude - result, bits);
    return isNegative ? -result : result;
  }

  /** Ends the payload and returns it; of a decoder, checks that it has read the payload to its end. */
  finish(): Uint8Array {
    this.decoder?.finish();
    return this.encoder?.finish() ?? new Uint8Array(0);
  }

  private codeSymbol(logits: Int16Array, offset: number, count: number, symbol: number): number {
    const { frequencies, encoder, decoder } = this;
    frequencies.load(logits, offset, count);
    if (encoder) {
      encoder.encodeSymbol(frequencies.start(symbol), frequencies.start(symbol + 1));
      return symbol;
    }
    if (!decoder) return 0;
    const found = frequencies.find(decoder.peekFrequency());
    decoder.decodeSymbol(frequencies.start(found), frequencies.start(found + 1));
    return found;
  }

  private codeRaw(value: number, bits: number): number {
    if (this.decoder) return this.decoder.decodeRawBits(bits);
    this.encoder?.encodeRawBits(value, bits);
    return value;
  }
}
