/** What `llmc bench llm` codes of a file: its beginning or middle, as one chunk, and what that takes without a model. */

import type { ParsedItem } from '../codecs/codec.js';
import { canonicalJpeg } from '../codecs/jpeg/index.js';
import { encodeRawPayload } from '../codecs/raw/index.js';
import { parseFile } from '../codecs/registry.js';
import { cutUnit } from '../container/chunk-rules.js';
import { LlmcError } from '../container/errors.js';
import { dctGeometry, tokenCount } from '../container/parameters.js';
import { bitsOfIndex } from '../entropy/packed-bits.js';
import type { Vocabulary } from '../lm/vocabulary.js';
import type { PlannedChunk } from '../pipeline/chunk-plan.js';
import { type CodecOptions, codecChoice } from './codec-choice.js';

/** A part of a file. */
export interface Sample {
  readonly chunk: PlannedChunk;
  readonly codec: ParsedItem['parameters']['codec'];
  /** Bits of the text, or of the tokens side by side: of coefficients 8 each, as many as a pixel has. */
  readonly plainBits: number;
  /** Bytes of what the codec has without a model: JPEG's Huffman codes, packed bits, of text deflate. */
  readonly ownBytes: number;
}

/** What the codec of a sample codes by without a model. */
export const OWN_CODER: Readonly<Record<string, string>> = {
  dct: 'JPEG Huffman codes',
  vq: 'packed bits',
  rvq: 'packed bits',
  text: 'deflate',
};

/** Bytes of text that stand for a token of the limit, so that all models are given the same text. */
const BYTES_A_TOKEN = 4;

/**
 * The sample of a file: of a JPEG the luma of a square in its middle, of other files the beginning.
 *
 * @param limit Most tokens; of text most bytes, divided by 4.
 * @throws LlmcError `argument`, `input-invalid` where the codec cannot take the file.
 */
export function sampleOf(
  file: Uint8Array,
  options: CodecOptions,
  limit: number,
  vocabulary?: Vocabulary,
): Sample {
  const choice = codecChoice(options);
  if (choice === 'text') return textSample(file, limit, vocabulary);
  const item = parseFile(file, choice);
  if (item.latents.kind === 'dct') return lumaSample(item, limit);
  const { parameters, latents } = item;
  const unit = cutUnit(parameters);
  const tokens = Math.min(tokenCount(parameters, 0), Math.floor(limit / unit) * unit);
  if (tokens === 0)
    throw new LlmcError('input-invalid', `the file has no ${unit} tokens that stand together`);
  const codebooks = parameters.codec === 'vq' ? [parameters.vq.codebookSize] : codebooksOf(parameters);
  const bitsAUnit = codebooks.reduce((sum, size) => sum + bitsOfIndex(size), 0);
  const plainBits = (tokens / codebooks.length) * bitsAUnit;
  const chunk = { parts: [{ item: 0, parameters, latents, firstToken: 0, tokens }], tokens };
  return { chunk, codec: parameters.codec, plainBits, ownBytes: Math.ceil(plainBits / 8) };
}

function codebooksOf(parameters: ParsedItem['parameters']): readonly number[] {
  if (parameters.codec === 'rvq') return parameters.rvq.codebookSizes;
  throw new LlmcError('input-invalid', 'the file has neither coefficients nor indices; name its --codec');
}

function textSample(file: Uint8Array, limit: number, vocabulary?: Vocabulary): Sample {
  let end = Math.min(file.length, limit * BYTES_A_TOKEN);
  // Not within a character of UTF-8.
  while (end > 0 && end < file.length && (file[end] & 0xc0) === 0x80) end--;
  const text = file.subarray(0, end);
  const bytes = { codec: 'text', plainBits: 8 * end, ownBytes: encodeRawPayload(text).length } as const;
  if (vocabulary === undefined) return { ...bytes, chunk: { parts: [], tokens: end } };
  const { parameters, latents } = parseFile(text, 'text', vocabulary);
  const tokens = tokenCount(parameters, 0);
  return { ...bytes, chunk: { parts: [{ item: 0, parameters, latents, firstToken: 0, tokens }], tokens } };
}

/** The luma of a square of blocks in the middle of a photo, as a photo of its own. */
function lumaSample({ parameters, latents }: ParsedItem, limit: number): Sample {
  if ((parameters.codec !== 'jpeg' && parameters.codec !== 'dct') || latents.kind !== 'dct')
    throw new TypeError(`codec type ${parameters.codec}`);
  const { dct } = parameters;
  const [{ blocksWide, blocksHigh }] = dctGeometry(dct).grids;
  const side = Math.min(Math.floor(Math.sqrt(limit / 64)), blocksWide, blocksHigh);
  if (side === 0) throw new LlmcError('argument', 'a block has 64 tokens: allow at least as many (--tokens)');
  const left = (blocksWide - side) >> 1;
  const top = (blocksHigh - side) >> 1;
  const coefficients = new Int16Array(side * side * 64);
  for (let row = 0; row < side; row++) {
    const start = ((top + row) * blocksWide + left) * 64;
    coefficients.set(latents.coefficients[0].subarray(start, start + side * 64), row * side * 64);
  }
  const [{ table }] = dct.components;
  const gray = {
    process: 0 as const,
    precision: dct.precision,
    width: 8 * side,
    height: 8 * side,
    components: [{ ...dct.components[0], h: 1, v: 1, table: 0 }],
    tables: [dct.tables[table]],
  };
  const tokens = coefficients.length;
  const scanBytes = (values: Int16Array) =>
    canonicalJpeg({ parameters: gray, coefficients: [values] }).length;
  // Blocks of zeros take 6 bits each; what is left is the headers.
  const headers = scanBytes(new Int16Array(tokens)) - Math.ceil((6 * side * side) / 8);
  return {
    chunk: {
      parts: [
        {
          item: 0,
          parameters: { codec: 'dct', dct: gray },
          latents: { kind: 'dct', coefficients: [coefficients] },
          firstToken: 0,
          tokens,
        },
      ],
      tokens,
    },
    codec: 'dct',
    plainBits: 8 * tokens,
    ownBytes: scanBytes(coefficients) - headers,
  };
}
