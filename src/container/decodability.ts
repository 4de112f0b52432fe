/** Which items a decoder of this version can decode, as far as the header tells. */

import { itemChunks } from './chunk-coverage.js';
import { LlmcError } from './errors.js';
import type { Header, SectionEntry } from './header.js';
import type { Limits } from './limits.js';

/**
 * Why an item cannot be decoded, or undefined if nothing in the header speaks against it.
 *
 * @param unknownCritical A critical section of no known type that concerns the item, if there is one.
 * @returns LlmcError `codec-unknown`, `section-unknown`, `profile-unknown`, `arrangement-unknown`,
 *   `model-unknown` or `limit`.
 */
export function findItemFault(
  header: Header,
  item: number,
  unknownCritical: SectionEntry | undefined,
  limits: Limits,
): LlmcError | undefined {
  const { parameters, model, tokens } = header.items[item];
  if (typeof parameters.codec === 'number') {
    return new LlmcError('codec-unknown', `codec type ${parameters.codec}`, { item });
  }
  if (unknownCritical) {
    const { type, offset } = unknownCritical;
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
  return limitFault(header, item, tokens, limits);
}

function limitFault(header: Header, item: number, tokens: number, limits: Limits): LlmcError | undefined {
  const { codec } = header.items[item].parameters;
  if (codec !== 'raw' && tokens > limits.itemTokens) {
    return new LlmcError('limit', `${tokens} tokens in an item, more than ${limits.itemTokens}`, { item });
  }
  const { first, count } = itemChunks(header, item);
  for (let chunk = first; chunk < first + count; chunk++) {
    const { tokens, offset } = header.chunks[chunk];
    if (tokens > limits.chunkTokens) {
      const message = `${tokens} tokens in a chunk, more than ${limits.chunkTokens}`;
      return new LlmcError('limit', message, { item, chunk, offset });
    }
  }
  return undefined;
}
