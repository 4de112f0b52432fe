/** The exact DCT model as an entropy model: chunks of latents to bytes and back. */

import { LlmcError, throwIfAborted } from '../../container/errors.js';
import type { CodingOptions, DctChunk, DecodeJob, EntropyModel } from '../entropy-model.js';
import { Queue } from '../queue.js';
import { NetBatch, type NetRunner } from './batch.js';
import { type BaseTable, baseTable, ChunkCoder } from './chunk-coder.js';
import type { Nets } from './nets.js';
import { type CodingObserver, SymbolCoder } from './symbol-coder.js';
import { Turns } from './turns.js';

/** How work is put into batches: it changes the speed, never the bytes. */
export interface BatchOptions {
  /** Pairs of blocks and groups that an encoder collects before it runs the nets. */
  readonly encoderPairs?: number;
  /** Coefficients of all chunks that a decoder has in progress at once. */
  readonly tokensInProgress?: number;
  /** Told of what is coded. */
  readonly observer?: CodingObserver;
}

const ENCODER_PAIRS = 768;
const TOKENS_IN_PROGRESS = 2 ** 25;
/** A symbol coder takes about as much memory as so many coefficients. */
const CODER_TOKENS = 2 ** 20;

interface ActiveJob {
  readonly index: number;
  readonly tokens: number;
  readonly coder: ChunkCoder;
  readonly symbols: SymbolCoder;
}

/** Codes chunks with the nets of a package on a runner. Calls must follow one another. */
export class ExactDctModel implements EntropyModel<DctChunk> {
  private readonly tables: readonly BaseTable[];
  private readonly batches: readonly NetBatch[];
  private readonly encoderPairs: number;
  private readonly tokensInProgress: number;
  private readonly observer: CodingObserver | undefined;
  /** Symbol coders that are not in use. */
  private readonly idle: SymbolCoder[] = [];
  /** The batches serve one call at a time. */
  private readonly queue = new Queue();

  constructor(
    classes: readonly Nets[],
    private readonly runner: NetRunner,
    options: BatchOptions = {},
  ) {
    this.tables = classes.map(baseTable);
    this.batches = classes.map((nets, i) => new NetBatch(i === 0 ? 0 : 1, nets.group_1.rows));
    this.encoderPairs = options.encoderPairs ?? ENCODER_PAIRS;
    this.tokensInProgress = options.tokensInProgress ?? TOKENS_IN_PROGRESS;
    this.observer = options.observer;
  }

  async encode(chunks: readonly DctChunk[], options: CodingOptions = {}): Promise<Uint8Array[]> {
    return this.queue.add(async () => {
      const payloads: Uint8Array[] = [];
      for (const chunk of chunks) payloads.push(await this.encodeChunk(chunk, options));
      return payloads;
    });
  }

  /** Encodes one chunk; `onBytes` takes its payload in pieces, the last of which may have zeros too many at its end. */
  async encodeInPieces(
    chunk: DctChunk,
    onBytes: (piece: Uint8Array) => void,
    options: CodingOptions = {},
  ): Promise<Uint8Array> {
    return this.queue.add(() => this.encodeChunk(chunk, options, onBytes));
  }

  async decode(
    jobs: readonly DecodeJob<DctChunk>[],
    options: CodingOptions = {},
  ): Promise<(LlmcError | undefined)[]> {
    return this.queue.add(() => this.decodeJobs(jobs, options));
  }

  async close(): Promise<void> {
    await this.queue.add(() => this.runner.close());
  }

  private async encodeChunk(
    chunk: DctChunk,
    options: CodingOptions,
    onBytes?: (piece: Uint8Array) => void,
  ): Promise<Uint8Array> {
    const { batches, runner } = this;
    const symbols = this.idle.pop() ?? (await SymbolCoder.create(this.observer));
    symbols.startEncoding();
    const coder = new ChunkCoder(chunk, symbols, this.tables, true);
    const turns = new Turns();
    let settled = 0;
    let more = true;
    while (more) {
      await turns.give();
      throwIfAborted(options.signal);
      for (const batch of batches) batch.clear();
      while (more && batches[0].pairs + batches[1].pairs < this.encoderPairs) more = coder.collect(batches);
      await runner.runContext(batches);
      coder.resolve(batches);
      await runner.runCoefficients(batches);
      coder.code(batches);
      report(coder, options);
      if (onBytes) {
        const piece = symbols.settledBytes(settled);
        settled += piece.length;
        onBytes(piece);
      }
    }
    const payload = symbols.finish();
    this.idle.push(symbols);
    onBytes?.(payload.subarray(settled));
    return payload;
  }

  private async decodeJobs(
    jobs: readonly DecodeJob<DctChunk>[],
    options: CodingOptions,
  ): Promise<(LlmcError | undefined)[]> {
    const { batches, runner } = this;
    const errors: (LlmcError | undefined)[] = jobs.map(() => undefined);
    let active: ActiveJob[] = [];
    let tokens = 0;
    const turns = new Turns();
    let next = 0;
    while (next < jobs.length || active.length > 0) {
      await turns.give();
      throwIfAborted(options.signal);
      for (; next < jobs.length; next++) {
        const size = tokensOf(jobs[next].chunk);
        if (active.length > 0 && tokens + size > this.tokensInProgress) break;
        const index = next;
        const symbols = this.idle.pop() ?? (await SymbolCoder.create(this.observer));
        attempt(errors, index, () => {
          const { chunk, payload, more } = jobs[index];
          symbols.startDecoding(payload, more);
          const coder = new ChunkCoder(chunk, symbols, this.tables, false);
          active.push({ index, tokens: size, coder, symbols });
          tokens += size;
        });
      }
      for (const batch of batches) batch.clear();
      const ended = new Set<ActiveJob>();
      for (const job of active) {
        if (job.coder.collect(batches)) continue;
        ended.add(job);
        attempt(errors, job.index, () => job.symbols.finish());
      }
      active = active.filter((job) => !ended.has(job));
      if (active.length > 0) await runner.run(batches);
      for (const job of active) {
        attempt(errors, job.index, () => job.coder.code(batches));
        if (errors[job.index]) ended.add(job);
        report(job.coder, options);
      }
      active = active.filter((job) => !ended.has(job));
      for (const job of ended) {
        tokens -= job.tokens;
        this.idle.push(job.symbols);
      }
    }
    return errors;
  }
}

/** Runs work on a job; an error of the chunk is kept, any other thrown. */
function attempt(errors: (LlmcError | undefined)[], index: number, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof LlmcError) || error.code !== 'chunk-corrupt') throw error;
    errors[index] = error;
  }
}

function report(coder: ChunkCoder, options: CodingOptions): void {
  if (coder.finishedBlocks === 0) return;
  options.onProgress?.(coder.finishedBlocks * 64);
  coder.finishedBlocks = 0;
}

/** Coefficients of a chunk, and what its coder takes beside them. */
export function tokensOf(chunk: DctChunk): number {
  let tokens = CODER_TOKENS;
  for (const band of chunk.bands) for (const plane of band.planes) tokens += plane.coefficients.length;
  return tokens;
}
