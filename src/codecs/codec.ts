/** What a codec is to the pipeline: media bytes to latents and back. */

import type { Latents } from '../arrangement/latents.js';
import type { Fraction } from '../container/fraction.js';
import type { CodecPackageReference, CodecParameters } from '../container/parameters.js';
import type { Vocabulary } from '../lm/vocabulary.js';

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
  /** The tokens of the item's model, if that is one of text. */
  readonly vocabulary?: Vocabulary | undefined;
}

/** Grids of indices in a file of arrays, and what the arrays do not show. */
export interface VqChoice {
  readonly codec: 'vq';
  readonly codebookSize?: number;
  /** Size of a grid; by default that of an array's last two axes, [height, width]. */
  readonly grid?: { readonly width: number; readonly height: number };
  /** The arrays of a `.safetensors` file that hold indices; by default all that fit. */
  readonly keys?: readonly string[];
  /** The codec package that the indices belong to. */
  readonly codecPackage?: CodecPackageReference;
}

/** Layers of indices over time in a file of arrays, and what the arrays do not show. */
export interface RvqChoice {
  readonly codec: 'rvq';
  /** One size for all layers, or one a layer. */
  readonly codebookSizes?: readonly number[];
  /** Layers; by default what the arrays show. */
  readonly depth?: number;
  /** Frames a second, a fraction in lowest terms. */
  readonly frameRate?: Fraction;
  /** Samples a second of the decoded sound, 0 if that is not known. */
  readonly sampleRate?: number;
  /** The axes of an array in order: K layers, T frames, N streams; by default `KT`, `NKT` and further axes before. */
  readonly axes?: string;
  readonly keys?: readonly string[];
  /** The codec package that the indices belong to. */
  readonly codecPackage?: CodecPackageReference;
}

/** Images or sound, or indices of them, by the networks of a codec package. In Node only. */
export interface PackageChoice {
  readonly codec: 'package';
  /** Its name, or its folder. */
  readonly name: string;
  /** Of sound: layers to keep, the first ones; all by default. */
  readonly depth?: number;
  /** Of images: colour behind transparent pixels, as of `DctChoice`. */
  readonly background?: string;
}

/** Pixels, quantised as a JPEG encoder does, or a canonical JPEG file, which is what decoding gives. */
export interface DctChoice {
  readonly codec: 'dct';
  /** IJG quality of pixels, 1 to 100. Without one, and in browsers always, the file must be a canonical JPEG file. */
  readonly quality?: number;
  /** `4:2:0` by default. */
  readonly sampling?: '4:2:0' | '4:2:2' | '4:4:4';
  /** Colour behind transparent pixels: a name or hexadecimal digits, as in CSS. */
  readonly background?: string;
}

/**
 * The codec to encode with. `auto` is the first that understands a file by itself, or `raw` where that is smaller;
 * `raw` stores the bytes as they are, deflated; any other is kept whatever the size is. `text` needs a model of text.
 */
export type CodecChoice = 'auto' | 'raw' | 'jpeg' | 'text' | DctChoice | VqChoice | RvqChoice | PackageChoice;

/** Formats that latents can be written in, in place of the file that they came from. */
export type OutputFormat = 'npy' | 'safetensors';

/** A codec type of the registry. */
export interface Codec {
  /** Understands a file, or answers undefined: then it is another codec's. Never throws on any bytes. */
  parse(file: Uint8Array): ParsedItem | undefined;
  /** Zeroed latents of the shape that the parameters tell. */
  allocate(parameters: CodecParameters, originalLength: number): Latents;
  /**
   * Checks the body of the codec type's critical section as far as that goes without latents.
   *
   * @throws LlmcError `section-invalid`.
   */
  checkSection?(body: Uint8Array, parameters: CodecParameters, originalLength: number): void;
  /**
   * The item's bytes.
   *
   * @throws LlmcError `section-invalid` where a section does not fit the latents.
   */
  rebuild(input: RebuildInput): Uint8Array;
  /** The nearest thing to the item's bytes where a needed section is lost; undefined if there is none. */
  salvage(input: RebuildInput): Uint8Array | undefined;
  /**
   * The latents as a file of another format. Codec types without it have no such form.
   *
   * @throws LlmcError `argument` where these latents do not fit the format.
   */
  convert?(input: RebuildInput, format: OutputFormat): Uint8Array;
}
