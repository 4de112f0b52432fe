/** Payloads of codec type `raw` (spec/codecs.md, "0 raw"): bytes as they are, or deflated where that is smaller. */

import { deflateSync, Inflate } from 'fflate';
import { LlmcError } from '../../container/errors.js';
import type { EntropyModel } from '../../lm/entropy-model.js';
import { SerialModel } from '../../lm/serial-model.js';

/** Codes chunks of bytes, on the calling thread. */
export const rawCoder: EntropyModel<Uint8Array> = new SerialModel<Uint8Array>({
  encode: encodeRawPayload,
  decode: decodeRawPayload,
  tokensOf: (bytes) => bytes.length,
});

/** The payload for 1 to 2^26 bytes: never longer than the bytes themselves. */
export function encodeRawPayload(bytes: Uint8Array): Uint8Array {
  const deflated = deflateSync(bytes, { level: 9 });
  return deflated.length < bytes.length ? deflated : bytes;
}

/**
 * Fills `bytes` from a payload.
 *
 * @throws LlmcError `chunk-corrupt` where the payload does not yield exactly `bytes.length` bytes.
 */
export function decodeRawPayload(payload: Uint8Array, bytes: Uint8Array): void {
  if (payload.length > bytes.length) {
    throw new LlmcError(
      'chunk-corrupt',
      `a raw payload of ${payload.length} bytes for ${bytes.length} tokens`,
    );
  }
  if (payload.length === bytes.length) {
    bytes.set(payload);
    return;
  }
  let filled = 0;
  let ended = false;
  const inflate = new Inflate((part, final) => {
    if (filled + part.length > bytes.length) throw new RangeError('too many bytes');
    bytes.set(part, filled);
    filled += part.length;
    ended = final;
  });
  try {
    inflate.push(payload, true);
  } catch (cause) {
    throw new LlmcError('chunk-corrupt', 'a raw payload that does not inflate', { cause });
  }
  if (!ended || filled !== bytes.length || endsBeforeLastByte(payload)) {
    throw new LlmcError('chunk-corrupt', `a raw payload inflates to ${filled} of ${bytes.length} bytes`);
  }
}

/** fflate passes over bytes after the end of a stream, but does not go without one that it needs. */
function endsBeforeLastByte(payload: Uint8Array): boolean {
  try {
    new Inflate(() => undefined).push(payload.subarray(0, -1), true);
    return true;
  } catch {
    return false;
  }
}
