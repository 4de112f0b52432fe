/** A language model as an entropy model: chunks to bytes and back, step by step (spec/float-profile.md, "Schedule"). */

import { LlmcError, throwIfAborted } from '../../container/errors.js';
import type { ArrangementName } from '../../container/registry.js';
import { SetCoder } from '../../entropy/set-coder.js';
import type { AnyChunk, CodingOptions, DecodeJob, EntropyModel } from '../entropy-model.js';
import type { Queue } from '../queue.js';
import { byteVocabulary, type Vocabulary } from '../vocabulary.js';
import type { LanguageModel } from './language-model.js';
import { quantizeLogits } from './quantize.js';
import { findMisfit, offsetOf, type Sequence, sequencesOf } from './sequences.js';

/** How tokens are given to a model. */
export interface FloatCoding {
  readonly arrangement: ArrangementName;
  /** Most tokens of a sequence. */
  readonly contextLength: number;
  /** Most sequences of a batch. */
  readonly lanes: number;
  readonly startToken: number;
  /** First token of the symbols of each layer or component; the last one is for all beyond. */
  readonly offsets: readonly number[];
  /** Most bytes that a batch may take. */
  readonly memory: number;
  /** The tokens of texts, of a model of text. */
  readonly vocabulary?: Vocabulary | undefined;
}

/** Codes chunks with a language model. The encoder goes through the same steps in the same batches as the decoder. */
export class FloatCoder implements EntropyModel<AnyChunk> {
  private readonly quantized: Int16Array;

  /**
   * @param queue Shared by all that code with this model, whose state serves one batch at a time.
   * @param origin What a person is told of a chunk that does not decode.
   */
  constructor(
    private readonly model: LanguageModel,
    private readonly queue: Queue,
    private readonly coding: FloatCoding,
    readonly origin?: string,
  ) {
    this.quantized = new Int16Array(model.vocabulary);
  }

  async encode(chunks: readonly AnyChunk[], options: CodingOptions = {}): Promise<Uint8Array[]> {
    return this.queue.add(async () => {
      const payloads: Uint8Array[] = [];
      for (const chunk of chunks) payloads.push(await this.encodeChunk(chunk, options));
      return payloads;
    });
  }

  async decode(
    jobs: readonly DecodeJob<AnyChunk>[],
    options: CodingOptions = {},
  ): Promise<(LlmcError | undefined)[]> {
    return this.queue.add(async () => {
      const errors: (LlmcError | undefined)[] = [];
      for (const { chunk, payload } of jobs) {
        try {
          const coder = new SetCoder(payload);
          await this.codeBatches(this.sequencesOf(chunk), coder, options);
          coder.finish();
          errors.push(undefined);
        } catch (error) {
          if (!(error instanceof LlmcError) || error.code === 'aborted') throw error;
          errors.push(error);
        }
      }
      return errors;
    });
  }

  get vocabulary(): Vocabulary | undefined {
    return this.coding.vocabulary;
  }

  /** The engine belongs to the model, which its opener closes. */
  async close(): Promise<void> {}

  private async encodeChunk(chunk: AnyChunk, options: CodingOptions): Promise<Uint8Array> {
    const coder = new SetCoder();
    let sequences: readonly Sequence[];
    try {
      sequences = this.sequencesOf(chunk);
    } catch (error) {
      // What makes a payload corrupt is a wrong choice of model where there is none yet.
      if (!(error instanceof LlmcError)) throw error;
      throw new LlmcError('argument', `the model does not fit the input: ${error.message}`, { cause: error });
    }
    await this.codeBatches(sequences, coder, options);
    return coder.finish();
  }

  private sequencesOf(chunk: AnyChunk): readonly Sequence[] {
    const { arrangement, contextLength, offsets, vocabulary } = this.coding;
    const textSymbols = vocabulary === byteVocabulary ? 256 : this.model.vocabulary - offsets[0];
    const sequences = sequencesOf(chunk, arrangement, contextLength, textSymbols);
    const misfit = findMisfit(sequences, offsets, this.model.vocabulary);
    if (misfit === undefined) return sequences;
    const { layer, symbols } = misfit;
    const place = `${symbols} symbols from token ${offsetOf(offsets, layer)} on`;
    throw new LlmcError('chunk-corrupt', `${place}, in a vocabulary of ${this.model.vocabulary}`);
  }

  private async codeBatches(
    sequences: readonly Sequence[],
    coder: SetCoder,
    options: CodingOptions,
  ): Promise<void> {
    const { lanes } = this.coding;
    for (let first = 0; first < sequences.length; first += lanes) {
      await this.codeBatch(sequences.slice(first, first + lanes), coder, options);
    }
  }

  private async codeBatch(rows: readonly Sequence[], coder: SetCoder, options: CodingOptions): Promise<void> {
    const { model, quantized } = this;
    const { startToken, offsets, memory } = this.coding;
    const steps = rows.reduce((most, { length }) => Math.max(most, length), 0);
    const bytes = model.batchBytes(rows.length, steps);
    if (bytes > memory) {
      const needed = `${rows.length} lanes of ${steps} tokens take ${megabytes(bytes)}`;
      throw new LlmcError('limit', `${needed}, more than the ${megabytes(memory)} allowed (--max-memory)`);
    }
    model.begin(rows.length);
    const tokens = new Int32Array(rows.length).fill(startToken);
    for (let t = 0; t < steps; t++) {
      throwIfAborted(options.signal);
      const logits = await model.step(tokens);
      let coded = 0;
      for (let r = 0; r < rows.length; r++) {
        const row = rows[r];
        tokens[r] = startToken;
        if (t >= row.length) continue;
        const layer = row.layerOf(t);
        const offset = offsetOf(offsets, layer);
        quantizeLogits(logits, r * model.vocabulary + offset, row.symbolsOf(layer), quantized);
        const symbol = row.code(t, quantized, coder);
        if (t + 1 < row.length) tokens[r] = offset + symbol;
        coded++;
      }
      options.onProgress?.(coded);
    }
  }
}

/** Bytes as people are told them. */
export function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1e6)} MB`;
}
