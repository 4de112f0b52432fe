/** Latents of one item, by kind, and the interface that each kind gives to the pipeline. */

import type { CodecParameters } from '../container/parameters.js';

/** Latents of one item. */
export type Latents =
  /** One token a byte. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  /** One array of coefficients a component, of the frame and of each nested one; see `DctLatents`. */
  | {
      readonly kind: 'dct';
      readonly coefficients: readonly Int16Array[];
      readonly nested?: readonly (readonly Int16Array[])[];
    }
  /** All indices in canonical order (spec/codecs.md). */
  | { readonly kind: 'indices'; readonly indices: Uint32Array };

/** Consecutive tokens of one item, cut where its codec type allows it (spec/codecs.md). */
export interface ItemPart {
  readonly parameters: CodecParameters;
  readonly latents: Latents;
  /** Tokens of the item before these. */
  readonly firstToken: number;
  /** At least 1. */
  readonly tokens: number;
}

/** What the pipeline needs to know of a kind of latents: nothing else there depends on the kind. */
export interface LatentsKind<Chunk> {
  /** Most tokens in a chunk unless the caller chooses. */
  readonly chunkTokens: number;
  /** Most tokens in a chunk whatever the caller chooses, as far as an item may be cut. */
  readonly chunkLimit: number;
  /** Whether a chunk may hold parts of several items. */
  readonly spansItems: boolean;
  /** A chunk of these parts, of views: decoding into it fills the items' latents. */
  chunkOf(parts: readonly ItemPart[]): Chunk;
  /** The `tokens_crc` of a chunk (spec/codecs.md, the canonical forms). */
  tokensCrc(chunk: Chunk): number;
  /** Sets all tokens of a chunk to zero: what is left of one that did not decode. */
  clear(chunk: Chunk): void;
}
