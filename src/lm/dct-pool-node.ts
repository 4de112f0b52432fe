/** Models of DCT latents on worker threads: chunks are coded at once, one a core. */

import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import { LlmcError, throwIfAborted } from '../container/errors.js';
import type { DecodeReply, PackedChunk } from './adaptive-worker-node.js';
import type { CodingOptions, DctChunk, DctPlane, DecodeJob, EntropyModel } from './entropy-model.js';

/** A module that codes a chunk, with the names and types of `adaptive-worker-node.ts`, and the data that it needs. */
export interface WorkerModule {
  /** Path below `lm/`. */
  readonly path: string;
  readonly data?: unknown;
}

/** The worker of `adaptive-dct-1`. */
export const ADAPTIVE_WORKER: WorkerModule = { path: 'adaptive-worker-node.js' };

// src/lm/, dist/lm/ and the dist/chunks/ of bundled programs lie two levels below the package: tests that run the sources use the built workers.
const WORKERS = new URL('../../dist/lm/', import.meta.url);
const NO_COEFFICIENTS = new Int16Array(0);

/** A model on up to `threads` worker threads, started as they are needed. */
export class DctPool implements EntropyModel<DctChunk> {
  readonly #threads: number;
  readonly #workers: Piscina;

  /** @param started How many start at once. */
  constructor(threads: number, { path, data }: WorkerModule, started = 0) {
    this.#threads = threads;
    this.#workers = new Piscina({
      filename: fileURLToPath(new URL(path, WORKERS)),
      workerData: data,
      minThreads: started,
      maxThreads: threads,
      idleTimeout: Number.POSITIVE_INFINITY,
    });
  }

  async encode(chunks: readonly DctChunk[], options: CodingOptions = {}): Promise<Uint8Array[]> {
    return this.#forEach(chunks, options, async (chunk) => {
      const packed = pack(chunk);
      const tokens = packed.coefficients.length;
      for (const [plane, coefficients] of planesOf(chunk, packed)) coefficients.set(plane.coefficients);
      const payload: Uint8Array = await this.#run('encode', packed, packed, options.signal);
      options.onProgress?.(tokens);
      return payload;
    });
  }

  async decode(
    jobs: readonly DecodeJob<DctChunk>[],
    options: CodingOptions = {},
  ): Promise<(LlmcError | undefined)[]> {
    return this.#forEach(jobs, options, async ({ payload, chunk }) => {
      const packed = pack(chunk);
      const tokens = packed.coefficients.length;
      const reply: DecodeReply = await this.#run('decode', { packed, payload }, packed, options.signal);
      options.onProgress?.(tokens);
      return store(chunk, reply);
    });
  }

  /**
   * Decodes the payload of a chunk of this shape while it is being written to shared memory; the worker must have a
   * function for that. The result puts what was decoded into such a chunk.
   */
  async decodeGrowing(
    shape: DctChunk,
    memory: SharedArrayBuffer,
  ): Promise<(chunk: DctChunk) => LlmcError | undefined> {
    const packed = pack(shape);
    const reply: DecodeReply = await this.#run('decodeGrowing', { packed, memory }, packed);
    return (chunk) => store(chunk, reply);
  }

  async close(): Promise<void> {
    await this.#workers.destroy();
  }

  /** Does the work of each task, `threads` of them at a time, so that few chunks are copied at once. */
  async #forEach<Task, Result>(
    tasks: readonly Task[],
    options: CodingOptions,
    work: (task: Task) => Promise<Result>,
  ): Promise<Result[]> {
    const results: Result[] = [];
    let next = 0;
    const worker = async () => {
      while (next < tasks.length) {
        throwIfAborted(options.signal);
        const index = next++;
        results[index] = await work(tasks[index]);
      }
    };
    await Promise.all(Array.from({ length: this.#threads }, worker));
    return results;
  }

  async #run(name: string, task: unknown, { coefficients }: PackedChunk, signal?: AbortSignal) {
    try {
      const transferList = [coefficients.buffer];
      return await this.#workers.run(task, { name, transferList, ...(signal ? { signal } : {}) });
    } catch (error) {
      throwIfAborted(signal);
      throw error;
    }
  }
}

function pack(chunk: DctChunk): PackedChunk {
  let tokens = 0;
  const bands = chunk.bands.map((band) => ({
    ...band,
    planes: band.planes.map((plane) => {
      tokens += plane.coefficients.length;
      return { ...plane, coefficients: NO_COEFFICIENTS };
    }),
  }));
  return { bands, coefficients: new Int16Array(tokens) };
}

/** Puts what a worker has decoded into the chunk. */
function store(chunk: DctChunk, reply: DecodeReply): LlmcError | undefined {
  if ('corrupt' in reply) return new LlmcError('chunk-corrupt', reply.corrupt);
  for (const [plane, coefficients] of planesOf(chunk, reply)) plane.coefficients.set(coefficients);
  return undefined;
}

/** Each plane of a chunk with its part of the packed coefficients. */
function* planesOf(
  chunk: DctChunk,
  { coefficients }: { readonly coefficients: Int16Array },
): Generator<[DctPlane, Int16Array]> {
  let at = 0;
  for (const band of chunk.bands) {
    for (const plane of band.planes) {
      const first = at;
      at += plane.coefficients.length;
      yield [plane, coefficients.subarray(first, at)];
    }
  }
}
