/** How a chunk is cut into sequences of tokens, and these into symbols (spec/float-profile.md, 2 and 3). */

import { LlmcError } from '../../container/errors.js';
import { NATURAL_FROM_ZIGZAG } from '../../container/quantization.js';
import type { ArrangementName } from '../../container/registry.js';
import { SET_LIMIT, type SetCoder } from '../../entropy/set-coder.js';
import type { AnyChunk, DctChunk, IndexChunk } from '../entropy-model.js';

/** Coefficients of a block. */
const BLOCK = 64;
/** Symbol of the coefficient 0. */
const ZERO_SYMBOL = 127;
/** Symbol of coefficients that have none. */
const ESCAPE = 255;

const NATURAL_ORDER = Uint8Array.from({ length: BLOCK }, (_, i) => i);

/** Tokens that the model sees one after the other. Coding reads them of an encoder's latents, and writes a decoder's. */
export interface Sequence {
  readonly length: number;
  /** Layer or component of a token, which decides its place in the vocabulary. */
  layerOf(index: number): number;
  /** Symbols that the tokens of a layer may be. */
  symbolsOf(layer: number): number;
  /** Codes a token with the logits of its symbols; answers its symbol. */
  code(index: number, logits: Int16Array, coder: SetCoder): number;
}

/**
 * The sequences of a chunk, in order.
 *
 * @param contextLength Most tokens of a sequence.
 * @param textSymbols Symbols that a token of a text may be.
 * @throws LlmcError `chunk-corrupt` where not even one unit fits in a sequence.
 */
export function sequencesOf(
  chunk: AnyChunk,
  arrangement: ArrangementName,
  contextLength: number,
  textSymbols = 0,
): Sequence[] {
  if ('runs' in chunk) {
    const ofText = arrangement === 'text';
    const runs = ofText ? chunk.runs.map((run) => ({ ...run, codebookSizes: [textSymbols] })) : chunk.runs;
    return indexSequences({ ...chunk, runs }, arrangement === 'rvq-layers', contextLength);
  }
  if ('bands' in chunk) return blockSequences(chunk, arrangement === 'dct-zigzag', contextLength);
  throw new TypeError('bytes are no tokens of a language model');
}

/** Cuts `units` units of `unit` tokens into the fewest runs of nearly equal length: the first unit of each, and the end. */
function cut(units: number, unit: number, contextLength: number): number[] {
  const most = Math.floor(contextLength / unit);
  if (most === 0) {
    throw new LlmcError(
      'chunk-corrupt',
      `a context of ${contextLength} tokens, where ${unit} stand together`,
    );
  }
  const runs = Math.ceil(units / most);
  return Array.from({ length: runs + 1 }, (_, i) => Math.floor((i * units) / runs));
}

/** Indices at equal distances in an array. */
class IndexSequence implements Sequence {
  /** @param column Column of the grid or layer of the stream that the first index is of. */
  constructor(
    private readonly indices: Uint32Array,
    private readonly codebookSizes: readonly number[],
    private readonly column: number,
    private readonly start: number,
    private readonly stride: number,
    readonly length: number,
  ) {}

  layerOf(index: number): number {
    return (this.column + index * this.stride) % this.codebookSizes.length;
  }

  symbolsOf(layer: number): number {
    return this.codebookSizes[layer];
  }

  code(index: number, logits: Int16Array, coder: SetCoder): number {
    const { indices } = this;
    const at = this.start + index * this.stride;
    const symbol = coder.code(logits, this.codebookSizes[this.layerOf(index)], indices[at]);
    indices[at] = symbol;
    return symbol;
  }
}

function indexSequences({ layered, runs }: IndexChunk, byLayer: boolean, contextLength: number): Sequence[] {
  const sequences: Sequence[] = [];
  for (const { width, height, codebookSizes, first, indices } of runs) {
    const unit = layered && !byLayer ? width : 1;
    const stride = byLayer ? width : 1;
    // A grid or stream ends where a multiple of its size is reached, counted from the first of the run's group.
    let from = 0;
    while (from < indices.length) {
      const to = Math.min(indices.length, from + width * height - ((first + from) % (width * height)));
      for (let layer = 0; layer < stride; layer++) {
        const bounds = cut((to - from) / (unit * stride), unit, contextLength);
        for (let i = 0; i + 1 < bounds.length; i++) {
          const start = from + layer + bounds[i] * unit * stride;
          const length = (bounds[i + 1] - bounds[i]) * unit;
          const column = (first + start) % width;
          sequences.push(new IndexSequence(indices, codebookSizes, column, start, stride, length));
        }
      }
      from = to;
    }
  }
  return sequences;
}

/** Whole blocks of one component. */
class BlockSequence implements Sequence {
  constructor(
    private readonly coefficients: Int16Array,
    private readonly order: Uint8Array,
    private readonly component: number,
  ) {}

  get length(): number {
    return this.coefficients.length;
  }

  layerOf(): number {
    return this.component;
  }

  symbolsOf(): number {
    return ESCAPE + 1;
  }

  code(index: number, logits: Int16Array, coder: SetCoder): number {
    const { coefficients, order } = this;
    const at = index - (index % BLOCK) + order[index % BLOCK];
    const value = coefficients[at];
    const fits = Math.abs(value) <= ZERO_SYMBOL;
    const symbol = coder.code(logits, ESCAPE + 1, fits ? value + ZERO_SYMBOL : ESCAPE);
    coefficients[at] = symbol - ZERO_SYMBOL;
    if (symbol === ESCAPE) {
      const escaped = coder.codeRaw(value + 32768, 16) - 32768;
      if (Math.abs(escaped) <= ZERO_SYMBOL)
        throw new LlmcError('chunk-corrupt', `coefficient ${escaped} after an escape`);
      coefficients[at] = escaped;
    }
    return symbol;
  }
}

function blockSequences({ bands }: DctChunk, zigzag: boolean, contextLength: number): Sequence[] {
  const order = zigzag ? NATURAL_FROM_ZIGZAG : NATURAL_ORDER;
  return bands.flatMap(({ planes }) =>
    planes.flatMap(({ coefficients }, component) => {
      const bounds = cut(coefficients.length / BLOCK, BLOCK, contextLength);
      return bounds
        .slice(1)
        .map((end, i) => coefficients.subarray(bounds[i] * BLOCK, end * BLOCK))
        .map((blocks) => new BlockSequence(blocks, order, component));
    }),
  );
}

/**
 * Checks that the vocabulary has a token for each symbol of the sequences.
 *
 * @param offsets First token of each layer; the last one is for all layers beyond.
 * @returns The first layer that does not fit, or undefined.
 */
export function findMisfit(
  sequences: readonly Sequence[],
  offsets: readonly number[],
  vocabulary: number,
): { readonly layer: number; readonly symbols: number } | undefined {
  const checked = new Set<number>();
  for (const sequence of sequences) {
    for (let i = 0; i < sequence.length; i++) {
      const layer = sequence.layerOf(i);
      const symbols = sequence.symbolsOf(layer);
      const key = layer * 2 ** 33 + symbols;
      if (checked.has(key)) continue;
      if (symbols > SET_LIMIT || offsetOf(offsets, layer) + symbols > vocabulary) return { layer, symbols };
      checked.add(key);
    }
  }
  return undefined;
}

/** First token of the symbols of a layer or component. */
export function offsetOf(offsets: readonly number[], layer: number): number {
  return offsets[Math.min(layer, offsets.length - 1)];
}
