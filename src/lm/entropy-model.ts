/**
 * What every entropy model offers, adaptive or neural: chunks of latents to bytes and back. A chunk is coded
 * with nothing but itself and the model, so chunks may be coded in any order, at once, or alone.
 */

import type { LlmcError } from '../container/errors.js';
import type { Vocabulary } from './vocabulary.js';

/** Rows of blocks of one component of a frame. */
export interface DctPlane {
  readonly blocksWide: number;
  readonly blocksHigh: number;
  /** Block columns and rows that one MCU has of this component. */
  readonly h: number;
  readonly v: number;
  /** The 64 quantisation steps in natural (row-major) order. */
  readonly quantization: Uint16Array;
  /** `blocksHigh * blocksWide` blocks in raster order, each 64 coefficients in natural order. */
  readonly coefficients: Int16Array;
}

/** A run of MCU rows of one frame: what one item contributes to one chunk. */
export interface DctBand {
  readonly mcusWide: number;
  readonly mcusHigh: number;
  /** One plane a component, in frame order. */
  readonly planes: readonly DctPlane[];
}

/** A chunk of DCT latents: one band, or several of successive items that share the model's state. */
export interface DctChunk {
  readonly bands: readonly DctBand[];
}

/** Consecutive codebook indices of grids, or of streams of frames, of one size. */
export interface IndexRun {
  /** Indices across a grid, or layers of a frame. */
  readonly width: number;
  /** Indices down a grid, or frames of a stream. */
  readonly height: number;
  /** Codebook size of each layer; of grids just one. */
  readonly codebookSizes: readonly number[];
  /** Indices of the grids or streams before these. */
  readonly first: number;
  /** Row after row, grid after grid; frame after frame, stream after stream. */
  readonly indices: Uint32Array;
}

/** A chunk of codebook indices: runs of one item, or of several that share the model's state. */
export interface IndexChunk {
  /** Whether the columns of a run are layers, each with a codebook of its own. */
  readonly layered: boolean;
  readonly runs: readonly IndexRun[];
}

/** A chunk of latents of any kind; `Uint8Array` is one of bytes. */
export type AnyChunk = Uint8Array | DctChunk | IndexChunk;

/** A chunk's payload, and the latents of the right shape that it is to be decoded into. */
export interface DecodeJob<Chunk> {
  readonly payload: Uint8Array;
  /** Gives more of a payload that is still being written (see `RangeDecoder`); only exact models ask for it. */
  readonly more?: (position: number) => Uint8Array;
  readonly chunk: Chunk;
}

/** Options of every call that codes chunks. */
export interface CodingOptions {
  /** Cancels the work; the promise is then rejected with code `aborted`. */
  readonly signal?: AbortSignal;
  /** Called with the number of tokens coded since the last call. */
  readonly onProgress?: (tokens: number) => void;
}

/** A payload, and what a decoder that runs beside the encoder makes of it. */
export interface Proven<Chunk> {
  readonly payload: Uint8Array;
  /** Waits for the decoder, and puts what it found into a chunk of the same shape, as `EntropyModel.decode` does. */
  decodeInto(chunk: Chunk): Promise<LlmcError | undefined>;
}

/** An entropy model for chunks of one kind of latents. */
export interface EntropyModel<Chunk> {
  /** The tokens of its texts, if it is a model of text. */
  readonly vocabulary?: Vocabulary | undefined;
  /** What a person is told of chunks that decode to other tokens, where the model may be the cause. */
  readonly origin?: string | undefined;
  /** Codes each chunk by itself; the result has the payloads in the order of the chunks. */
  encode(chunks: readonly Chunk[], options?: CodingOptions): Promise<Uint8Array[]>;
  /** Codes a chunk while another thread decodes the payload as far as it has come; only of models that can. */
  encodeProven?(chunk: Chunk, options?: CodingOptions): Promise<Proven<Chunk>>;
  /**
   * Decodes each payload into its chunk's latents. A job that fails yields its error (`chunk-corrupt`; of language
   * models also `limit`, `model-invalid`) at its index and leaves the latents of that chunk undefined; the others are
   * decoded all the same.
   */
  decode(jobs: readonly DecodeJob<Chunk>[], options?: CodingOptions): Promise<(LlmcError | undefined)[]>;
  /** Frees sessions and workers. */
  close(): Promise<void>;
}
