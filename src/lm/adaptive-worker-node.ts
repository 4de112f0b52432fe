/** Worker thread that codes chunks with the adaptive model; its master is `adaptive-pool-node.ts`. */

import { parentPort } from 'node:worker_threads';
import { LlmcError } from '../container/errors.js';
import { decodeDctChunk, encodeDctChunk } from './adaptive.js';
import type { DctBand } from './entropy-model.js';

/** A chunk to encode, or a payload with the chunk to decode it into. */
export type WorkerRequest =
  | { readonly kind: 'encode'; readonly bands: readonly DctBand[] }
  | { readonly kind: 'decode'; readonly bands: readonly DctBand[]; readonly payload: Uint8Array };

/** Encoding gives a payload, decoding gives the filled bands. */
export type WorkerReply =
  | { readonly kind: 'encoded'; readonly payload: Uint8Array }
  | { readonly kind: 'decoded'; readonly bands: readonly DctBand[] }
  | { readonly kind: 'failed'; readonly corrupt: boolean; readonly message: string };

const port = parentPort;
if (port === null) throw new Error('this module runs in a worker thread only');

port.on('message', (request: WorkerRequest) => {
  try {
    if (request.kind === 'encode') {
      const payload = encodeDctChunk({ bands: request.bands });
      reply({ kind: 'encoded', payload }, []);
    } else {
      decodeDctChunk(request.payload, { bands: request.bands });
      const buffers = request.bands.flatMap((band) => band.planes.map((plane) => plane.coefficients.buffer));
      reply({ kind: 'decoded', bands: request.bands }, buffers as ArrayBuffer[]);
    }
  } catch (error) {
    const corrupt = error instanceof LlmcError && error.code === 'chunk-corrupt';
    reply({ kind: 'failed', corrupt, message: error instanceof Error ? error.message : String(error) }, []);
  }
});

function reply(message: WorkerReply, transfer: ArrayBuffer[]): void {
  port?.postMessage(message, transfer);
}
