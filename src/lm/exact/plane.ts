/** What is known of the planes of a band while it is coded (spec/exact-dct.md, "Planes"). */

import type { DctPlane } from '../entropy-model.js';
import { BAND, CHROMA, downsamplingMatrices, LOG, LUMA, POSITION, VALUE_LIMIT } from './layout.js';

/** Blocks of margin around a plane, so that every neighbour has an address; they stay zero. */
const MARGIN_TOP = 3;
const MARGIN_LEFT = 3;
const MARGIN_RIGHT = 2;
const MARGIN_BOTTOM = 1;

/** A coefficient times its step, clipped. */
export function dequantised(coefficient: number, step: number): number {
  const value = coefficient * step;
  return Math.max(-VALUE_LIMIT, Math.min(value, VALUE_LIMIT));
}

/**
 * A plane while it is coded. Blocks are addressed by `at(row, column)`; what is derived from a block is valid from
 * `finish` on.
 */
export class PlaneState {
  readonly kind: typeof LUMA | typeof CHROMA;
  readonly rows: number;
  readonly columns: number;
  /** Addresses from one row of blocks to the next. */
  readonly stride: number;
  /** Quantisation steps, natural order. */
  readonly steps: Int32Array;
  /** 64 coefficients a block, natural order. */
  readonly coefficients: Int16Array;
  /** The same, dequantised and clipped. */
  readonly values: Int16Array;
  /** L of the magnitudes of the coefficients. */
  readonly logs: Uint8Array;
  /** A block's position of the last non-zero AC coefficient. */
  readonly last: Uint8Array;
  /** A block's count of non-zero AC coefficients. */
  readonly nonZero: Uint8Array;
  /** L of the sums of magnitudes over the 4 bands of diagonals of a block. */
  readonly bandLogs: Uint8Array;
  /** How many blocks of each row are finished. */
  readonly done: Int32Array;
  /** Luma at this plane's resolution, for chroma. */
  readonly luma: LumaReference | undefined;
  /** The first chroma plane, for the second one. */
  readonly first: PlaneState | undefined;

  /**
   * @param plane What is encoded or decoded; its coefficients are not looked at here.
   * @param component Its index in the frame.
   * @param luma Given for chroma.
   * @param first Given for the second chroma plane if the first one has the same grid.
   */
  constructor(
    readonly plane: DctPlane,
    readonly component: number,
    luma?: LumaReference,
    first?: PlaneState,
  ) {
    this.kind = luma ? CHROMA : LUMA;
    this.rows = plane.blocksHigh;
    this.columns = plane.blocksWide;
    this.stride = this.columns + MARGIN_LEFT + MARGIN_RIGHT;
    const size = this.stride * (this.rows + MARGIN_TOP + MARGIN_BOTTOM);
    this.steps = Int32Array.from(plane.quantization);
    this.coefficients = new Int16Array(size * 64);
    this.values = new Int16Array(size * 64);
    this.logs = new Uint8Array(size * 64);
    this.last = new Uint8Array(size);
    this.nonZero = new Uint8Array(size);
    this.bandLogs = new Uint8Array(size * 4);
    this.done = new Int32Array(this.rows);
    this.luma = luma;
    this.first = first;
  }

  at(row: number, column: number): number {
    return (row + MARGIN_TOP) * this.stride + column + MARGIN_LEFT;
  }

  isInside(row: number, column: number): boolean {
    return row >= 0 && row < this.rows && column >= 0 && column < this.columns;
  }

  /** Writes the coefficients to the plane that this one was made for. */
  store(): void {
    const length = this.columns * 64;
    for (let row = 0; row < this.rows; row++) {
      const start = this.at(row, 0) * 64;
      this.plane.coefficients.set(this.coefficients.subarray(start, start + length), row * length);
    }
  }

  /** Derives from the coefficients of a block, all of which are now known, what its neighbours will ask for. */
  finish(row: number, column: number): void {
    const at = this.at(row, column);
    const base = at * 64;
    const { coefficients, values, logs, steps } = this;
    let last = 0;
    let count = 0;
    let sum0 = 0;
    let sum1 = 0;
    let sum2 = 0;
    let sum3 = 0;
    for (let i = 0; i < 64; i++) {
      const x = coefficients[base + i];
      if (x === 0) continue;
      const magnitude = x < 0 ? -x : x;
      values[base + i] = dequantised(x, steps[i]);
      logs[base + i] = LOG[magnitude];
      if (i === 0) continue;
      count++;
      if (POSITION[i] > last) last = POSITION[i];
      const band = BAND[i];
      if (band === 0) sum0 += magnitude;
      else if (band === 1) sum1 += magnitude;
      else if (band === 2) sum2 += magnitude;
      else sum3 += magnitude;
    }
    this.last[at] = last;
    this.nonZero[at] = count;
    this.bandLogs[4 * at] = LOG[Math.min(sum0, 65535)];
    this.bandLogs[4 * at + 1] = LOG[Math.min(sum1, 65535)];
    this.bandLogs[4 * at + 2] = LOG[Math.min(sum2, 65535)];
    this.bandLogs[4 * at + 3] = LOG[Math.min(sum3, 65535)];
    this.done[row] = column + 1;
  }
}

/**
 * Luma's blocks, averaged down to the resolution of a chroma plane; made when they are first asked for. Bands are whole
 * MCUs, so that luma has a block wherever chroma has one.
 */
export class LumaReference {
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
  /** 64 dequantised values a block; a margin of one block, zero. */
  readonly values: Int16Array;
  private readonly known: Uint8Array;
  private readonly down: number;
  private readonly across: number;
  private readonly vertical: Float64Array;
  private readonly horizontal: Float64Array;
  private readonly half = new Float64Array(64);
  private readonly total = new Float64Array(64);

  constructor(
    private readonly plane: PlaneState,
    private readonly luma: DctPlane,
    private readonly chroma: DctPlane,
  ) {
    this.rows = chroma.blocksHigh;
    this.columns = chroma.blocksWide;
    this.stride = this.columns + 2;
    const size = this.stride * (this.rows + 2);
    this.values = new Int16Array(size * 64);
    this.known = new Uint8Array(size);
    this.down = luma.v % chroma.v === 0 ? luma.v / chroma.v : 1;
    this.across = luma.h % chroma.h === 0 ? luma.h / chroma.h : 1;
    this.vertical = downsamplingMatrices(this.down);
    this.horizontal = downsamplingMatrices(this.across);
  }

  /** Whether a plane of this shape and sampling sees the same luma blocks. */
  serves(chroma: DctPlane): boolean {
    const { blocksWide, blocksHigh, h, v } = this.chroma;
    return (
      chroma.blocksWide === blocksWide && chroma.blocksHigh === blocksHigh && chroma.h === h && chroma.v === v
    );
  }

  at(row: number, column: number): number {
    return (row + 1) * this.stride + column + 1;
  }

  /** Whether all luma blocks that the blocks up to this row and column are made from have been coded. */
  isKnown(row: number, column: number): boolean {
    const { plane, luma, chroma } = this;
    const lastRow = Math.floor((row * luma.v) / chroma.v) + this.down - 1;
    const lastColumn = Math.floor((column * luma.h) / chroma.h) + this.across - 1;
    return plane.done[lastRow] > lastColumn;
  }

  /** Makes the blocks of this one and its eight neighbours. */
  prepare(row: number, column: number): void {
    for (let r = Math.max(0, row - 1); r <= row + 1 && r < this.rows; r++) {
      for (let c = Math.max(0, column - 1); c <= column + 1 && c < this.columns; c++) {
        const at = this.at(r, c);
        if (this.known[at] === 0) {
          this.known[at] = 1;
          this.make(r, c, at * 64);
        }
      }
    }
  }

  private make(row: number, column: number, to: number): void {
    const { plane, down, across, half, total, values } = this;
    const firstRow = Math.floor((row * this.luma.v) / this.chroma.v);
    const firstColumn = Math.floor((column * this.luma.h) / this.chroma.h);
    if (down === 1 && across === 1) {
      const from = plane.at(firstRow, firstColumn) * 64;
      for (let i = 0; i < 64; i++) values[to + i] = plane.values[from + i];
      return;
    }
    total.fill(0);
    for (let i = 0; i < down; i++) {
      for (let j = 0; j < across; j++) {
        const from = plane.at(firstRow + i, firstColumn + j) * 64;
        half.fill(0);
        for (let n = 0; n < 64; n++) {
          const value = plane.values[from + n];
          if (value === 0) continue;
          const u = n & 7;
          for (let k = 0; k < 8; k++) half[k * 8 + u] += this.vertical[i * 64 + k * 8 + (n >> 3)] * value;
        }
        for (let n = 0; n < 64; n++) {
          const value = half[n];
          if (value === 0) continue;
          const row8 = n & 56;
          for (let k = 0; k < 8; k++) total[row8 + k] += this.horizontal[j * 64 + k * 8 + (n & 7)] * value;
        }
      }
    }
    for (let n = 0; n < 64; n++) {
      const value = Math.floor((total[n] + 524288) / 1048576);
      values[to + n] = Math.max(-VALUE_LIMIT, Math.min(VALUE_LIMIT, value));
    }
  }
}
