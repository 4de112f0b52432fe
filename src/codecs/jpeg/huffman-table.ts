/** Huffman tables of ISO/IEC 10918-1, C.2 and F.2.2.3, prepared for encoding and decoding. */

/** A Huffman table as DHT holds it, with the codes that follow from it. */
export interface HuffmanTable {
  /** Number of codes of each length 1 to 16 (BITS). */
  readonly counts: Uint8Array;
  /** Symbols in the order of their codes (HUFFVAL). */
  readonly symbols: Uint8Array;
  /** `code << 5 | length` of each of the 256 symbols, 0 where it has none. The first of equal symbols counts. */
  readonly codes: Int32Array;
}

/** Width in bits of the first look-up of a `HuffmanDecoder`. */
export const LOOKUP_BITS = 10;

/**
 * Decoding tables. An entry of `lookup`, by the next 10 bits, is one of
 * - `value << 16 | run << 8 | bits` (value not 0): a symbol run/size with its value bits, `bits` long in all;
 * - `symbol << 8 | bits`: a symbol whose value bits are none or did not fit;
 * - 0: the code is longer than 10 bits, or there is none.
 */
export interface HuffmanDecoder {
  readonly lookup: Int32Array;
  /** First value, left-aligned in 16 bits, above the codes of each length up to 16. */
  readonly limits: Int32Array;
  /** What to add to a code of each length for its place in `symbols`. */
  readonly offsets: Int32Array;
  readonly symbols: Uint8Array;
}

/** Builds a table from BITS (16 bytes) and HUFFVAL; undefined if the code lengths are over-subscribed. */
export function buildHuffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable | undefined {
  const codes = new Int32Array(256);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= 16; length++) {
    for (let i = 0; i < counts[length - 1]; i++, code++, place++) {
      if (codes[symbols[place]] === 0) codes[symbols[place]] = (code << 5) | length;
    }
    if (code > 1 << length) return undefined;
    code <<= 1;
  }
  return { counts, symbols, codes };
}

const decoders = new WeakMap<HuffmanTable, HuffmanDecoder>();

/** The decoding tables of a Huffman table, made once. */
export function decoderOf(table: HuffmanTable): HuffmanDecoder {
  let decoder = decoders.get(table);
  if (decoder === undefined) {
    decoder = buildDecoder(table);
    decoders.set(table, decoder);
  }
  return decoder;
}

function buildDecoder({ counts, symbols }: HuffmanTable): HuffmanDecoder {
  const lookup = new Int32Array(1 << LOOKUP_BITS);
  const limits = new Int32Array(17);
  const offsets = new Int32Array(17);
  let code = 0;
  let place = 0;
  for (let length = 1; length <= 16; length++) {
    offsets[length] = place - code;
    for (let i = 0; i < counts[length - 1]; i++, code++, place++) {
      if (length <= LOOKUP_BITS) fillLookup(lookup, code, length, symbols[place]);
    }
    limits[length] = code << (16 - length);
    code <<= 1;
  }
  return { lookup, limits, offsets, symbols };
}

function fillLookup(lookup: Int32Array, code: number, length: number, symbol: number): void {
  const spare = LOOKUP_BITS - length;
  const size = symbol & 15;
  for (let rest = 0; rest < 1 << spare; rest++) {
    let entry = (symbol << 8) | length;
    if (size > 0 && size <= spare) {
      const bits = rest >> (spare - size);
      const value = bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
      entry = (value << 16) | ((symbol >> 4) << 8) | (length + size);
    }
    lookup[(code << spare) | rest] = entry;
  }
}

/**
 * Decodes a code that the first look-up did not: `symbol << 8 | bits`, or 0 if the 16 bits given begin with no
 * code of the table.
 */
export function decodeLongCode(decoder: HuffmanDecoder, next16: number): number {
  const { limits, offsets, symbols } = decoder;
  for (let length = LOOKUP_BITS + 1; length <= 16; length++) {
    if (next16 < limits[length]) {
      const place = (next16 >> (16 - length)) + offsets[length];
      return (symbols[place] << 8) | length;
    }
  }
  return 0;
}
