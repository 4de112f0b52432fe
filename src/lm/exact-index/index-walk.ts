/** The cells of a chunk in the order in which they are coded (spec/exact-index.md, 1). */

import type { IndexChunk, IndexRun } from '../entropy-model.js';
import { CellSum, Cells } from './cells.js';
import type { IndexNets } from './nets.js';

/** Goes through the cells of a chunk, and keeps what the next one sees. */
export class IndexWalk {
  /** The run of the current cell. */
  run: IndexRun;
  /** Place of the current cell's first index in the run. */
  at = 0;
  /** Column and row of the current cell's first index in its grid or stream. */
  x = 0;
  y = 0;
  private runs = 0;
  private cells: Cells | undefined;
  private readonly sum: CellSum;

  constructor(
    private readonly nets: IndexNets,
    private readonly chunk: IndexChunk,
  ) {
    this.run = chunk.runs[0];
    this.sum = new CellSum(nets.cell, nets.first);
    this.enter();
  }

  /** Whether all cells are through. */
  get done(): boolean {
    return this.runs === this.chunk.runs.length;
  }

  /** Layers of the current cell. */
  get depth(): number {
    return this.nets.stream ? this.run.width : 1;
  }

  /** Writes the features of the current cell. */
  write(features: Int16Array, at: number): void {
    this.cells?.write(features, at);
  }

  /** Goes on to the next cell; the indices of the current one are in the run. */
  advance(): void {
    const { run, depth, sum } = this;
    sum.clear();
    for (let layer = 0; layer < depth; layer++) sum.add(layer, run.indices[this.at + layer]);
    this.cells?.push(sum);
    this.at += depth;
    this.x += depth;
    if (this.x === run.width) {
      this.x = 0;
      if (++this.y === run.height) this.y = 0;
    }
    if (this.at === run.indices.length) {
      this.runs++;
      this.at = 0;
      this.enter();
    } else if (this.x === 0 && this.y === 0) {
      this.begin();
    }
  }

  /** Begins with the run that is next. */
  private enter(): void {
    if (this.done) return;
    this.run = this.chunk.runs[this.runs];
    const { width, height, first } = this.run;
    this.x = first % width;
    this.y = Math.floor(first / width) % height;
    this.begin();
  }

  /** Begins with the part of a grid or stream that is next. */
  private begin(): void {
    const { depth } = this;
    const { width, height, indices } = this.run;
    const start = this.y * width + this.x;
    const indicesLeft = Math.min(indices.length - this.at, width * height - start);
    this.cells = new Cells(this.nets, width / depth, start / depth, indicesLeft / depth);
  }
}
