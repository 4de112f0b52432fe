/** The adaptive model on worker threads: chunks are coded at once, one a core. */

import { Worker } from 'node:worker_threads';
import { LlmcError, throwIfAborted } from '../container/errors.js';
import type { WorkerReply, WorkerRequest } from './adaptive-worker-node.js';
import type { CodingOptions, DctBand, DctChunk, DecodeJob, EntropyModel } from './entropy-model.js';

// Both src/lm/ and dist/lm/ lie two levels below the package: tests that run the sources use the built worker.
const WORKER = new URL('../../dist/lm/adaptive-worker-node.js', import.meta.url);

interface Task {
  readonly request: WorkerRequest;
  readonly transfer: ArrayBuffer[];
  readonly resolve: (reply: WorkerReply) => void;
  readonly reject: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

/** `adaptive-dct-1` on up to `threads` worker threads, started as they are needed. */
export class AdaptiveDctPool implements EntropyModel<DctChunk> {
  readonly #threads: number;
  readonly #workers = new Set<Worker>();
  readonly #idle: Worker[] = [];
  readonly #queue: Task[] = [];

  constructor(threads: number) {
    this.#threads = threads;
  }

  async encode(chunks: readonly DctChunk[], options: CodingOptions = {}): Promise<Uint8Array[]> {
    return Promise.all(
      chunks.map(async (chunk) => {
        const bands = chunk.bands.map((band) => withCoefficients(band, (c) => c.slice()));
        const reply = await this.#run({ kind: 'encode', bands }, buffersOf(bands), options.signal);
        options.onProgress?.(tokensOf(chunk));
        if (reply.kind !== 'encoded') throw unexpected(reply);
        return reply.payload;
      }),
    );
  }

  async decode(
    jobs: readonly DecodeJob<DctChunk>[],
    options: CodingOptions = {},
  ): Promise<(LlmcError | undefined)[]> {
    return Promise.all(
      jobs.map(async ({ payload, chunk }) => {
        const bands = chunk.bands.map((band) => withCoefficients(band, (c) => new Int16Array(c.length)));
        const request: WorkerRequest = { kind: 'decode', bands, payload: payload.slice() };
        const reply = await this.#run(request, buffersOf(bands), options.signal);
        options.onProgress?.(tokensOf(chunk));
        if (reply.kind === 'failed' && reply.corrupt) return new LlmcError('chunk-corrupt', reply.message);
        if (reply.kind !== 'decoded') throw unexpected(reply);
        reply.bands.forEach((band, b) => {
          band.planes.forEach((plane, p) => {
            chunk.bands[b].planes[p].coefficients.set(plane.coefficients);
          });
        });
        return undefined;
      }),
    );
  }

  async close(): Promise<void> {
    const aborted = new LlmcError('aborted', 'the model was closed');
    for (const task of this.#queue.splice(0)) task.reject(aborted);
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
    this.#workers.clear();
    this.#idle.length = 0;
  }

  #run(request: WorkerRequest, transfer: ArrayBuffer[], signal?: AbortSignal): Promise<WorkerReply> {
    return new Promise((resolve, reject) => {
      throwIfAborted(signal);
      this.#queue.push({ request, transfer, resolve, reject, signal });
      this.#dispatch();
    });
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop() ?? this.#start();
      if (worker === undefined) return;
      const task = this.#queue.shift() as Task;
      if (task.signal?.aborted) {
        this.#idle.push(worker);
        task.reject(new LlmcError('aborted', 'cancelled'));
        continue;
      }
      worker.ref();
      worker.once('message', (reply: WorkerReply) => {
        worker.removeAllListeners();
        worker.unref();
        this.#idle.push(worker);
        task.resolve(reply);
        this.#dispatch();
      });
      worker.once('error', (error) => {
        worker.removeAllListeners();
        this.#workers.delete(worker);
        task.reject(error);
        this.#dispatch();
      });
      worker.postMessage(task.request, task.transfer);
    }
  }

  #start(): Worker | undefined {
    if (this.#workers.size >= this.#threads) return undefined;
    const worker = new Worker(WORKER);
    this.#workers.add(worker);
    return worker;
  }
}

function withCoefficients(band: DctBand, make: (coefficients: Int16Array) => Int16Array): DctBand {
  const planes = band.planes.map((plane) => ({ ...plane, coefficients: make(plane.coefficients) }));
  return { ...band, planes };
}

function buffersOf(bands: readonly DctBand[]): ArrayBuffer[] {
  return bands.flatMap((band) => band.planes.map((plane) => plane.coefficients.buffer as ArrayBuffer));
}

function tokensOf(chunk: DctChunk): number {
  return chunk.bands.reduce(
    (sum, band) => sum + band.planes.reduce((tokens, plane) => tokens + plane.coefficients.length, 0),
    0,
  );
}

function unexpected(reply: WorkerReply): Error {
  return new Error(reply.kind === 'failed' ? reply.message : `unexpected reply ${reply.kind}`);
}
