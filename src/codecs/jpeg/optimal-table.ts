/** The Huffman table that is optimal for given symbol counts, as ISO/IEC 10918-1, K.2, and libjpeg make it. */

import { buildHuffmanTable, type HuffmanTable } from './huffman-table.js';

/** Longest code that figure K.1 may give before it is cut to 16 bits; libjpeg refuses longer ones. */
const MAX_CODE_SIZE = 32;

/**
 * Derives BITS and HUFFVAL from the frequencies of the 256 symbols (spec/jpeg.md, "Derived tables"). Undefined if no symbol
 * occurs, or if a code would exceed 32 bits before its length is limited.
 */
export function optimalTable(frequencies: Uint32Array): HuffmanTable | undefined {
  const size = codeSizes(frequencies);
  if (size === undefined) return undefined;
  const bits = new Int32Array(MAX_CODE_SIZE + 1);
  for (let symbol = 0; symbol <= 256; symbol++) {
    if (size[symbol] > MAX_CODE_SIZE) return undefined;
    if (size[symbol] > 0) bits[size[symbol]]++;
  }
  limitTo16(bits);
  const symbols: number[] = [];
  for (let length = 1; length <= MAX_CODE_SIZE; length++) {
    for (let symbol = 0; symbol < 256; symbol++) if (size[symbol] === length) symbols.push(symbol);
  }
  return buildHuffmanTable(Uint8Array.from(bits.subarray(1, 17)), Uint8Array.from(symbols));
}

/** Figure K.1: the code length of each symbol, and of symbol 256, which keeps the code of all ones free. */
function codeSizes(frequencies: Uint32Array): Int32Array | undefined {
  const size = new Int32Array(257);
  const next = new Int32Array(257).fill(-1);
  const weight = new Float64Array(257);
  // Symbols whose weight is not 0, ascending: of equal weights the search keeps the largest symbol.
  const alive: number[] = [];
  for (let symbol = 0; symbol < 256; symbol++) {
    weight[symbol] = frequencies[symbol];
    if (weight[symbol] > 0) alive.push(symbol);
  }
  if (alive.length === 0) return undefined;
  weight[256] = 1;
  alive.push(256);
  while (alive.length > 1) {
    const first = takeLightest(alive, weight);
    const second = takeLightest(alive, weight);
    weight[first] += weight[second];
    let place = alive.length;
    while (place > 0 && alive[place - 1] > first) place--;
    alive.splice(place, 0, first);
    let tail = first;
    for (size[tail]++; next[tail] >= 0; size[tail]++) tail = next[tail];
    next[tail] = second;
    for (tail = second; tail >= 0; tail = next[tail]) size[tail]++;
  }
  return size;
}

function takeLightest(alive: number[], weight: Float64Array): number {
  let best = 0;
  for (let i = 1; i < alive.length; i++) if (weight[alive[i]] <= weight[alive[best]]) best = i;
  return alive.splice(best, 1)[0];
}

/** Figures K.3 and K.4: shortens codes of more than 16 bits, then removes the code of symbol 256. */
function limitTo16(bits: Int32Array): void {
  for (let length = MAX_CODE_SIZE; length > 16; length--) {
    while (bits[length] > 0) {
      let shorter = length - 2;
      while (bits[shorter] === 0) shorter--;
      bits[length] -= 2;
      bits[length - 1]++;
      bits[shorter + 1] += 2;
      bits[shorter]--;
    }
  }
  let longest = 16;
  while (bits[longest] === 0) longest--;
  bits[longest]--;
}
