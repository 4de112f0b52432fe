/** Which items a decoder of this version can decode, as far as the header tells. */

import { itemChunks } from './chunk-coverage.js';
import { LlmcError } from './errors.js';
import type { Header, SectionEntry } from './header.js';
import { DEFLATE_RATIO, type Limits } from './limits.js';

/** What decides beside the header. */
export interface Circumstances {
  /** A critical section of no known type that concerns the item, if there is one. */
  readonly unknownCritical?: SectionEntry | undefined;
  readonly limits: Limits;
  /** Of the file, which may end before what its header lists. */
  readonly byteLength: number;
}

/**
 * Why an item cannot be decoded, or undefined if nothing in the header speaks against it.
 *
 * @returns LlmcError `codec-unknown`, `section-unknown`, `profile-unknown`, `arrangement-unknown`,
 *   `model-unknown` or `limit`.
 */
export function findItemFault(
  header: Header,
  item: number,
  circumstances: Circumstances,
): LlmcError | undefined {
  const { parameters, model } = header.items[item];
  const { unknownCritical, byteLength } = circumstances;
  if (typeof parameters.codec === 'number') {
    return new LlmcError('codec-unknown', `codec type ${parameters.codec}`, { item });
  }
  if (unknownCritical) {
    const offset = Math.min(unknownCritical.offset, byteLength);
    const { type } = unknownCritical;
    return new LlmcError('section-unknown', `section ${type}`, { item, offset });
  }
  const entry = model === undefined ? undefined : header.models[model];
  if (entry && typeof entry.profile === 'number') {
    return new LlmcError('profile-unknown', `numeric profile ${entry.profile}`, { item });
  }
  if (entry && typeof entry.arrangement === 'number') {
    return new LlmcError('arrangement-unknown', `arrangement ${entry.arrangement}`, { item });
  }
  if (entry?.profile === 'adaptive' && typeof entry.model === 'number') {
    return new LlmcError('model-unknown', `adaptive model ${entry.model}`, { item });
  }
  return limitFault(header, item, circumstances);
}

function limitFault(
  header: Header,
  item: number,
  { limits, byteLength }: Circumstances,
): LlmcError | undefined {
  const { parameters, tokens } = header.items[item];
  const most =
    parameters.codec === 'raw'
      ? Math.min(limits.rawItemBytes, DEFLATE_RATIO * byteLength)
      : limits.itemTokens;
  if (tokens > most)
    return new LlmcError('limit', `${tokens} tokens in an item, more than ${most}`, { item });
  const { first, count } = itemChunks(header, item);
  for (let chunk = first; chunk < first + count; chunk++) {
    const { tokens, offset } = header.chunks[chunk];
    if (tokens > limits.chunkTokens) {
      const message = `${tokens} tokens in a chunk, more than ${limits.chunkTokens}`;
      return new LlmcError('limit', message, { item, chunk, offset: Math.min(offset, byteLength) });
    }
  }
  return undefined;
}
