/** How the encoder cuts the tokens of all items into chunks (spec/container.md, "Chunk table"). */

import type { ItemPart } from '../arrangement/latents.js';
import { kindOf } from '../arrangement/registry.js';
import type { ParsedItem } from '../codecs/codec.js';
import { cuttableTokens, cutUnit } from '../container/chunk-rules.js';
import { tokenCount } from '../container/parameters.js';

/** What a chunk holds of one item. */
export interface PlannedPart extends ItemPart {
  readonly item: number;
}

/** A chunk to be coded: part of one item, or of several that share it. */
export interface PlannedChunk {
  readonly parts: readonly PlannedPart[];
  readonly tokens: number;
}

/**
 * Plans the chunks of all items, in order. A large item is cut into chunks of at most `targets` tokens (one
 * unit at least, such as an MCU row; pictures within a JPEG file go with its last one); successive small items of the
 * same codec type and model share a chunk up to that size, and with it the model's state. The plan depends on nothing else, so a file's bytes do not depend on
 * the machine.
 *
 * @param models Index into the model table for each item, or undefined.
 * @param targets Most tokens of a chunk with parts of each item; undefined for what suits its kind of latents.
 * @param share Whether items may share a chunk.
 */
export function planChunks(
  items: readonly ParsedItem[],
  models: readonly (number | undefined)[],
  targets: readonly (number | undefined)[] = [],
  share = true,
): PlannedChunk[] {
  const chunks: { parts: PlannedPart[]; tokens: number; open: boolean }[] = [];
  items.forEach(({ parameters, latents }, item) => {
    const kind = kindOf(latents);
    const target = Math.min(targets[item] ?? kind.chunkTokens, kind.chunkLimit);
    const tokens = tokenCount(parameters, latents.kind === 'bytes' ? latents.bytes.length : 0);
    if (tokens === 0) return;
    const last = chunks.at(-1);
    const neighbour = last?.parts[0];
    if (
      last?.open &&
      neighbour !== undefined &&
      last.tokens + tokens <= target &&
      neighbour.parameters.codec === parameters.codec &&
      models[neighbour.item] === models[item]
    ) {
      last.parts.push({ item, parameters, latents, firstToken: 0, tokens });
      last.tokens += tokens;
      return;
    }
    const cuttable = cuttableTokens(parameters, tokens);
    const runs = cutTokens(cuttable, cutUnit(parameters), target);
    runs[runs.length - 1] += tokens - cuttable;
    let firstToken = 0;
    for (const count of runs) {
      const part = { item, parameters, latents, firstToken, tokens: count };
      chunks.push({ parts: [part], tokens: count, open: share && kind.spansItems && runs.length === 1 });
      firstToken += count;
    }
  });
  return chunks;
}

/**
 * Cuts `tokens` tokens, whole units of `unit`, into the fewest runs of at most `target` (one unit at least) that
 * are of nearly equal length, so that the parts take nearly equal time.
 */
function cutTokens(tokens: number, unit: number, target: number): number[] {
  const units = tokens / unit;
  const runs = Math.ceil(units / Math.max(1, Math.floor(target / unit)));
  const start = (run: number) => Math.floor((run * units) / runs) * unit;
  return Array.from({ length: runs }, (_, run) => start(run + 1) - start(run));
}
