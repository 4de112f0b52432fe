/** Limits on what a file may ask of a reader (spec/container.md, "Limits"). */

/** Most bytes of a header body. */
export const HEADER_BODY_LIMIT = 64 * 2 ** 20;

/** Most entries of each table of the header. */
export const COUNT_LIMITS = { models: 255, items: 2 ** 20, sections: 2 ** 21, chunks: 2 ** 22 } as const;

/** Most tokens (bytes) of one chunk of codec type `raw`. */
export const RAW_CHUNK_LIMIT = 2 ** 26;

/** Most bytes that DEFLATE makes of one: a match of 258 bytes takes two bits. */
export const DEFLATE_RATIO = 1032;

/** Limits that a caller who trusts a file's origin may raise, or lower for files that it does not trust. */
export interface Limits {
  /** Bytes of one section's body. */
  readonly sectionBytes: number;
  /** Bytes of one item of codec type `raw`. */
  readonly rawItemBytes: number;
  /** Tokens of latents in one item of a codec type other than `raw`. */
  readonly itemTokens: number;
  /** Tokens of latents in one chunk, which may span several items. */
  readonly chunkTokens: number;
}

/** What a decoder allows unless it is told otherwise. */
export const DEFAULT_LIMITS: Limits = {
  sectionBytes: 2 ** 30,
  rawItemBytes: 2 ** 32,
  itemTokens: 2 ** 28,
  chunkTokens: 2 ** 28,
};
