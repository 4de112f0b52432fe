/** An exact model on plain integers on several threads. */

import { MessageChannel } from 'node:worker_threads';
import type { LlmcError } from '../../container/errors.js';
import { DctPool } from '../dct-pool-node.js';
import type { CodingOptions, DctChunk, DecodeJob, EntropyModel, Proven } from '../entropy-model.js';
import type { NetRunner } from './batch.js';
import { ExactDctModel } from './exact-dct-model.js';
import type { Nets } from './nets.js';

/** Codes a single chunk in the calling thread, several on worker threads that are started when they are needed. */
export class ExactDctPool implements EntropyModel<DctChunk> {
  private readonly single: ExactDctModel;
  private pool: DctPool | undefined;

  /**
   * @param runner Checked plain integers, for the calling thread.
   * @param threads At least 2.
   */
  constructor(
    private readonly classes: readonly Nets[],
    runner: NetRunner,
    private readonly threads: number,
  ) {
    this.single = new ExactDctModel(classes, runner);
  }

  async encode(chunks: readonly DctChunk[], options?: CodingOptions): Promise<Uint8Array[]> {
    return this.engineFor(chunks.length).encode(chunks, options);
  }

  async decode(
    jobs: readonly DecodeJob<DctChunk>[],
    options?: CodingOptions,
  ): Promise<(LlmcError | undefined)[]> {
    return this.engineFor(jobs.length).decode(jobs, options);
  }

  async encodeProven(chunk: DctChunk, options?: CodingOptions): Promise<Proven<DctChunk>> {
    const { port1, port2 } = new MessageChannel();
    const decoding = this.workers().decodeGrowing(chunk, port2);
    // Where the encoder fails, the decoder does too, and the encoder's error is the one to tell.
    decoding.catch(() => undefined);
    try {
      const send = (piece: Uint8Array) => port1.postMessage(piece);
      const payload = await this.single.encodeInPieces(chunk, send, options);
      port1.postMessage(payload.length);
      return { payload, decodeInto: await decoding };
    } finally {
      port1.close();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.single.close(), this.pool?.close()]);
  }

  private engineFor(chunks: number): EntropyModel<DctChunk> {
    if (chunks < 2) return this.single;
    return this.workers();
  }

  private workers(): DctPool {
    this.pool ??= new DctPool(this.threads, { path: 'exact/exact-worker-node.js', data: this.classes });
    return this.pool;
  }
}
