/** The proof of an encoded file: it is decoded, and what comes out compared with what went in. */

import { equalBytes } from '../container/bytes.js';
import { openContainer } from '../container/reader.js';
import type { AnyChunk, Proven } from '../lm/entropy-model.js';
import type { ModelProvider } from '../lm/model-provider.js';
import { type DecodeOptions, decodeItems } from './decode.js';

/**
 * Indices of the items that do not come back, or undefined where all do.
 *
 * @param originals What each item must come back as.
 * @param file The encoded file.
 */
export async function itemsUnequal(
  originals: readonly Uint8Array[],
  file: Uint8Array,
  models: ModelProvider,
  options: Pick<DecodeOptions, 'signal' | 'onProgress'>,
): Promise<Set<number> | undefined> {
  const unequal = new Set(originals.keys());
  const container = await openContainer(file);
  for await (const item of decodeItems(container, models, { ...options, keepGoing: true })) {
    const { index, bytes, damage } = item;
    if (bytes && damage.length === 0 && equalBytes(bytes, originals[index])) unequal.delete(index);
  }
  return unequal.size === 0 ? undefined : unequal;
}

/** Models that do not decode a file's only chunk again, if it was decoded while it was written. */
export function knowing(proven: Proven<AnyChunk> | undefined, models: ModelProvider): ModelProvider {
  if (proven === undefined) return models;
  return {
    openDefault: (codec) => models.openDefault(codec),
    openNamed: (name) => models.openNamed(name),
    openEntry: async (entry, embedded) => {
      const model = await models.openEntry(entry, embedded);
      return {
        encode: (chunks, options) => model.encode(chunks, options),
        decode: async (jobs, options) =>
          jobs.length === 1 && equalBytes(jobs[0].payload, proven.payload)
            ? [await proven.decodeInto(jobs[0].chunk)]
            : model.decode(jobs, options),
        close: () => model.close(),
      };
    },
    close: () => models.close(),
  };
}
