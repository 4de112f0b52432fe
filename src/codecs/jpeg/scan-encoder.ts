/** What the entropy encoders of all kinds of scan share. */

import type { BitBuffer } from './bit-buffer.js';
import { buildHuffmanTable, type HuffmanTable } from './huffman-table.js';
import type { Scan } from './scan.js';

/** Where an encoder departs from what libjpeg writes; block ordinals count the scan's blocks in coding order. */
export interface ScanDepartures {
  /** Ordinals, ascending, of blocks before which a pending EOB run is ended (progressive AC scans). */
  readonly runEnds: readonly number[];
  /** Ordinals, ascending, of blocks with superfluous ZRL codes (0xF0) before their end of block. */
  readonly zeroRunBlocks: readonly number[];
  /** Number of those codes, one entry a block of `zeroRunBlocks`. */
  readonly zeroRunCounts: readonly number[];
}

/** Turns coefficients into the bits of one scan. */
export interface ScanEncoder {
  /** What was encoded; the caller takes the bytes out. */
  readonly bits: BitBuffer;
  /** How often each symbol of each table (`class << 4 | identifier`) was coded. */
  readonly frequencies: ReadonlyMap<number, Uint32Array>;
  readonly blocksPerUnit: number;
  /** Starts a restart interval, or resumes, at a unit: predictions and runs are reset, `bits` is cleared. */
  restart(unit: number): void;
  /**
   * Encodes units `from` (inclusive) to `to` (exclusive), which hold at most `BLOCKS_PER_RUN` blocks. Returns the unit that it
   * stopped at: less than `to` if a symbol has no code in its table.
   */
  encode(from: number, to: number): number;
  /** Ends a pending EOB run; false if it has no code. */
  finish(): boolean;
}

/** Index of the first entry that is not less than `value`. */
export function lowerBound(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Number of bits of a magnitude (F.1.2.1), without a branch on the sign, which nothing predicts. */
export function bitSize(value: number): number {
  const sign = value >> 31;
  return 32 - Math.clz32((value ^ sign) - sign);
}

const NO_CODES = new Int32Array(256);

/** The codes of a table as `code << 5 | length` by symbol; none where there is no table. */
export function codesOf(table: HuffmanTable | undefined): Int32Array {
  return table === undefined ? NO_CODES : table.codes;
}

/** Counters for the tables of one class that a scan selects, and the counter of each scan component. */
export function countersOf(
  scan: Scan,
  tableClass: 'dc' | 'ac',
  frequencies: Map<number, Uint32Array>,
): Uint32Array[] {
  return scan.header.components.map((component) => {
    const slot = tableClass === 'dc' ? component.dc : 0x10 | component.ac;
    let counter = frequencies.get(slot);
    if (counter === undefined) {
      counter = new Uint32Array(256);
      frequencies.set(slot, counter);
    }
    return counter;
  });
}

/** A table in which every symbol has a code of 8 or 9 bits: for counting symbols before their codes are known. */
export const COUNTING_TABLE = buildHuffmanTable(
  Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 255, 1, 0, 0, 0, 0, 0, 0, 0),
  Uint8Array.from({ length: 256 }, (_, symbol) => symbol),
) as HuffmanTable;
