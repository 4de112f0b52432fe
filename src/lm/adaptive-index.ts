/** The adaptive model `adaptive-index-1` (spec/adaptive-index.md): weight-free, learns each chunk as it codes it. */

import { decodeIndexChunk, encodeIndexChunk } from './adaptive/index-coder.js';
import type { IndexChunk } from './entropy-model.js';
import { SerialModel } from './serial-model.js';

/** The adaptive model of codebook indices on the calling thread. */
export class AdaptiveIndexModel extends SerialModel<IndexChunk> {
  constructor() {
    super({ encode: encodeIndexChunk, decode: decodeIndexChunk, tokensOf });
  }
}

function tokensOf({ runs }: IndexChunk): number {
  return runs.reduce((sum, { indices }) => sum + indices.length, 0);
}
