/** Codec type `raw`: any bytes at all (spec/codecs.md, "0 raw"). */

import type { Codec, RebuildInput } from '../codec.js';

export { encodeRawPayload, rawCoder } from './payload.js';

/** Bytes as they are. */
export const rawCodec: Codec = {
  parse: (file) => ({ parameters: { codec: 'raw' }, latents: { kind: 'bytes', bytes: file }, sections: [] }),
  allocate: (_parameters, originalLength) => ({ kind: 'bytes', bytes: new Uint8Array(originalLength) }),
  rebuild: bytesOf,
  salvage: bytesOf,
};

function bytesOf({ latents }: RebuildInput): Uint8Array {
  if (latents.kind !== 'bytes') throw new TypeError('raw items have latents of kind bytes');
  return latents.bytes;
}
