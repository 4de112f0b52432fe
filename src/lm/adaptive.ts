/** The adaptive model `adaptive-dct-1` (spec/adaptive-dct.md): weight-free, learns each chunk as it codes it. */

import { DctCoder } from './adaptive/dct-coder.js';
import type { DctChunk } from './entropy-model.js';
import { SerialModel } from './serial-model.js';

/** One coder a thread: its tables take time to allocate. */
let coder: Promise<DctCoder> | undefined;

/** Codes one chunk by itself into its payload. */
export async function encodeDctChunk(chunk: DctChunk): Promise<Uint8Array> {
  coder ??= DctCoder.create();
  return (await coder).encode(chunk);
}

/**
 * Decodes a payload into its chunk, whose coefficients are of the right shape.
 *
 * @throws LlmcError `chunk-corrupt` if the payload is not what an encoder writes.
 */
export async function decodeDctChunk(payload: Uint8Array, chunk: DctChunk): Promise<void> {
  coder ??= DctCoder.create();
  (await coder).decode(payload, chunk);
}

/** The adaptive model on the calling thread. */
export class AdaptiveDctModel extends SerialModel<DctChunk> {
  constructor() {
    super({ encode: encodeDctChunk, decode: decodeDctChunk, tokensOf });
  }
}

function tokensOf(chunk: DctChunk): number {
  let tokens = 0;
  for (const band of chunk.bands) for (const plane of band.planes) tokens += plane.coefficients.length;
  return tokens;
}
