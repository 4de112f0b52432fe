/** An entropy model that codes one chunk after the other on the calling thread. */

import { LlmcError, throwIfAborted } from '../container/errors.js';
import type { CodingOptions, DecodeJob, EntropyModel } from './entropy-model.js';

/** How one chunk is coded. */
export interface ChunkCoder<Chunk> {
  encode(chunk: Chunk): Uint8Array | Promise<Uint8Array>;
  /** @throws LlmcError `chunk-corrupt` if the payload is not what an encoder writes. */
  decode(payload: Uint8Array, chunk: Chunk): void | Promise<void>;
  tokensOf(chunk: Chunk): number;
}

/** A model over the coder of a chunk. */
export class SerialModel<Chunk> implements EntropyModel<Chunk> {
  constructor(private readonly coder: ChunkCoder<Chunk>) {}

  async encode(chunks: readonly Chunk[], options: CodingOptions = {}): Promise<Uint8Array[]> {
    const payloads: Uint8Array[] = [];
    for (const chunk of chunks) {
      await nextTurn(options.signal);
      payloads.push(await this.coder.encode(chunk));
      options.onProgress?.(this.coder.tokensOf(chunk));
    }
    return payloads;
  }

  async decode(
    jobs: readonly DecodeJob<Chunk>[],
    options: CodingOptions = {},
  ): Promise<(LlmcError | undefined)[]> {
    const errors: (LlmcError | undefined)[] = [];
    for (const { payload, chunk } of jobs) {
      await nextTurn(options.signal);
      try {
        await this.coder.decode(payload, chunk);
        errors.push(undefined);
      } catch (error) {
        if (!(error instanceof LlmcError)) throw error;
        errors.push(error);
      }
      options.onProgress?.(this.coder.tokensOf(chunk));
    }
    return errors;
  }

  async close(): Promise<void> {}
}

/** Lets other work and cancellation in between two chunks. */
async function nextTurn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  throwIfAborted(signal);
}
