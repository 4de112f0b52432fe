/** A language model of profile `float` that is open: a package, and what computes it. */

import type { FloatModelEntry } from '../../container/header.js';
import type { AnyChunk, EntropyModel } from '../entropy-model.js';
import type { FloatPackage } from './package.js';

/** Choices of an encoder; a decoder finds them in the file. */
export interface FloatChoices {
  /** Most tokens of a sequence; by default as many as the package allows. */
  readonly contextLength?: number;
  /** Most sequences of a batch; by default what fits in the memory, and 16 at most. */
  readonly lanes?: number;
}

/** A model ready to code. */
export interface FloatModel {
  readonly profile: 'float';
  /** Identifier of its package. */
  readonly id: string;
  readonly package: FloatPackage;
  /** Tokens of its vocabulary. */
  readonly vocabulary: number;
  /** Seconds that what computes it has taken so far, to measure with. */
  readonly runtimeSeconds: number;
  /** What an encoder writes to the model table of a file, with the whole fingerprint. */
  readonly entry: FloatModelEntry;
  /** Lanes that an encoder takes with a context of so many tokens: what it was told to, or what fits in the memory. */
  lanesFor(contextLength: number): number;
  /**
   * The model for the chunks of a file with this entry.
   *
   * @throws LlmcError `model-mismatch` where the entry asks for what the model does not have.
   */
  coderOf(entry: FloatModelEntry): EntropyModel<AnyChunk>;
  /** Frees what computes it; the model and its coders must not be used after. */
  close(): Promise<void>;
}
