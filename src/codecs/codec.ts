/** What a codec is to the pipeline: media bytes to latents and back. */

import type { Latents } from '../arrangement/latents.js';
import type { CodecParameters } from '../container/parameters.js';

/** A critical section that belongs to an item. */
export interface ItemSection {
  /** Four-character code (spec/registries.md, "Section types"). */
  readonly type: string;
  readonly body: Uint8Array;
}

/** An item as a codec understood it. */
export interface ParsedItem {
  readonly parameters: CodecParameters;
  readonly latents: Latents;
  readonly sections: readonly ItemSection[];
}

/** What an item's bytes are rebuilt from. */
export interface RebuildInput {
  readonly parameters: CodecParameters;
  readonly latents: Latents;
  /** Verified body of a section of the item, by four-character code. */
  readonly section: (type: string) => Uint8Array | undefined;
  readonly originalLength: number;
}

/** A codec type of the registry. */
export interface Codec {
  /** Understands a file, or answers undefined: then it is another codec's. Never throws on any bytes. */
  parse(file: Uint8Array): ParsedItem | undefined;
  /** Zeroed latents of the shape that the parameters tell. */
  allocate(parameters: CodecParameters, originalLength: number): Latents;
  /**
   * The item's bytes.
   *
   * @throws LlmcError `section-invalid` where a section does not fit the latents.
   */
  rebuild(input: RebuildInput): Uint8Array;
  /** The nearest thing to the item's bytes where a needed section is lost; undefined if there is none. */
  salvage(input: RebuildInput): Uint8Array | undefined;
}
