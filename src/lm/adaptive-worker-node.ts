/** What a worker thread of `dct-pool-node.ts` runs: one chunk, to its payload or back. */

import { move } from 'piscina';
import { LlmcError } from '../container/errors.js';
import { decodeDctChunk, encodeDctChunk } from './adaptive.js';
import type { DctBand, DctChunk } from './entropy-model.js';

/** A chunk as it crosses threads: its bands without coefficients, and those of all planes in one array. */
export interface PackedChunk {
  readonly bands: readonly DctBand[];
  readonly coefficients: Int16Array<ArrayBuffer>;
}

/** What decoding gives: the coefficients, or why the payload does not decode. */
export type DecodeReply = { readonly coefficients: Int16Array } | { readonly corrupt: string };

/** Codes a chunk into its payload. */
export async function encode(packed: PackedChunk): Promise<Uint8Array> {
  return move(await encodeDctChunk(unpack(packed))) as unknown as Uint8Array;
}

/** Decodes a payload. */
export async function decode(task: {
  readonly packed: PackedChunk;
  readonly payload: Uint8Array;
}): Promise<DecodeReply> {
  try {
    await decodeDctChunk(task.payload, unpack(task.packed));
    return { coefficients: task.packed.coefficients };
  } catch (error) {
    if (error instanceof LlmcError && error.code === 'chunk-corrupt') return { corrupt: error.message };
    throw error;
  }
}

/** A chunk whose planes are views of the packed coefficients. */
export function unpack({ bands, coefficients }: PackedChunk): DctChunk {
  let at = 0;
  return {
    bands: bands.map((band) => ({
      ...band,
      planes: band.planes.map((plane) => {
        const first = at;
        at += plane.blocksWide * plane.blocksHigh * 64;
        return { ...plane, coefficients: coefficients.subarray(first, at) };
      }),
    })),
  };
}
