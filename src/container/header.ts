/** The header of a file: its tables of models, items, sections and chunks (spec/container.md, sections 2 to 6). */

import type { CodecParameters } from './parameters.js';
import type { AdaptiveModelName, ArrangementName } from './registry.js';

/** The complete map of a file. Offsets are absolute; every index counts from 0. */
export interface Header {
  readonly version: { readonly major: number; readonly minor: number };
  readonly models: readonly ModelEntry[];
  readonly items: readonly ItemEntry[];
  readonly sections: readonly SectionEntry[];
  readonly chunks: readonly ChunkEntry[];
  /** Bytes of the header, from the signature to its CRC. */
  readonly headerLength: number;
  /** Bytes that the file must have. */
  readonly fileLength: number;
}

/** A model, by its numeric profile; a number in place of a name is one that this reader does not know. */
export type ModelEntry = AdaptiveModelEntry | ExactModelEntry | FloatModelEntry | UnknownModelEntry;

/** A model without weights, given by its registered name alone. */
export interface AdaptiveModelEntry {
  readonly profile: 'adaptive';
  readonly arrangement: ArrangementName | number;
  readonly model: AdaptiveModelName | number;
}

/** A model package that computes on integers. */
export interface ExactModelEntry {
  readonly profile: 'exact';
  readonly arrangement: ArrangementName | number;
  /** 8 to 32 leading bytes of the package's SHA-256 fingerprint. */
  readonly fingerprint: Uint8Array;
  /** May be empty. */
  readonly name: string;
}

/** A model package whose results depend on what runs it. */
export interface FloatModelEntry {
  readonly profile: 'float';
  readonly arrangement: ArrangementName | number;
  /** 8 to 32 leading bytes of the package's SHA-256 fingerprint. */
  readonly fingerprint: Uint8Array;
  /** May be empty. */
  readonly name: string;
  /** Tokens. */
  readonly contextLength: number;
  /** Lanes in a batch. */
  readonly lanes: number;
  /** Name and version of the runtime that encoded the file. */
  readonly runtime: string;
  /** Device that encoded the file. */
  readonly device: string;
}

/** A model of a profile that this reader does not know. */
export interface UnknownModelEntry {
  readonly profile: number;
  readonly arrangement: ArrangementName | number;
  readonly bytes: Uint8Array;
}

/** Digest of an item's output; a number is a type that this reader does not know, and cannot check. */
export type ItemDigest =
  | { readonly type: 'none' }
  | { readonly type: 'sha256'; readonly value: Uint8Array }
  | { readonly type: number; readonly value: Uint8Array };

/** What a writer says of one medium. */
export interface ItemContent {
  readonly parameters: CodecParameters;
  /** Index into the model table; none for codec type `raw`. */
  readonly model?: number;
  /** Bytes of the item's output. */
  readonly originalLength: number;
  /** None by default. */
  readonly digest?: ItemDigest;
}

/** An entry of the item table. */
export interface ItemEntry extends ItemContent {
  readonly digest: ItemDigest;
  /** Tokens of the item over all its chunks. */
  readonly tokens: number;
  /** Tokens of all items before this one. */
  readonly firstToken: number;
}

/** An entry of the section table. */
export interface SectionEntry {
  /** Four ASCII letters. */
  readonly type: string;
  /** Index of the item that it concerns; none if it concerns the whole file. */
  readonly item?: number;
  readonly offset: number;
  readonly length: number;
  /** CRC-32 of the body. */
  readonly crc: number;
}

/** An entry of the chunk table. */
export interface ChunkEntry {
  readonly tokens: number;
  /** Tokens of all chunks before this one: where it lies in the sequence of all items' tokens. */
  readonly firstToken: number;
  readonly offset: number;
  readonly length: number;
  /** CRC-32 of the payload. */
  readonly crc: number;
  /** CRC-32 of the decoded tokens in canonical form (src/container/crc.ts). */
  readonly tokensCrc: number;
}
