/** Codebook indices as decisions in their contexts (spec/adaptive-index.md). */

import { LlmcError } from '../../container/errors.js';
import { bitsOfIndex } from '../../entropy/packed-bits.js';
import type { IndexChunk, IndexRun } from '../entropy-model.js';
import { packIndices, unpackIndices } from './index-packing.js';
import { INPUTS, MixingCoder } from './mixing-coder.js';

/** What a context has in place of an index that is not there, or not decoded. */
const NONE = 0xffffffff | 0;

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

function mix(hash: number, value: number): number {
  const product = Math.imul(hash ^ value, 0x9e3779b1);
  return product ^ (product >>> 15);
}

/** The index `back` places before index `i` of a run. */
function indexBefore(indices: Uint32Array, i: number, back: number): number {
  return back <= i ? indices[i - back] | 0 : NONE;
}

function setGridContexts(
  hashes: Int32Array,
  { width, indices }: IndexRun,
  i: number,
  x: number,
  y: number,
): void {
  const west = x > 0 ? indexBefore(indices, i, 1) : NONE;
  const north = y > 0 ? indexBefore(indices, i, width) : NONE;
  const northWest = x > 0 && y > 0 ? indexBefore(indices, i, width + 1) : NONE;
  const northEast = x + 1 < width && y > 0 ? indexBefore(indices, i, width - 1) : NONE;
  hashes[0] = mix(0, 0);
  hashes[1] = mix(1, west);
  hashes[2] = mix(2, north);
  hashes[3] = mix(mix(3, west), north);
  hashes[4] = mix(mix(4, north), northEast);
  hashes[5] = mix(mix(5, west), northWest);
  hashes[6] = mix(mix(6, y), x);
  hashes[7] = mix(7, northEast);
}

function setLayerContexts(
  hashes: Int32Array,
  { width, indices }: IndexRun,
  i: number,
  x: number,
  y: number,
): void {
  const west = x > 0 ? indexBefore(indices, i, 1) : NONE;
  const north = y > 0 ? indexBefore(indices, i, width) : NONE;
  const north2 = y > 1 ? indexBefore(indices, i, 2 * width) : NONE;
  const northEast = x + 1 < width && y > 0 ? indexBefore(indices, i, width - 1) : NONE;
  const west2 = x > 1 ? indexBefore(indices, i, 2) : NONE;
  const layer0 = x > 0 ? indexBefore(indices, i, x) : NONE;
  const layer1 = x > 1 ? indexBefore(indices, i, x - 1) : NONE;
  hashes[0] = mix(0, x);
  hashes[1] = mix(mix(1, x), north);
  hashes[2] = mix(mix(2, x), west);
  hashes[3] = mix(mix(mix(3, x), west), north);
  hashes[4] = mix(mix(4, x), x > 0 ? layer0 : north2);
  hashes[5] = mix(mix(mix(5, x), west), x > 1 ? west2 : north2);
  hashes[6] = mix(mix(mix(6, x), north), north2);
  hashes[7] = mix(mix(mix(mix(7, x), x > 1 ? layer0 : northEast), layer1), north);
}
