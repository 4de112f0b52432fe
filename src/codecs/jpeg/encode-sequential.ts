/** Entropy encoding of baseline and extended sequential scans (ISO/IEC 10918-1, F.1.2). */

import { NATURAL_FROM_ZIGZAG } from '../../container/quantization.js';
import type { BitBuffer } from './bit-buffer.js';
import type { EncodingContext } from './encoding-context.js';
import type { Scan } from './scan.js';
import {
  bitSize,
  codesOf,
  countersOf,
  lowerBound,
  type ScanDepartures,
  type ScanEncoder,
} from './scan-encoder.js';

/** Encodes the blocks of a sequential scan, baseline or extended (ITU-T T.81, F.1). */
export class SequentialEncoder implements ScanEncoder {
  readonly bits: BitBuffer;
  readonly blocksPerUnit: number;
  readonly frequencies = new Map<number, Uint32Array>();
  readonly #scan: Scan;
  readonly #departures: ScanDepartures;
  readonly #masks: Int32Array[];
  readonly #dcCodes: Int32Array[];
  readonly #acCodes: Int32Array[];
  readonly #dcCounts: Uint32Array[];
  readonly #acCounts: Uint32Array[];
  readonly #predictions = new Int32Array(4);
  #nextZeroRun = 0;

  constructor(scan: Scan, departures: ScanDepartures, context: EncodingContext) {
    this.bits = context.bits;
    this.#masks = scan.planes.map((plane) => context.masksOf(plane));
    this.blocksPerUnit = scan.layout.blocks.length;
    this.#scan = scan;
    this.#departures = departures;
    this.#dcCodes = scan.dcTables.map(codesOf);
    this.#acCodes = scan.acTables.map(codesOf);
    this.#dcCounts = countersOf(scan, 'dc', this.frequencies);
    this.#acCounts = countersOf(scan, 'ac', this.frequencies);
  }

  restart(unit: number): void {
    this.bits.clear();
    this.#predictions.fill(0);
    const ordinal = unit * this.#scan.layout.blocks.length;
    this.#nextZeroRun = lowerBound(this.#departures.zeroRunBlocks, ordinal);
  }

  finish(): boolean {
    return true;
  }

  encode(from: number, to: number): number {
    const { unitsWide, blocks } = this.#scan.layout;
    let x = from % unitsWide;
    let y = Math.floor(from / unitsWide);
    for (let unit = from; unit < to; unit++) {
      for (let b = 0; b < blocks.length; b++) {
        const { slot, first, rowStep, columnStep } = blocks[b];
        const zeroRuns = this.#zeroRunsAt(unit * blocks.length + b);
        if (!this.#encodeBlock(slot, first + y * rowStep + x * columnStep, zeroRuns)) return unit;
      }
      if (++x === unitsWide) {
        x = 0;
        y++;
      }
    }
    return to;
  }

  #zeroRunsAt(ordinal: number): number {
    const { zeroRunBlocks, zeroRunCounts } = this.#departures;
    if (zeroRunBlocks[this.#nextZeroRun] !== ordinal) return 0;
    return zeroRunCounts[this.#nextZeroRun++];
  }

  #encodeBlock(slot: number, base: number, zeroRuns: number): boolean {
    const coefficients = this.#scan.planes[slot];
    const codes = this.#acCodes[slot];
    const counts = this.#acCounts[slot];
    const masks = this.#masks[slot];
    const { view } = this.bits;
    let { length, accumulator, count } = this.bits;

    const difference = coefficients[base] - this.#predictions[slot];
    this.#predictions[slot] = coefficients[base];
    let size = bitSize(difference);
    let entry = this.#dcCodes[slot][size];
    if (entry === 0) return false;
    this.#dcCounts[slot][size]++;
    // Invariant of each of the following: fewer than 8 bits wait, and at most 24 are appended.
    count += entry & 31;
    accumulator |= (entry >>> 5) << (32 - count);
    view.setInt32(length, accumulator);
    length += count >> 3;
    accumulator <<= count & 24;
    count = (count & 7) + size;
    if (size > 0) accumulator |= ((difference + (difference >> 31)) & ((1 << size) - 1)) << (32 - count);
    view.setInt32(length, accumulator);
    length += count >> 3;
    accumulator <<= count & 24;
    count &= 7;

    let last = 0;
    let word = masks[base >> 5] & 0x7fffffff;
    for (let offset = 0; ; ) {
      if (word === 0) {
        if (offset === 32) break;
        offset = 32;
        word = masks[(base >> 5) + 1];
        continue;
      }
      const lead = Math.clz32(word);
      word ^= 0x80000000 >>> lead;
      const k = offset + lead;
      const value = coefficients[base + NATURAL_FROM_ZIGZAG[k]];
      let run = k - last - 1;
      last = k;
      size = bitSize(value);
      if (size > 15) return false;
      for (; run > 15; run -= 16) {
        entry = codes[0xf0];
        if (entry === 0) return false;
        counts[0xf0]++;
        count += entry & 31;
        accumulator |= (entry >>> 5) << (32 - count);
        view.setInt32(length, accumulator);
        length += count >> 3;
        accumulator <<= count & 24;
        count &= 7;
      }
      const symbol = (run << 4) | size;
      entry = codes[symbol];
      if (entry === 0) return false;
      counts[symbol]++;
      let bits = (value + (value >> 31)) & ((1 << size) - 1);
      let more = (entry & 31) + size;
      if (more > 24) {
        count += entry & 31;
        accumulator |= (entry >>> 5) << (32 - count);
        view.setInt32(length, accumulator);
        length += count >> 3;
        accumulator <<= count & 24;
        count &= 7;
        more = size;
      } else {
        bits |= (entry >>> 5) << size;
      }
      count += more;
      accumulator |= bits << (32 - count);
      view.setInt32(length, accumulator);
      length += count >> 3;
      accumulator <<= count & 24;
      count &= 7;
    }

    this.bits.length = length;
    this.bits.accumulator = accumulator;
    this.bits.count = count;
    return last === 63 ? zeroRuns === 0 : this.#endBlock(codes, counts, last, zeroRuns);
  }

  #endBlock(codes: Int32Array, counts: Uint32Array, last: number, zeroRuns: number): boolean {
    if (codes[0] === 0 || last + 16 * zeroRuns > 62) return false;
    for (let i = 0; i < zeroRuns; i++) {
      if (codes[0xf0] === 0) return false;
      counts[0xf0]++;
      this.bits.put(codes[0xf0] >>> 5, codes[0xf0] & 31);
    }
    counts[0]++;
    this.bits.put(codes[0] >>> 5, codes[0] & 31);
    return true;
  }
}
