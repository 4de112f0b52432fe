/** Entropy decoding of baseline and extended sequential scans (ISO/IEC 10918-1, F.2.2). */

import { NATURAL_FROM_ZIGZAG } from '../../container/quantization.js';
import { decodeLongCode, decoderOf, type HuffmanDecoder, LOOKUP_BITS } from './huffman-table.js';
import type { Scan } from './scan.js';
import type { GatheredDepartures, IntervalBytes, ScanDecoder } from './scan-decoder.js';

/** Decodes the blocks of a sequential scan, baseline or extended (ITU-T T.81, F.2). */
export class SequentialDecoder implements ScanDecoder {
  readonly #scan: Scan;
  readonly #departures: GatheredDepartures;
  readonly #dc: HuffmanDecoder[];
  readonly #ac: HuffmanDecoder[];
  readonly #predictions = new Int32Array(4);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** The byte that holds the next bit, and the number of its bits that are consumed. */
  #position = 0;
  #bit = 0;

  /** The scan must have all its tables. */
  constructor(scan: Scan, departures: GatheredDepartures) {
    this.#scan = scan;
    this.#departures = departures;
    this.#dc = scan.dcTables.map((table) => decoderOf(table as NonNullable<typeof table>));
    this.#ac = scan.acTables.map((table) => decoderOf(table as NonNullable<typeof table>));
  }

  decode(interval: IntervalBytes, from: number, to: number): number {
    const { unitsWide, blocks } = this.#scan.layout;
    this.#view = interval.view;
    this.#position = interval.start;
    this.#bit = 0;
    this.#predictions.fill(0);
    let x = from % unitsWide;
    let y = Math.floor(from / unitsWide);
    for (let unit = from; unit < to; unit++) {
      for (let b = 0; b < blocks.length; b++) {
        const { slot, first, rowStep, columnStep } = blocks[b];
        const base = first + y * rowStep + x * columnStep;
        const decoded = this.#decodeBlock(slot, base, unit * blocks.length + b);
        if (!decoded || this.#position + (this.#bit > 0 ? 1 : 0) > interval.end) {
          this.#clearUnit(x, y);
          return unit;
        }
      }
      if (++x === unitsWide) {
        x = 0;
        y++;
      }
    }
    return to;
  }

  #clearUnit(x: number, y: number): void {
    for (const { slot, first, rowStep, columnStep } of this.#scan.layout.blocks) {
      const base = first + y * rowStep + x * columnStep;
      this.#scan.planes[slot].fill(0, base, base + 64);
    }
  }

  #decodeBlock(slot: number, base: number, ordinal: number): boolean {
    const coefficients = this.#scan.planes[slot];
    const view = this.#view;
    const position = this.#position;
    // Bits consumed since `position`.
    let at = this.#bit;

    const dc = this.#dc[slot];
    let next = view.getInt32(position) << at;
    let entry = dc.lookup[next >>> (32 - LOOKUP_BITS)];
    let value = entry >> 16;
    if (value === 0) {
      if (entry === 0) {
        entry = decodeLongCode(dc, next >>> 16);
        if (entry === 0) return false;
      }
      at += entry & 0xff;
      const size = entry >> 8;
      if (size > 15) return false;
      if (size > 0) {
        value = (view.getInt32(position + (at >> 3)) << (at & 7)) >>> (32 - size);
        at += size;
        if (value < 1 << (size - 1)) value -= (1 << size) - 1;
      }
    } else {
      at += entry & 0xff;
    }
    value += this.#predictions[slot];
    if (value !== (value << 16) >> 16) return false;
    this.#predictions[slot] = value;
    coefficients[base] = value;

    const ac = this.#ac[slot];
    const { lookup } = ac;
    let zeroRuns = 0;
    for (let k = 1; k < 64; ) {
      next = view.getInt32(position + (at >> 3)) << (at & 7);
      entry = lookup[next >>> (32 - LOOKUP_BITS)];
      value = entry >> 16;
      if (value !== 0) {
        at += entry & 0xff;
        k += (entry >> 8) & 15;
      } else {
        if (entry === 0) {
          entry = decodeLongCode(ac, next >>> 16);
          if (entry === 0) return false;
        }
        at += entry & 0xff;
        const size = (entry >> 8) & 15;
        const run = entry >> 12;
        if (size === 0) {
          if (run === 15) {
            k += 16;
            zeroRuns++;
            if (k > 63) return false;
            continue;
          }
          if (run !== 0) return false;
          if (zeroRuns > 0) {
            this.#departures.zeroRunBlocks.push(ordinal);
            this.#departures.zeroRunCounts.push(zeroRuns);
          }
          break;
        }
        value = (view.getInt32(position + (at >> 3)) << (at & 7)) >>> (32 - size);
        at += size;
        if (value < 1 << (size - 1)) value -= (1 << size) - 1;
        k += run;
      }
      if (k > 63) return false;
      zeroRuns = 0;
      coefficients[base + NATURAL_FROM_ZIGZAG[k++]] = value;
    }

    this.#position = position + (at >> 3);
    this.#bit = at & 7;
    return true;
  }
}
