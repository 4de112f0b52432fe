/** Writing files: the header, then the bodies of the sections, then the payloads of the chunks. */

import { concatenate } from './bytes.js';
import { crc32 } from './crc.js';
import type { ItemContent, ModelEntry } from './header.js';
import { serializeHeader } from './serialize-header.js';

/** What a file is made of. */
export interface ContainerContent {
  /** At most 255; none by default. */
  readonly models?: readonly ModelEntry[];
  /** At least one. */
  readonly items: readonly ItemContent[];
  /** None by default. Bodies are written in this order. */
  readonly sections?: readonly SectionContent[];
  /** In the order of the tokens that they hold. */
  readonly chunks: readonly ChunkContent[];
}

/** A section to be written. */
export interface SectionContent {
  /** Four letters, see `SectionType`. */
  readonly type: string;
  /** Index of the item that it concerns; none if it concerns the whole file. */
  readonly item?: number;
  readonly body: Uint8Array;
}

/** A chunk to be written. */
export interface ChunkContent {
  /** At least 1. */
  readonly tokens: number;
  readonly payload: Uint8Array;
  /** CRC-32 of the tokens in canonical form (`dctTokensCrc`, `rawTokensCrc`, `indexTokensCrc`). */
  readonly tokensCrc: number;
}

/**
 * A whole file in one array.
 *
 * @throws LlmcError `argument` where the content breaks a rule of the format.
 */
export function writeContainer(content: ContainerContent): Uint8Array {
  return concatenate(containerParts(content));
}

/**
 * A file as its parts in order, which are the header and views of the bodies and payloads given: writing them
 * one after another needs no second copy of the file in memory.
 *
 * @throws LlmcError `argument` where the content breaks a rule of the format.
 */
export function containerParts(content: ContainerContent): Uint8Array[] {
  const { models = [], items, sections = [], chunks } = content;
  const { bytes } = serializeHeader({
    models,
    items,
    sections: sections.map(({ body, ...entry }) => ({ ...entry, length: body.length, crc: crc32(body) })),
    chunks: chunks.map(({ payload, ...entry }) => ({
      ...entry,
      length: payload.length,
      crc: crc32(payload),
    })),
  });
  return [bytes, ...sections.map((section) => section.body), ...chunks.map((chunk) => chunk.payload)];
}
