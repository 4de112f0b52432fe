/** Which items and regions the chunks hold (spec/container.md, "Chunk table"). */

import type { Header, ItemEntry } from './header.js';
import { dctGeometry, dctTokens } from './parameters.js';

/** A run of rows. */
export interface Rows {
  readonly first: number;
  readonly count: number;
}

/** What a chunk holds of one item. */
export interface ChunkSpan {
  /** Index of the item. */
  readonly item: number;
  /** Tokens of the item before these. */
  readonly firstToken: number;
  readonly tokens: number;
  /** Rows of MCUs, for DCT latents. */
  readonly mcuRows?: Rows;
  /** Rows of pixels of the frame, for DCT latents. */
  readonly pixelRows?: Rows;
  /** Pictures within the headers of a JPEG file, where the chunk holds these too. */
  readonly nested?: number;
}

/** What a chunk holds, item by item; items without tokens are left out. */
export function chunkCoverage(header: Header, chunk: number): ChunkSpan[] {
  const { firstToken, tokens } = header.chunks[chunk];
  const end = firstToken + tokens;
  const spans: ChunkSpan[] = [];
  for (let i = lastAtOrBefore(header.items, firstToken); i < header.items.length; i++) {
    const item = header.items[i];
    if (item.firstToken >= end) break;
    const from = Math.max(firstToken, item.firstToken) - item.firstToken;
    const to = Math.min(end, item.firstToken + item.tokens) - item.firstToken;
    if (to > from) spans.push({ item: i, firstToken: from, tokens: to - from, ...dctRows(item, from, to) });
  }
  return spans;
}

/** The chunks that hold tokens of an item: `count` of them from `first` on; 0 where the item has no tokens. */
export function itemChunks(header: Header, item: number): Rows {
  const { firstToken, tokens } = header.items[item];
  const { chunks } = header;
  if (tokens === 0) return { first: 0, count: 0 };
  const first = lastAtOrBefore(chunks, firstToken);
  return { first, count: lastAtOrBefore(chunks, firstToken + tokens - 1) - first + 1 };
}

function dctRows(
  item: ItemEntry,
  from: number,
  to: number,
): Pick<ChunkSpan, 'mcuRows' | 'pixelRows' | 'nested'> {
  const { parameters } = item;
  if (parameters.codec !== 'jpeg' && parameters.codec !== 'dct') return {};
  const { dct, nested } = parameters;
  const { tokensPerMcuRow, pixelsPerMcuRow } = dctGeometry(dct);
  const first = from / tokensPerMcuRow;
  const count = Math.min(to, dctTokens(dct)) / tokensPerMcuRow - first;
  const firstPixel = Math.min(dct.height, first * pixelsPerMcuRow);
  const endPixel = Math.min(dct.height, (first + count) * pixelsPerMcuRow);
  return {
    mcuRows: { first, count },
    pixelRows: { first: firstPixel, count: endPixel - firstPixel },
    ...(nested && to === item.tokens ? { nested: nested.length } : {}),
  };
}

/** Index of the last entry that begins at or before a place in the sequence of tokens. */
function lastAtOrBefore(entries: readonly { readonly firstToken: number }[], token: number): number {
  let low = 0;
  let high = entries.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (entries[middle].firstToken <= token) low = middle;
    else high = middle;
  }
  return low;
}
