/**
 * Codec parameters: what the header says of an item's latents (spec/codecs.md), and the geometry that
 * follows from it. `codec-parameters.ts` reads and writes them.
 */

import type { Fraction } from './fraction.js';

/** A quantisation table: the IJG table of a quality, or 64 explicit steps in zigzag order. */
export type QuantizationTable =
  | { readonly kind: 'ijg-luma' | 'ijg-chroma'; readonly quality: number }
  | { readonly kind: 'explicit'; readonly steps: Uint16Array };

/** One colour component of a frame (ISO/IEC 10918-1, B.2.2). */
export interface DctComponent {
  /** Horizontal sampling factor, 1-4. */
  readonly h: number;
  /** Vertical sampling factor, 1-4. */
  readonly v: number;
  /** Index into `DctParameters.tables`. */
  readonly table: number;
}

/** Parameters of the codec types `jpeg` and `dct`. */
export interface DctParameters {
  /** Process of the frame: 0 baseline, 1 extended sequential, 2 progressive (the low bits of SOFn). */
  readonly process: 0 | 1 | 2;
  /** Bits a sample, 8 or 12. */
  readonly precision: 8 | 12;
  /** Pixels, 1-65535. */
  readonly width: number;
  /** Pixels, 1-65535. */
  readonly height: number;
  /** 1-4 components in frame order. */
  readonly components: readonly DctComponent[];
  /** 1-4 quantisation tables. */
  readonly tables: readonly QuantizationTable[];
}

/** Most frames of pictures within the headers of a JPEG file. */
export const MAX_NESTED_FRAMES = 7;

/** Grids of one size, in sequence. */
export interface GridGroup {
  readonly count: number;
  /** Indices across a grid. */
  readonly width: number;
  /** Indices down a grid. */
  readonly height: number;
}

/** Parameters of the codec type `vq`. */
export interface VqParameters {
  readonly codebookSize: number;
  /** At least one; images of several sizes take several. */
  readonly groups: readonly GridGroup[];
  /** Codec package that turns indices into pixels, where one is known. */
  readonly codecPackage?: CodecPackageReference;
}

/** Streams of one length, in sequence. */
export interface StreamGroup {
  readonly count: number;
  /** Frames in each stream. */
  readonly frames: number;
}

/** Parameters of the codec type `rvq`: streams of frames of `codebookSizes.length` layers. */
export interface RvqParameters {
  /** One codebook size a layer; its length is the depth. */
  readonly codebookSizes: readonly number[];
  /** At least one; clips of several lengths take several. */
  readonly groups: readonly StreamGroup[];
  /** Frames a second as a fraction, in lowest terms. */
  readonly frameRate: Fraction;
  /** Samples a second of the decoded sound, 0 if that is not known. */
  readonly sampleRate: number;
  readonly codecPackage?: CodecPackageReference;
}

/** The codec package (encoder and decoder networks) that a file's indices belong to. */
export interface CodecPackageReference {
  readonly name: string;
  /** 8-32 leading bytes of the package's SHA-256 fingerprint. */
  readonly fingerprint: Uint8Array;
}

/** Parameters of the codec type `text`. */
export interface TextParameters {
  readonly tokens: number;
}

/**
 * Codec type and its parameters. A codec type that this reader does not know keeps its bytes, after the token
 * count that all of them begin with.
 */
export type CodecParameters =
  | { readonly codec: 'raw' }
  | {
      readonly codec: 'jpeg';
      readonly dct: DctParameters;
      /** Frames of pictures within the headers of the file, such as thumbnails: at most 7. */
      readonly nested?: readonly DctParameters[];
    }
  | { readonly codec: 'dct'; readonly dct: DctParameters; readonly nested?: undefined }
  | { readonly codec: 'vq'; readonly vq: VqParameters }
  | { readonly codec: 'rvq'; readonly rvq: RvqParameters }
  | { readonly codec: 'text'; readonly text: TextParameters }
  | { readonly codec: number; readonly tokens: number; readonly bytes: Uint8Array };

/** Block grid of one component, padded to whole MCUs. */
export interface BlockGrid {
  readonly blocksWide: number;
  readonly blocksHigh: number;
  /** Block columns and rows that one MCU has of this component. */
  readonly h: number;
  readonly v: number;
}

/** Size of a frame in MCUs, and each component's block grid (spec/codecs.md, "1 jpeg and 2 dct"). */
export interface DctGeometry {
  readonly mcusWide: number;
  readonly mcusHigh: number;
  readonly grids: readonly BlockGrid[];
  /** Tokens (coefficients) in one row of MCUs over all components. */
  readonly tokensPerMcuRow: number;
  /** Rows of pixels of the frame that one row of MCUs covers. */
  readonly pixelsPerMcuRow: number;
}

/**
 * Geometry of a frame's latents. A frame with a single component has MCUs of one block whatever its sampling
 * factors say (ISO/IEC 10918-1, A.2.2); all others are padded to whole MCUs (A.2.4).
 */
export function dctGeometry(parameters: Pick<DctParameters, 'width' | 'height' | 'components'>): DctGeometry {
  const { width, height, components } = parameters;
  const single = components.length === 1;
  const hMax = single ? 1 : Math.max(...components.map((c) => c.h));
  const vMax = single ? 1 : Math.max(...components.map((c) => c.v));
  const mcusWide = Math.ceil(width / (8 * hMax));
  const mcusHigh = Math.ceil(height / (8 * vMax));
  const grids = components.map((c) => {
    const h = single ? 1 : c.h;
    const v = single ? 1 : c.v;
    return { blocksWide: mcusWide * h, blocksHigh: mcusHigh * v, h, v };
  });
  const tokensPerMcuRow = grids.reduce((sum, g) => sum + g.blocksWide * g.v * 64, 0);
  return { mcusWide, mcusHigh, grids, tokensPerMcuRow, pixelsPerMcuRow: 8 * vMax };
}

/** Number of tokens (coefficients) of a frame. */
export function dctTokens(frame: Pick<DctParameters, 'width' | 'height' | 'components'>): number {
  const { tokensPerMcuRow, mcusHigh } = dctGeometry(frame);
  return tokensPerMcuRow * mcusHigh;
}

/** Number of tokens (latent codes; bytes for `raw`) that an item has over all its chunks. */
export function tokenCount(parameters: CodecParameters, originalLength: number): number {
  switch (parameters.codec) {
    case 'raw':
      return originalLength;
    case 'jpeg':
    case 'dct':
      return (parameters.nested ?? []).reduce(
        (sum, frame) => sum + dctTokens(frame),
        dctTokens(parameters.dct),
      );
    case 'vq':
      return parameters.vq.groups.reduce((sum, { count, width, height }) => sum + count * width * height, 0);
    case 'rvq':
      return parameters.rvq.groups.reduce(
        (sum, { count, frames }) => sum + count * frames * parameters.rvq.codebookSizes.length,
        0,
      );
    case 'text':
      return parameters.text.tokens;
    default:
      return parameters.tokens;
  }
}
