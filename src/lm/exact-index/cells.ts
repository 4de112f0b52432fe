/** What an index model sees of the cells before one, as features (spec/exact-index.md, 3). */

import { FEATURE_LIMIT } from '../exact/layout.js';
import type { Table } from '../exact/nets.js';
import { AVERAGES, type IndexNets } from './nets.js';

function clampedFeature(sum: number): number {
  return Math.max(-FEATURE_LIMIT, Math.min(sum, FEATURE_LIMIT));
}

/** Sums of the rows of a table that the layers of a cell name. */
export class CellSum {
  private readonly sums: Int32Array;

  constructor(
    private readonly table: Table,
    private readonly first: readonly number[],
  ) {
    this.sums = new Int32Array(table.columns);
  }

  clear(): void {
    this.sums.fill(0);
  }

  /** Adds the row of an index of a layer. */
  add(layer: number, index: number): void {
    const { sums, table } = this;
    const row = (this.first[layer] + index) * sums.length;
    for (let k = 0; k < sums.length; k++) sums[k] += table.values[row + k];
  }

  /** Writes the sums, clamped to features. */
  write(features: Int16Array, at: number): void {
    const { sums } = this;
    for (let k = 0; k < sums.length; k++) features[at + k] = clampedFeature(sums[k]);
  }
}

/** The cells of one grid or stream, as far as a chunk has them, in order. */
export class Cells {
  private readonly size: number;
  /** Vectors of the latest cells, each at its number modulo how many there is room for. */
  private readonly vectors: Int16Array;
  private readonly room: number;
  private readonly outside: Int16Array;
  private readonly averages: readonly Int32Array[] = [];
  /** Number of the cell that comes next. */
  private next = 0;
  private column: number;

  /**
   * @param width Cells in a row.
   * @param start Place of the first cell in its grid or stream.
   * @param count How many cells there are.
   */
  constructor(
    private readonly nets: IndexNets,
    private readonly width: number,
    start: number,
    count: number,
  ) {
    const { cell, offsets } = nets;
    this.size = cell.columns;
    const reach = offsets.map(([dx, dy]) => -dy * width - dx);
    this.room = Math.min(count, Math.max(...reach));
    this.vectors = new Int16Array(this.room * this.size);
    this.outside = Int16Array.from(cell.values.subarray(-this.size), clampedFeature);
    this.averages = AVERAGES.map(() => new Int32Array(this.size));
    this.column = start % width;
  }

  /** Writes the features of the next cell. */
  write(features: Int16Array, at: number): void {
    const { size, vectors, room } = this;
    let to = at;
    for (const [dx, dy] of this.nets.offsets) {
      const column = this.column + dx;
      const cell = this.next + dy * this.width + dx;
      if (column < 0 || column >= this.width || cell < 0) features.set(this.outside, to);
      else features.set(vectors.subarray((cell % room) * size, ((cell % room) + 1) * size), to);
      to += size;
    }
    for (let i = 0; i < AVERAGES.length; i++) {
      const average = this.averages[i];
      for (let k = 0; k < size; k++) features[to + k] = average[k] >> AVERAGES[i];
      to += size;
    }
  }

  /** Adds the next cell, now that it is known: the sum of its layers' rows of `cell`. */
  push(cell: CellSum): void {
    const { size, vectors } = this;
    const at = (this.next % this.room) * size;
    cell.write(vectors, at);
    for (let i = 0; i < AVERAGES.length; i++) {
      const average = this.averages[i];
      for (let k = 0; k < size; k++) average[k] += vectors[at + k] - (average[k] >> AVERAGES[i]);
    }
    this.next++;
    this.column = this.column + 1 === this.width ? 0 : this.column + 1;
  }
}
