/** What codes with a language model needs of it: one step after the other, for a batch of sequences at once. */

/** A causal language model whose state is that of one batch. */
export interface LanguageModel {
  /** Tokens of its vocabulary. */
  readonly vocabulary: number;
  /** Seconds that what computes it has taken so far. */
  readonly runtimeSeconds: number;
  /** Most bytes that a batch takes: its state before and after a step, and the logits. */
  batchBytes(rows: number, steps: number): number;
  /** Begins a batch of `rows` sequences: what was of the last one is forgotten. */
  begin(rows: number): void;
  /**
   * Gives the model one token a row.
   *
   * @returns The logits of the next tokens, `rows * vocabulary`; they are overwritten by the next step.
   */
  step(tokens: Int32Array): Promise<Float32Array>;
  /** Frees what computes it. */
  close(): Promise<void>;
}
