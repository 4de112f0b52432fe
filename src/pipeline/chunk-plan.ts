/** How the encoder cuts the tokens of all items into chunks (spec/container.md, "Chunk table"). */

import { cutMcuRows } from '../arrangement/dct-bands.js';
import type { ParsedItem } from '../codecs/codec.js';
import { RAW_CHUNK_BYTES } from '../codecs/raw/index.js';
import { dctGeometry } from '../container/parameters.js';

/** What a chunk holds of one item: bytes of a raw item, MCU rows of DCT latents. */
export interface ChunkPart {
  readonly item: number;
  readonly first: number;
  readonly count: number;
}

/** A chunk to be coded: parts of one item, or of several that share it. */
export interface PlannedChunk {
  readonly parts: readonly ChunkPart[];
  readonly tokens: number;
}

/**
 * Plans the chunks of all items, in order. A large item is cut into chunks of at most `targetTokens` tokens (one
 * MCU row at least); successive small items of the same codec type and model share a chunk up to that size,
 * and with it the model's state. The plan depends on nothing else, so a file's bytes do not depend on the machine.
 *
 * @param models Index into the model table for each item, or undefined.
 */
export function planChunks(
  items: readonly ParsedItem[],
  models: readonly (number | undefined)[],
  targetTokens: number,
): PlannedChunk[] {
  const chunks: { parts: ChunkPart[]; tokens: number; open: boolean }[] = [];
  items.forEach(({ parameters, latents }, item) => {
    if (latents.kind === 'bytes') {
      const step = Math.min(RAW_CHUNK_BYTES, targetTokens);
      for (let first = 0; first < latents.bytes.length; first += step) {
        const count = Math.min(step, latents.bytes.length - first);
        chunks.push({ parts: [{ item, first, count }], tokens: count, open: false });
      }
      return;
    }
    if (parameters.codec !== 'jpeg' && parameters.codec !== 'dct') throw new TypeError('not DCT latents');
    const { mcusHigh, tokensPerMcuRow } = dctGeometry(parameters.dct);
    const tokens = mcusHigh * tokensPerMcuRow;
    const last = chunks.at(-1);
    const neighbour = last?.parts[0].item;
    if (
      last?.open &&
      neighbour !== undefined &&
      last.tokens + tokens <= targetTokens &&
      items[neighbour].parameters.codec === parameters.codec &&
      models[neighbour] === models[item]
    ) {
      last.parts.push({ item, first: 0, count: mcusHigh });
      last.tokens += tokens;
      return;
    }
    let first = 0;
    const runs = cutMcuRows(mcusHigh, tokensPerMcuRow, targetTokens);
    for (const count of runs) {
      chunks.push({
        parts: [{ item, first, count }],
        tokens: count * tokensPerMcuRow,
        open: runs.length === 1,
      });
      first += count;
    }
  });
  return chunks;
}
