/** Where chunks may be cut (spec/container.md, "Chunk table"; spec/codecs.md). */

import type { ItemEntry } from './header.js';
import { RAW_CHUNK_LIMIT } from './limits.js';
import { type CodecParameters, dctGeometry, dctTokens } from './parameters.js';

/** A rule that a chunk breaks. */
export interface CutFault {
  readonly code: 'header-invalid' | 'limit';
  readonly message: string;
}

/** Tokens that must not be parted within an item: a row of MCUs, a frame of layers, else one token. */
export function cutUnit(parameters: CodecParameters): number {
  switch (parameters.codec) {
    case 'jpeg':
    case 'dct':
      return dctGeometry(parameters.dct).tokensPerMcuRow;
    case 'rvq':
      return parameters.rvq.codebookSizes.length;
    default:
      return 1;
  }
}

/** Tokens of an item, from its first on, among which it may be cut: pictures within a JPEG file stay whole. */
export function cuttableTokens(parameters: CodecParameters, tokens: number): number {
  const { codec } = parameters;
  return codec === 'jpeg' || codec === 'dct' ? dctTokens(parameters.dct) : tokens;
}

/** Follows the chunks along the items, each of which is visited once. */
export class ChunkCutter {
  #item = 0;

  constructor(private readonly items: readonly ItemEntry[]) {}

  /** Checks the chunk that follows those checked before. */
  check(firstToken: number, tokens: number): CutFault | undefined {
    const { items } = this;
    const end = firstToken + tokens;
    while (itemEnd(items[this.#item]) <= firstToken) this.#item++;
    const first = items[this.#item];
    let last = first;
    while (itemEnd(items[this.#item]) < end) {
      last = items[++this.#item];
      if (last.tokens > 0 && !sameCoding(first, last)) {
        return invalid('a chunk spans items of different codec types or models');
      }
    }
    if (first.parameters.codec === 'raw') {
      if (last !== first) return invalid('a chunk of codec type raw spans items');
      if (tokens > RAW_CHUNK_LIMIT) {
        return { code: 'limit', message: `a chunk of ${tokens} bytes, more than ${RAW_CHUNK_LIMIT}` };
      }
    }
    const within = end - last.firstToken;
    const cuttable = cuttableTokens(last.parameters, last.tokens);
    if (end < itemEnd(last) && (within > cuttable || within % cutUnit(last.parameters) !== 0)) {
      return invalid(`a chunk ends ${within} tokens into an item, where its codec type allows no cut`);
    }
    return undefined;
  }
}

function invalid(message: string): CutFault {
  return { code: 'header-invalid', message };
}

function itemEnd(item: ItemEntry): number {
  return item.firstToken + item.tokens;
}

function sameCoding(a: ItemEntry, b: ItemEntry): boolean {
  return a.parameters.codec === b.parameters.codec && a.model === b.model;
}
