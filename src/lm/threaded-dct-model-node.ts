/** Models of DCT latents on the calling thread and on workers. */

import type { LlmcError } from '../container/errors.js';
import { DctPool, type WorkerModule } from './dct-pool-node.js';
import type { CodingOptions, DctChunk, DecodeJob, EntropyModel } from './entropy-model.js';

/**
 * Codes what comes alone in the calling thread, which spares the start of a worker; several chunks, and those that come
 * while others are being coded, on workers that are started when they are needed.
 */
export class ThreadedDctModel implements EntropyModel<DctChunk> {
  #workers: DctPool | undefined;
  #calls = 0;

  /**
   * @param single Codes in the calling thread.
   * @param threads Most workers, at least 2.
   * @param workers Those of the module, if they have been started.
   */
  constructor(
    protected readonly single: EntropyModel<DctChunk>,
    private readonly threads: number,
    private readonly module: WorkerModule,
    workers?: DctPool,
  ) {
    this.#workers = workers;
  }

  async encode(chunks: readonly DctChunk[], options?: CodingOptions): Promise<Uint8Array[]> {
    return this.counted(() => this.#engineFor(chunks.length).encode(chunks, options));
  }

  async decode(
    jobs: readonly DecodeJob<DctChunk>[],
    options?: CodingOptions,
  ): Promise<(LlmcError | undefined)[]> {
    return this.counted(() => this.#engineFor(jobs.length).decode(jobs, options));
  }

  async close(): Promise<void> {
    await Promise.all([this.single.close(), this.#workers?.close()]);
  }

  /** The number of calls that have not ended. */
  protected get calls(): number {
    return this.#calls;
  }

  protected get workers(): DctPool {
    this.#workers ??= new DctPool(this.threads, this.module);
    return this.#workers;
  }

  /** Does the work of a call. */
  protected async counted<T>(work: () => Promise<T>): Promise<T> {
    this.#calls++;
    try {
      return await work();
    } finally {
      this.#calls--;
    }
  }

  #engineFor(chunks: number): EntropyModel<DctChunk> {
    return chunks === 1 && this.#calls === 1 ? this.single : this.workers;
  }
}
