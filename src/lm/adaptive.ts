/** The adaptive model `adaptive-dct-1` (spec/adaptive-dct.md): weight-free, learns each chunk as it codes it. */

import { LlmcError } from '../container/errors.js';
import { DctCoder } from './adaptive/dct-coder.js';
import type { CodingOptions, DctChunk, DecodeJob, EntropyModel } from './entropy-model.js';

/** One coder a thread: its tables take time to allocate, and are forgotten at the start of each chunk. */
let coder: DctCoder | undefined;

/** Codes one chunk by itself into its payload. */
export function encodeDctChunk(chunk: DctChunk): Uint8Array {
  coder ??= new DctCoder();
  return coder.encode(chunk);
}

/**
 * Decodes a payload into its chunk, whose coefficients must be zero and are otherwise of the right shape.
 * @throws LlmcError `chunk-corrupt` if the payload is not what an encoder writes.
 */
export function decodeDctChunk(payload: Uint8Array, chunk: DctChunk): void {
  coder ??= new DctCoder();
  coder.decode(payload, chunk);
}

/** The adaptive model on the calling thread. */
export class AdaptiveDctModel implements EntropyModel<DctChunk> {
  async encode(chunks: readonly DctChunk[], options: CodingOptions = {}): Promise<Uint8Array[]> {
    const payloads: Uint8Array[] = [];
    for (const chunk of chunks) {
      await nextTurn(options);
      payloads.push(encodeDctChunk(chunk));
      options.onProgress?.(tokensOf(chunk));
    }
    return payloads;
  }

  async decode(
    jobs: readonly DecodeJob<DctChunk>[],
    options: CodingOptions = {},
  ): Promise<(LlmcError | undefined)[]> {
    const errors: (LlmcError | undefined)[] = [];
    for (const { payload, chunk } of jobs) {
      await nextTurn(options);
      try {
        decodeDctChunk(payload, chunk);
        errors.push(undefined);
      } catch (error) {
        if (!(error instanceof LlmcError)) throw error;
        errors.push(error);
      }
      options.onProgress?.(tokensOf(chunk));
    }
    return errors;
  }

  async close(): Promise<void> {}
}

function tokensOf(chunk: DctChunk): number {
  let tokens = 0;
  for (const band of chunk.bands) for (const plane of band.planes) tokens += plane.coefficients.length;
  return tokens;
}

/** Lets other work and cancellation in between two chunks. */
async function nextTurn(options: CodingOptions): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  if (options.signal?.aborted) throw new LlmcError('aborted', 'The operation was cancelled.');
}
