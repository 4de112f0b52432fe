/** Entropy encoding of progressive scans (ISO/IEC 10918-1, G.1.2), with EOB runs as libjpeg forms them. */

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

/** Longest EOB run that has a code. */
const MAX_EOB_RUN = 0x7fff;

/** An EOB run ends once more correction bits than this wait behind it, as libjpeg's buffer of 1000 demands. */
const MAX_PENDING_CORRECTIONS = 937;

/** DC scans, first and refining (G.1.2.1). */
export class DcEncoder implements ScanEncoder {
  readonly bits: BitBuffer;
  readonly blocksPerUnit: number;
  readonly frequencies = new Map<number, Uint32Array>();
  readonly #scan: Scan;
  readonly #refine: boolean;
  readonly #codes: Int32Array[];
  readonly #counts: Uint32Array[];
  readonly #predictions = new Int32Array(4);

  constructor(scan: Scan, { bits }: EncodingContext) {
    this.bits = bits;
    this.blocksPerUnit = scan.layout.blocks.length;
    this.#scan = scan;
    this.#refine = scan.header.approximationHigh > 0;
    this.#codes = scan.dcTables.map(codesOf);
    this.#counts = this.#refine ? [] : countersOf(scan, 'dc', this.frequencies);
  }

  restart(): void {
    this.bits.clear();
    this.#predictions.fill(0);
  }

  finish(): boolean {
    return true;
  }

  encode(from: number, to: number): number {
    const { unitsWide, blocks } = this.#scan.layout;
    const low = this.#scan.header.approximationLow;
    let x = from % unitsWide;
    let y = Math.floor(from / unitsWide);
    for (let unit = from; unit < to; unit++) {
      for (let b = 0; b < blocks.length; b++) {
        const { slot, first, rowStep, columnStep } = blocks[b];
        const value = this.#scan.planes[slot][first + y * rowStep + x * columnStep] >> low;
        if (this.#refine) this.bits.put(value & 1, 1);
        else if (!this.#encodeValue(slot, value)) return unit;
      }
      if (++x === unitsWide) {
        x = 0;
        y++;
      }
    }
    return to;
  }

  #encodeValue(slot: number, value: number): boolean {
    const difference = value - this.#predictions[slot];
    this.#predictions[slot] = value;
    const size = bitSize(difference);
    const entry = this.#codes[slot][size];
    if (entry === 0) return false;
    this.#counts[slot][size]++;
    this.bits.put(entry >>> 5, entry & 31);
    this.bits.put((difference + (difference >> 31)) & ((1 << size) - 1), size);
    return true;
  }
}

/** Bits 31 - k of a word for k from `start` to `end`, as far as they are in it. */
function bandBits(start: number, end: number): number {
  let bits = 0;
  for (let k = Math.max(start, 0); k <= Math.min(end, 31); k++) bits |= 0x80000000 >>> k;
  return bits;
}

/** AC scans, first and refining (G.1.2.2, G.1.2.3). */
export class AcEncoder implements ScanEncoder {
  readonly bits: BitBuffer;
  readonly blocksPerUnit: number;
  readonly frequencies = new Map<number, Uint32Array>();
  readonly #scan: Scan;
  readonly #departures: ScanDepartures;
  readonly #codes: Int32Array;
  readonly #counts: Uint32Array;
  readonly #masks: Int32Array;
  /** Bits of the mask words that are in the band. */
  readonly #bandLow: number;
  readonly #bandHigh: number;
  readonly #positions = new Uint8Array(65);
  readonly #values = new Int32Array(65);
  #nextRunEnd = 0;
  #nextZeroRun = 0;
  #eobRun = 0;
  /** Correction bits of the blocks in the EOB run, then those of the current block. */
  readonly #corrections = new Uint8Array(MAX_PENDING_CORRECTIONS + 1 + 2 * 64);
  #corrected = 0;

  constructor(scan: Scan, departures: ScanDepartures, context: EncodingContext) {
    this.bits = context.bits;
    this.blocksPerUnit = scan.layout.blocks.length;
    this.#scan = scan;
    this.#departures = departures;
    this.#codes = codesOf(scan.acTables[0]);
    this.#counts = countersOf(scan, 'ac', this.frequencies)[0];
    this.#masks = context.masksOf(scan.planes[0]);
    const { spectralStart, spectralEnd } = scan.header;
    this.#bandLow = bandBits(spectralStart, spectralEnd);
    this.#bandHigh = bandBits(spectralStart - 32, spectralEnd - 32);
  }

  restart(unit: number): void {
    this.bits.clear();
    this.#eobRun = 0;
    this.#corrected = 0;
    this.#nextRunEnd = lowerBound(this.#departures.runEnds, unit);
    this.#nextZeroRun = lowerBound(this.#departures.zeroRunBlocks, unit);
  }

  finish(): boolean {
    return this.#endRun();
  }

  encode(from: number, to: number): number {
    const { unitsWide, blocks } = this.#scan.layout;
    const refine = this.#scan.header.approximationHigh > 0;
    const { rowStep } = blocks[0];
    const { runEnds } = this.#departures;
    let x = from % unitsWide;
    let row = Math.floor(from / unitsWide) * rowStep;
    for (let unit = from; unit < to; unit++) {
      if (runEnds[this.#nextRunEnd] === unit) {
        this.#nextRunEnd++;
        if (!this.#endRun()) return unit;
      }
      const base = row + x * 64;
      if (!(refine ? this.#refineBlock(base) : this.#firstBlock(base, unit))) return unit;
      if (++x === unitsWide) {
        x = 0;
        row += rowStep;
      }
    }
    return to;
  }

  /**
   * Lists the block's coefficients of the band that do not vanish when shifted: their zigzag positions, and their
   * shifted magnitudes, negative where they are. Returns how many there are.
   */
  #listSignificant(base: number): number {
    const coefficients = this.#scan.planes[0];
    const { approximationLow } = this.#scan.header;
    let count = 0;
    let word = this.#masks[base >> 5] & this.#bandLow;
    for (let offset = 0; ; ) {
      if (word === 0) {
        if (offset === 32) return count;
        offset = 32;
        word = this.#masks[(base >> 5) + 1] & this.#bandHigh;
        continue;
      }
      const lead = Math.clz32(word);
      word ^= 0x80000000 >>> lead;
      const value = coefficients[base + NATURAL_FROM_ZIGZAG[offset + lead]];
      // Signs and small magnitudes are too random for branches: what vanishes is overwritten by the next.
      const sign = value >> 31;
      const magnitude = ((value ^ sign) - sign) >> approximationLow;
      this.#positions[count] = offset + lead;
      this.#values[count] = (magnitude ^ sign) - sign;
      count += -magnitude >>> 31;
    }
  }

  #firstBlock(base: number, unit: number): boolean {
    const { spectralStart, spectralEnd } = this.#scan.header;
    const significant = this.#listSignificant(base);
    let last = spectralStart - 1;
    for (let i = 0; i < significant; i++) {
      if (this.#eobRun > 0 && !this.#endRun()) return false;
      const value = this.#values[i];
      let run = this.#positions[i] - last - 1;
      last = this.#positions[i];
      for (; run > 15; run -= 16) if (!this.#putSymbol(0xf0, 0, 0)) return false;
      const size = bitSize(value);
      const bits = (value + (value >> 31)) & ((1 << size) - 1);
      if (size > 15 || !this.#putSymbol((run << 4) | size, bits, size)) return false;
    }
    if (this.#departures.zeroRunBlocks[this.#nextZeroRun] === unit) {
      const zeroRuns = this.#departures.zeroRunCounts[this.#nextZeroRun++];
      if (last + 16 * zeroRuns >= spectralEnd || !this.#endRun()) return false;
      for (let i = 0; i < zeroRuns; i++) if (!this.#putSymbol(0xf0, 0, 0)) return false;
    }
    if (last < spectralEnd && ++this.#eobRun === MAX_EOB_RUN) return this.#endRun();
    return true;
  }

  #refineBlock(base: number): boolean {
    const { spectralStart, spectralEnd } = this.#scan.header;
    const corrections = this.#corrections;
    const significant = this.#listSignificant(base);
    let newlyNonzero = significant;
    while (newlyNonzero > 0 && Math.abs(this.#values[newlyNonzero - 1]) > 1) newlyNonzero--;
    let last = spectralStart - 1;
    let run = 0;
    // Correction bits of this block stand in `corrections` from `#corrected` to `#corrected + own`.
    let own = 0;
    for (let i = 0; i < significant; i++) {
      const value = this.#values[i];
      run += this.#positions[i] - last - 1;
      last = this.#positions[i];
      for (; run > 15 && i < newlyNonzero; run -= 16) {
        if (!this.#putRefinement(0xf0, own)) return false;
        own = 0;
      }
      if (value > 1 || value < -1) {
        corrections[this.#corrected + own++] = value & 1;
        continue;
      }
      if (!this.#putRefinement((run << 4) | 1, own, value < 0 ? 0 : 1)) return false;
      own = 0;
      run = 0;
    }
    if (last === spectralEnd && run === 0 && own === 0) return true;
    this.#eobRun++;
    this.#corrected += own;
    return this.#eobRun === MAX_EOB_RUN || this.#corrected > MAX_PENDING_CORRECTIONS ? this.#endRun() : true;
  }

  /** Ends the pending EOB run, then codes a symbol, its sign bit if any, and the block's `own` correction bits. */
  #putRefinement(symbol: number, own: number, sign?: number): boolean {
    const start = this.#corrected;
    if (!this.#endRun() || !this.#putSymbol(symbol, sign ?? 0, sign === undefined ? 0 : 1)) return false;
    this.#putCorrections(start, start + own);
    return true;
  }

  #endRun(): boolean {
    if (this.#eobRun === 0) return true;
    const size = 31 - Math.clz32(this.#eobRun);
    if (!this.#putSymbol(size << 4, this.#eobRun & ((1 << size) - 1), size)) return false;
    this.#eobRun = 0;
    this.#putCorrections(0, this.#corrected);
    this.#corrected = 0;
    return true;
  }

  #putCorrections(from: number, to: number): void {
    for (let i = from; i < to; i++) this.bits.put(this.#corrections[i], 1);
  }

  /** Codes a symbol and up to 15 bits after it. */
  #putSymbol(symbol: number, bits: number, size: number): boolean {
    const entry = this.#codes[symbol];
    if (entry === 0) return false;
    this.#counts[symbol]++;
    const length = entry & 31;
    if (length + size > 24) {
      this.bits.put(entry >>> 5, length);
      this.bits.put(bits, size);
    } else {
      this.bits.put(((entry >>> 5) << size) | bits, length + size);
    }
    return true;
  }
}
