/** Indices as packed bits, least significant first (spec/adaptive-index.md, "Payloads"). */

import { LlmcError } from '../../container/errors.js';
import { BitReader, BitWriter, bitsOfIndex } from '../../entropy/packed-bits.js';
import type { IndexChunk } from '../entropy-model.js';

/** All indices of a chunk, each with the bits that its codebook size takes. */
export function packIndices({ runs }: IndexChunk): Uint8Array {
  const writer = new BitWriter();
  for (const { codebookSizes, first, indices } of runs) {
    const bits = codebookSizes.map(bitsOfIndex);
    for (let i = 0; i < indices.length; i++) writer.write(indices[i], bits[(first + i) % bits.length]);
  }
  return writer.finish();
}

/**
 * Fills a chunk from its packed bits.
 *
 * @throws LlmcError `chunk-corrupt` where an index is not below its codebook size, or a bit of padding is 1.
 */
export function unpackIndices(payload: Uint8Array, { runs }: IndexChunk): void {
  const reader = new BitReader(payload);
  for (const { codebookSizes, first, indices } of runs) {
    const bits = codebookSizes.map(bitsOfIndex);
    for (let i = 0; i < indices.length; i++) {
      const layer = (first + i) % bits.length;
      indices[i] = reader.read(bits[layer]);
      if (indices[i] >= codebookSizes[layer]) {
        throw new LlmcError('chunk-corrupt', `index ${indices[i]} in a codebook of ${codebookSizes[layer]}`);
      }
    }
  }
  if (!reader.atZeroPadding()) throw new LlmcError('chunk-corrupt', 'bits follow the packed indices');
}
