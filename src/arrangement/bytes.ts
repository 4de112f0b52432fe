/** Latents of codec type `raw`: the bytes themselves. */

import { rawTokensCrc } from '../container/crc.js';
import { RAW_CHUNK_LIMIT } from '../container/limits.js';
import type { LatentsKind } from './latents.js';

/** Bytes as latents. */
export const bytesKind: LatentsKind<Uint8Array> = {
  // Small enough that damage costs little, large enough to deflate well.
  chunkTokens: 1 << 20,
  chunkLimit: RAW_CHUNK_LIMIT,
  spansItems: false,
  chunkOf([{ latents, firstToken, tokens }]) {
    if (latents.kind !== 'bytes') throw new TypeError(`latents of kind ${latents.kind}`);
    return latents.bytes.subarray(firstToken, firstToken + tokens);
  },
  tokensCrc: rawTokensCrc,
  clear: (bytes) => bytes.fill(0),
};
