/** Exact models of codebook indices as entropy models: chunks of latents to bytes and back (spec/exact-index.md). */

import { LlmcError, throwIfAborted } from '../../container/errors.js';
import { bitsOfIndex } from '../../entropy/packed-bits.js';
import { setGridContexts, setLayerContexts } from '../adaptive/index-contexts.js';
import type { CodingOptions, DecodeJob, EntropyModel, IndexChunk, IndexRun } from '../entropy-model.js';
import { Turns } from '../exact/turns.js';
import { Queue } from '../queue.js';
import { CellSum } from './cells.js';
import type { IndexRunner } from './index-runner.js';
import { IndexSymbolCoder } from './index-symbol-coder.js';
import { IndexWalk } from './index-walk.js';
import type { IndexNets } from './nets.js';

/** How work is put into batches: it changes the speed, never the bytes. */
export interface IndexBatchOptions {
  /** Cells that an encoder evaluates at once. */
  readonly encoderCells?: number;
  /** Indices of all chunks that a decoder has in progress at once. */
  readonly tokensInProgress?: number;
}

const ENCODER_CELLS = 64;
const TOKENS_IN_PROGRESS = 2 ** 22;

/** Whether a model's codebooks are those of indices: as many layers as these have, of the same sizes. */
export function servesCodebooks({ codebooks, stream }: IndexNets, sizes: readonly number[]): boolean {
  return (
    (stream ? sizes.length <= codebooks.length : sizes.length === 1) &&
    sizes.every((size, layer) => size === codebooks[layer])
  );
}

/** Codes chunks with the nets of a package on a runner. */
export class ExactIndexModel implements EntropyModel<IndexChunk> {
  private readonly encoderCells: number;
  private readonly tokensInProgress: number;
  private readonly queue = new Queue();

  constructor(
    private readonly nets: IndexNets,
    private readonly runner: IndexRunner,
    options: IndexBatchOptions = {},
  ) {
    this.encoderCells = options.encoderCells ?? ENCODER_CELLS;
    this.tokensInProgress = options.tokensInProgress ?? TOKENS_IN_PROGRESS;
  }

  async encode(chunks: readonly IndexChunk[], options: CodingOptions = {}): Promise<Uint8Array[]> {
    return this.queue.add(async () => {
      const payloads: Uint8Array[] = [];
      for (const chunk of chunks) {
        expectCodebooks(this.nets, chunk);
        payloads.push(await new ChunkEncoder(this.nets, this.runner, chunk, this.encoderCells).run(options));
      }
      return payloads;
    });
  }

  async decode(
    jobs: readonly DecodeJob<IndexChunk>[],
    options: CodingOptions = {},
  ): Promise<(LlmcError | undefined)[]> {
    return this.queue.add(() => this.decodeJobs(jobs, options));
  }

  async close(): Promise<void> {
    await this.queue.add(() => this.runner.close());
  }

  private async decodeJobs(
    jobs: readonly DecodeJob<IndexChunk>[],
    options: CodingOptions,
  ): Promise<(LlmcError | undefined)[]> {
    const errors: (LlmcError | undefined)[] = jobs.map(() => undefined);
    const batch = new DecoderBatch(this.nets, this.runner);
    const turns = new Turns();
    let active: ActiveJob[] = [];
    let tokens = 0;
    let next = 0;
    while (next < jobs.length || active.length > 0) {
      await turns.give();
      throwIfAborted(options.signal);
      for (; next < jobs.length; next++) {
        const { chunk, payload } = jobs[next];
        const size = tokensOf(chunk);
        if (active.length > 0 && tokens + size > this.tokensInProgress) break;
        const index = next;
        errors[index] = faultOf(() => {
          expectCodebooks(this.nets, chunk);
          const symbols = new IndexSymbolCoder(this.nets, bitsOf(chunk), payload);
          active.push({ index, size, lane: new Lane(this.nets, chunk, symbols) });
          tokens += size;
        });
      }
      await batch.decodeCells(active.map(({ lane }) => lane));
      const ended = new Set<ActiveJob>();
      for (const job of active) {
        const { index, lane, size } = job;
        options.onProgress?.(lane.depth);
        errors[index] = lane.advance();
        if (errors[index] === undefined && !lane.walk.done) continue;
        ended.add(job);
        tokens -= size;
      }
      active = active.filter((job) => !ended.has(job));
    }
    return errors;
  }
}

interface ActiveJob {
  readonly index: number;
  readonly size: number;
  readonly lane: Lane;
}

/** A chunk in progress: where it stands, and its coder. */
class Lane {
  readonly walk: IndexWalk;
  readonly own: CellSum;
  private error: LlmcError | undefined;
  private readonly setContexts: typeof setGridContexts;

  constructor(
    nets: IndexNets,
    chunk: IndexChunk,
    readonly symbols: IndexSymbolCoder,
  ) {
    this.walk = new IndexWalk(nets, chunk);
    this.own = new CellSum(nets.own, nets.first);
    this.setContexts = chunk.layered ? setLayerContexts : setGridContexts;
  }

  get depth(): number {
    return this.walk.depth;
  }

  /** Decodes an index of the current cell, as `code`; after an error nothing more is decoded. */
  decode(layer: number, logits: Int16Array, offset: number, size: number): void {
    if (this.error) return;
    this.error = faultOf(() => this.code(layer, logits, offset, size));
    this.own.add(layer, this.walk.run.indices[this.walk.at + layer]);
  }

  /** Goes on to the next cell, or after the last one ends; returns the error of the chunk, if there is one. */
  advance(): LlmcError | undefined {
    if (this.error) return this.error;
    this.walk.advance();
    return this.walk.done ? faultOf(() => this.symbols.finish()) : undefined;
  }

  /** Codes an index of the current cell, with the logits from `offset` on, and puts it in its place. */
  code(layer: number, logits: Int16Array, offset: number, size: number): void {
    const { walk, symbols } = this;
    const { run, x, y } = walk;
    const at = walk.at + layer;
    this.setContexts(symbols.hashes, run, at, x + layer, y);
    run.indices[at] = symbols.code(logits, offset, size, layer, run.indices[at]);
  }
}

/** Encodes a chunk: what the nets see is all known, so that many cells are evaluated at once. */
class ChunkEncoder {
  private readonly lane: Lane;
  /** Sees the cells before the lane codes them. */
  private readonly ahead: IndexWalk;
  private readonly features: Int16Array;
  private readonly own: Int16Array;
  private readonly vectors: Int32Array;
  /** Of each layer, the logits of all cells of the batch. */
  private readonly logits: readonly Int16Array[];

  constructor(
    private readonly nets: IndexNets,
    private readonly runner: IndexRunner,
    chunk: IndexChunk,
    private readonly cells: number,
  ) {
    this.lane = new Lane(nets, chunk, new IndexSymbolCoder(nets, bitsOf(chunk)));
    this.ahead = new IndexWalk(nets, chunk);
    this.features = new Int16Array(cells * nets.context_1.inputs);
    this.own = new Int16Array(cells * nets.token_1.inputs);
    this.vectors = new Int32Array(cells * nets.token_1.rows);
    this.logits = nets.codebooks.map((size) => new Int16Array(cells * size));
  }

  async run(options: CodingOptions): Promise<Uint8Array> {
    const { ahead, lane } = this;
    const turns = new Turns();
    while (!ahead.done) {
      await turns.give();
      throwIfAborted(options.signal);
      const { depth } = ahead;
      const places = this.collect(depth);
      await this.evaluate(places, depth);
      for (let cell = 0; cell < places.length; cell++) {
        for (let layer = 0; layer < depth; layer++) {
          const size = this.nets.codebooks[layer];
          lane.code(layer, this.logits[layer], cell * size, size);
        }
        lane.walk.advance();
      }
      options.onProgress?.(places.length * depth);
    }
    return lane.symbols.finish();
  }

  /** Features of the next cells, as far as they have so many layers; returns where each one's indices are. */
  private collect(depth: number): Place[] {
    const { ahead, features } = this;
    const { inputs } = this.nets.context_1;
    const places: Place[] = [];
    while (places.length < this.cells && !ahead.done && ahead.depth === depth) {
      ahead.write(features, places.length * inputs);
      places.push({ run: ahead.run, at: ahead.at });
      ahead.advance();
    }
    return places;
  }

  private async evaluate(places: readonly Place[], depth: number): Promise<void> {
    const { runner, nets, own, vectors, logits } = this;
    const { inputs } = nets.token_1;
    await runner.runContext(this.features, depth, places.length, vectors);
    const sums = places.map(() => new CellSum(nets.own, nets.first));
    for (let layer = 0; layer < depth; layer++) {
      for (let cell = 0; cell < places.length; cell++) sums[cell].write(own, cell * inputs);
      await runner.runToken(layer, own, vectors, places.length, logits[layer]);
      for (let cell = 0; cell < places.length; cell++) {
        const { run, at } = places[cell];
        sums[cell].add(layer, run.indices[at + layer]);
      }
    }
  }
}

interface Place {
  readonly run: IndexRun;
  readonly at: number;
}

/** Decodes the current cells of several chunks at once. */
class DecoderBatch {
  private features = new Int16Array(0);
  private own = new Int16Array(0);
  private vectors = new Int32Array(0);
  private logits = new Int16Array(0);

  constructor(
    private readonly nets: IndexNets,
    private readonly runner: IndexRunner,
  ) {}

  /** Decodes the current cell of each lane. */
  async decodeCells(lanes: readonly Lane[]): Promise<void> {
    // Of one depth at a time: most files have only one.
    for (const depth of new Set(lanes.map((lane) => lane.depth))) {
      await this.decodeDepth(
        lanes.filter((lane) => lane.depth === depth),
        depth,
      );
    }
  }

  private async decodeDepth(lanes: readonly Lane[], depth: number): Promise<void> {
    const { nets, runner } = this;
    const { context_1, token_1, codebooks } = nets;
    this.reserve(lanes.length);
    const { features, own, vectors, logits } = this;
    for (let i = 0; i < lanes.length; i++) lanes[i].walk.write(features, i * context_1.inputs);
    await runner.runContext(features, depth, lanes.length, vectors);
    for (const lane of lanes) lane.own.clear();
    for (let layer = 0; layer < depth; layer++) {
      for (let i = 0; i < lanes.length; i++) lanes[i].own.write(own, i * token_1.inputs);
      await runner.runToken(layer, own, vectors, lanes.length, logits);
      const size = codebooks[layer];
      for (let i = 0; i < lanes.length; i++) {
        lanes[i].decode(layer, logits, i * size, size);
      }
    }
  }

  private reserve(lanes: number): void {
    const { context_1, token_1, codebooks } = this.nets;
    if (this.features.length >= lanes * context_1.inputs) return;
    this.features = new Int16Array(lanes * context_1.inputs);
    this.own = new Int16Array(lanes * token_1.inputs);
    this.vectors = new Int32Array(lanes * token_1.rows);
    this.logits = new Int16Array(lanes * Math.max(...codebooks));
  }
}

/** Does work; the error of a chunk is returned, any other thrown. */
function faultOf(work: () => void): LlmcError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (!(error instanceof LlmcError)) throw error;
    return error;
  }
}

/** @throws LlmcError `model-mismatch` where the codebooks of a chunk are not those of the model. */
function expectCodebooks(nets: IndexNets, { layered, runs }: IndexChunk): void {
  if (layered === nets.stream && runs.every(({ codebookSizes }) => servesCodebooks(nets, codebookSizes)))
    return;
  throw new LlmcError('model-mismatch', 'the model is of other codebooks than the indices');
}

function tokensOf({ runs }: IndexChunk): number {
  return runs.reduce((sum, { indices }) => sum + indices.length, 0);
}

/** Bits of all indices of a chunk. */
function bitsOf({ runs }: IndexChunk): number {
  let bits = 0;
  for (const { codebookSizes, indices } of runs) {
    for (const size of codebookSizes) bits += (bitsOfIndex(size) * indices.length) / codebookSizes.length;
  }
  return bits;
}
