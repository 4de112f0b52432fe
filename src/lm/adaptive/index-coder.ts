/** Codebook indices as decisions in their contexts (spec/adaptive-index.md). */

import { LlmcError } from '../../container/errors.js';
import { bitsOfIndex } from '../../entropy/packed-bits.js';
import type { IndexChunk } from '../entropy-model.js';
import { setGridContexts, setLayerContexts } from './index-contexts.js';
import { packIndices, unpackIndices } from './index-packing.js';
import { INPUTS, MixingCoder } from './mixing-coder.js';

/** Bits of an index at most, and so weight sets and maps of a layer. */
const INDEX_BITS = 32;

const TABLE_BITS_MIN = 10;
const TABLE_BITS_MAX = 24;

/** Bits of all indices of a chunk. */
function bitsOfChunk(chunk: IndexChunk): number {
  let bits = 0;
  for (const { codebookSizes, indices } of chunk.runs) {
    for (const size of codebookSizes) bits += (bitsOfIndex(size) * indices.length) / codebookSizes.length;
  }
  return bits;
}

/** The payload of a chunk: range-coded where that is shorter than packed bits. */
export function encodeIndexChunk(chunk: IndexChunk): Uint8Array {
  const coder = createCoder(chunk);
  coder.startEncoding();
  codeChunk(coder, chunk);
  const payload = coder.finishEncoding();
  return payload.length < packedLength(chunk) ? payload : packIndices(chunk);
}

/**
 * Decodes a payload into a chunk of the right shape.
 *
 * @throws LlmcError `chunk-corrupt` if the payload is not what an encoder writes.
 */
export function decodeIndexChunk(payload: Uint8Array, chunk: IndexChunk): void {
  const packed = packedLength(chunk);
  if (payload.length > packed) {
    throw new LlmcError(
      'chunk-corrupt',
      `a payload of ${payload.length} bytes for ${packed} of packed indices`,
    );
  }
  if (payload.length === packed) {
    unpackIndices(payload, chunk);
    return;
  }
  const coder = createCoder(chunk);
  coder.startDecoding(payload);
  codeChunk(coder, chunk);
  coder.finishDecoding();
}

function packedLength(chunk: IndexChunk): number {
  return Math.ceil(bitsOfChunk(chunk) / 8);
}

/** Logarithm of the slots: as many as there are decisions in contexts, within limits. */
function tableBits(chunk: IndexChunk): number {
  const decisions = INPUTS * bitsOfChunk(chunk);
  let bits = TABLE_BITS_MIN;
  while (bits < TABLE_BITS_MAX && 2 ** bits < decisions) bits++;
  return bits;
}

class IndexCoder extends MixingCoder {
  /** Right shift that makes a hash of 32 bits a slot. */
  readonly shift: number;
  /** Hashes of the contexts of the next index. */
  readonly hashes = new Int32Array(INPUTS);

  constructor(bits: number, layers: number) {
    super(2 ** bits, 1 + layers * INDEX_BITS, layers * INDEX_BITS);
    this.shift = 32 - bits;
  }
}

function createCoder(chunk: IndexChunk): IndexCoder {
  const layers = chunk.runs.reduce((most, { codebookSizes }) => Math.max(most, codebookSizes.length), 1);
  return new IndexCoder(tableBits(chunk), layers);
}

function codeChunk(coder: IndexCoder, { layered, runs }: IndexChunk): void {
  const setContexts = layered ? setLayerContexts : setGridContexts;
  for (const run of runs) {
    const { width, height, codebookSizes, first, indices } = run;
    let x = first % width;
    let y = Math.floor(first / width) % height;
    for (let i = 0; i < indices.length; i++) {
      setContexts(coder.hashes, run, i, x, y);
      const layer = layered ? x : 0;
      indices[i] = codeIndex(coder, indices[i], codebookSizes[layer], layer);
      if (++x === width) {
        x = 0;
        if (++y === height) y = 0;
      }
    }
  }
}

/** Codes the bits of an index, most significant first, as far as the codebook size leaves a choice. */
function codeIndex(coder: IndexCoder, index: number, size: number, layer: number): number {
  const { contexts, hashes, shift } = coder;
  let value = 0;
  let node = 1;
  for (let b = bitsOfIndex(size) - 1; b >= 0; b--) {
    let bit = 0;
    if ((value | (1 << b)) >>> 0 < size) {
      const salt = Math.imul(node, 0x85ebca6b);
      for (let i = 0; i < INPUTS; i++) contexts[i] = Math.imul(hashes[i] ^ salt, 0xc2b2ae35) >>> shift;
      const set = layer * INDEX_BITS + b;
      bit = coder.code((index >>> b) & 1, 0, 1 + set, 0, set);
      value |= bit << b;
    }
    node = (node << 1) | bit;
  }
  return value >>> 0;
}
