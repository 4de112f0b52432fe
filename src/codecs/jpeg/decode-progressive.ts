/** Entropy decoding of progressive scans (ISO/IEC 10918-1, G.2). */

import { NATURAL_FROM_ZIGZAG } from '../../container/quantization.js';
import { BitReader } from './bit-reader.js';
import { decoderOf, type HuffmanDecoder } from './huffman-table.js';
import type { Scan } from './scan.js';
import type { GatheredDepartures, IntervalBytes, ScanDecoder } from './scan-decoder.js';

/** DC scans, first and refining. A first scan must have its tables. */
export class DcDecoder implements ScanDecoder {
  readonly #scan: Scan;
  readonly #tables: HuffmanDecoder[];
  readonly #predictions = new Int32Array(4);

  constructor(scan: Scan) {
    this.#scan = scan;
    const refine = scan.header.approximationHigh > 0;
    this.#tables = refine ? [] : scan.dcTables.map((table) => decoderOf(table as NonNullable<typeof table>));
  }

  decode(interval: IntervalBytes, from: number, to: number): number {
    const { unitsWide, blocks } = this.#scan.layout;
    const refine = this.#scan.header.approximationHigh > 0;
    const low = this.#scan.header.approximationLow;
    const reader = new BitReader(interval);
    this.#predictions.fill(0);
    let x = from % unitsWide;
    let y = Math.floor(from / unitsWide);
    for (let unit = from; unit < to; unit++) {
      for (let b = 0; b < blocks.length; b++) {
        const { slot, first, rowStep, columnStep } = blocks[b];
        const base = first + y * rowStep + x * columnStep;
        if (refine) this.#scan.planes[slot][base] |= reader.bits(1) << low;
        else if (!this.#decodeFirst(reader, slot, base)) return unit;
        if (reader.overrun) return unit;
      }
      if (++x === unitsWide) {
        x = 0;
        y++;
      }
    }
    return to;
  }

  #decodeFirst(reader: BitReader, slot: number, base: number): boolean {
    const entry = reader.entry(this.#tables[slot]);
    let difference = entry >> 16;
    if (difference === 0) {
      const size = entry >> 8;
      if (entry === 0 || size > 15) return false;
      difference = reader.value(size);
    }
    const prediction = this.#predictions[slot] + difference;
    const value = prediction * (1 << this.#scan.header.approximationLow);
    if (value !== (value << 16) >> 16) return false;
    this.#predictions[slot] = prediction;
    this.#scan.planes[slot][base] = value;
    return true;
  }
}

/** AC scans, first and refining. The scan must have its table. */
export class AcDecoder implements ScanDecoder {
  readonly #scan: Scan;
  readonly #departures: GatheredDepartures;
  readonly #table: HuffmanDecoder;
  /** Blocks of the current EOB run that are still to come. */
  #eobRun = 0;
  /** Whether the block decoded last ended with an EOB run rather than with its last coefficient. */
  #endedInRun = false;

  constructor(scan: Scan, departures: GatheredDepartures) {
    this.#scan = scan;
    this.#departures = departures;
    this.#table = decoderOf(scan.acTables[0] as NonNullable<(typeof scan.acTables)[0]>);
  }

  decode(interval: IntervalBytes, from: number, to: number): number {
    const { unitsWide, blocks } = this.#scan.layout;
    const refine = this.#scan.header.approximationHigh > 0;
    const { rowStep } = blocks[0];
    const reader = new BitReader(interval);
    this.#eobRun = 0;
    let x = from % unitsWide;
    let row = Math.floor(from / unitsWide) * rowStep;
    // Whether the block before was part of an EOB run, which this block could have continued.
    let afterRun = false;
    for (let unit = from; unit < to; unit++) {
      if (this.#eobRun > 0 && !refine) {
        this.#eobRun--;
      } else {
        const base = row + x * 64;
        const startsRun = refine ? this.#refineBlock(reader, base) : this.#firstBlock(reader, base, unit);
        if (startsRun === undefined || reader.overrun) return unit;
        if (startsRun && afterRun) this.#departures.runEnds.push(unit);
        afterRun = this.#endedInRun;
      }
      if (++x === unitsWide) {
        x = 0;
        row += rowStep;
      }
    }
    return to;
  }

  /** Decodes a block; true if an EOB run begins with its first code, undefined if it cannot be decoded. */
  #firstBlock(reader: BitReader, base: number, unit: number): boolean | undefined {
    const plane = this.#scan.planes[0];
    const { spectralStart, spectralEnd, approximationLow } = this.#scan.header;
    this.#endedInRun = false;
    let zeroRuns = 0;
    for (let k = spectralStart; k <= spectralEnd; ) {
      const entry = reader.entry(this.#table);
      if (entry === 0) return undefined;
      let value = entry >> 16;
      let run = (entry >> 8) & 15;
      if (value === 0) {
        const size = (entry >> 8) & 15;
        run = entry >> 12;
        if (size === 0 && run < 15) {
          this.#startRun(reader, run);
          if (zeroRuns > 0) {
            this.#departures.zeroRunBlocks.push(unit);
            this.#departures.zeroRunCounts.push(zeroRuns);
          }
          return k === spectralStart;
        }
        if (size === 0) {
          k += 16;
          zeroRuns++;
          if (k > spectralEnd) return undefined;
          continue;
        }
        value = reader.value(size);
      }
      k += run;
      const shifted = value * (1 << approximationLow);
      if (k > spectralEnd || shifted !== (shifted << 16) >> 16) return undefined;
      zeroRuns = 0;
      plane[base + NATURAL_FROM_ZIGZAG[k++]] = shifted;
    }
    return false;
  }

  #refineBlock(reader: BitReader, base: number): boolean | undefined {
    const plane = this.#scan.planes[0];
    const { spectralStart, spectralEnd, approximationLow } = this.#scan.header;
    const one = 1 << approximationLow;
    let k = spectralStart;
    let startsRun = false;
    if (this.#eobRun === 0) {
      this.#endedInRun = false;
      for (; k <= spectralEnd; k++) {
        const entry = reader.entry(this.#table);
        if (entry === 0) return undefined;
        let sign = entry >> 16;
        let run = (entry >> 8) & 15;
        if (sign === 0) {
          const size = (entry >> 8) & 15;
          run = entry >> 12;
          if (size === 0 && run < 15) {
            this.#startRun(reader, run);
            this.#eobRun++;
            startsRun = k === spectralStart;
            break;
          }
          if (size > 1) return undefined;
          if (size === 1) sign = reader.value(1);
        } else if (sign !== 1 && sign !== -1) {
          return undefined;
        }
        k = this.#correct(reader, base, k, run);
        if (sign !== 0) {
          if (k > spectralEnd) return undefined;
          plane[base + NATURAL_FROM_ZIGZAG[k]] = sign * one;
        }
      }
    }
    if (this.#eobRun > 0) {
      this.#correct(reader, base, k, 64);
      this.#eobRun--;
      this.#endedInRun = true;
    }
    return startsRun;
  }

  /** Reads a run's length as G.1.2.2 has it, for the blocks after this one. */
  #startRun(reader: BitReader, size: number): void {
    this.#eobRun = (1 << size) - 1 + (size > 0 ? reader.bits(size) : 0);
    this.#endedInRun = true;
  }

  /** Corrects known coefficients from zigzag position `k` until `run` zeros were passed; returns where the next zero is. */
  #correct(reader: BitReader, base: number, k: number, run: number): number {
    const plane = this.#scan.planes[0];
    const { spectralEnd, approximationLow } = this.#scan.header;
    const one = 1 << approximationLow;
    let at = k;
    let left = run;
    for (; at <= spectralEnd; at++) {
      const index = base + NATURAL_FROM_ZIGZAG[at];
      const value = plane[index];
      if (value === 0) {
        if (left-- === 0) break;
      } else if (reader.bits(1) === 1 && (value & one) === 0) {
        plane[index] = value >= 0 ? value + one : value - one;
      }
    }
    return at;
  }
}
