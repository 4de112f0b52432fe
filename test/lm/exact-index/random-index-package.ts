/** Tiny model packages of codebook indices with random weights: they know nothing, and code every index. */

import {
  type ExactIndexPackage,
  type PackageFiles,
  readExactPackage,
} from '../../../src/lm/exact/package.js';
import { Random } from '../exact/random-frame.js';
import { packageOf, type TestTensor } from '../exact/random-package.js';

/** Shape of a package. */
export interface IndexShape {
  readonly codec: 'vq' | 'rvq';
  readonly codebooks: readonly number[];
  /** Neighbours that a cell sees. */
  readonly neighbours?: number;
  /** Units of every layer. */
  readonly width?: number;
}

const FEATURES = 3;

/** Random weights. */
export function randomIndexTensors(
  seed: number,
  { codebooks, neighbours = 4, width = 5 }: IndexShape,
): Map<string, TestTensor> {
  const random = new Random(seed);
  const integers = (count: number, size: number) =>
    Array.from({ length: count }, () => random.below(2 * size + 1) - size);
  const layers = codebooks.length;
  const entries = codebooks.reduce((sum, size) => sum + size, 0);
  const tensors = new Map<string, TestTensor>();
  const table = (name: string, rows: number, columns: number, size: number) => {
    tensors.set(`index.${name}`, {
      type: 'I32',
      shape: [rows, columns],
      values: integers(rows * columns, size),
    });
  };
  const layer = (name: string, rows: number, inputs: number, shift: number) => {
    const weight = integers(rows * inputs, 40);
    tensors.set(`index.${name}.weight`, { type: 'I8', shape: [rows, inputs], values: weight });
    tensors.set(`index.${name}.bias`, { type: 'I32', shape: [rows], values: integers(rows, 4000) });
    const shifts = Array.from({ length: rows }, () => shift + random.below(3));
    tensors.set(`index.${name}.shift`, { type: 'I8', shape: [rows], values: shifts });
  };
  tensors.set('index.codebooks', { type: 'I32', shape: [layers], values: codebooks });
  table('cell', entries + 1, FEATURES, 150);
  table('own', entries, FEATURES, 150);
  layer('context_1', width, (neighbours + 2) * FEATURES, 5);
  table('context_depth', layers, width, 4000);
  layer('context_2', width, width, 5);
  layer('context_to_token', width, width, 5);
  layer('token_1', width, FEATURES, 4);
  table('token_layer', layers, width, 4000);
  layer('token_2', width, width, 5);
  layer('token_3', entries, width, 5);
  return tensors;
}

/** The files of a package; `changes` replace or remove members of its manifest. */
export function randomIndexPackage(
  seed: number,
  shape: IndexShape,
  changes: Readonly<Record<string, unknown>> = {},
): PackageFiles {
  return indexPackageOf(randomIndexTensors(seed, shape), shape.codec, changes);
}

/** A package of these weights. */
export function indexPackageOf(
  tensors: ReadonlyMap<string, TestTensor>,
  codec: 'vq' | 'rvq',
  changes: Readonly<Record<string, unknown>> = {},
): PackageFiles {
  const arrangement = codec === 'vq' ? 'vq-raster' : 'rvq-frames';
  return packageOf(tensors, { name: 'random-index', codec, arrangement, ...changes });
}

/** Reads a package of codebook indices. */
export async function readIndexPackage(files: PackageFiles): Promise<ExactIndexPackage> {
  const found = await readExactPackage(files);
  if (found.arrangement === 'dct-wavefront') throw new TypeError(`a package of ${found.arrangement}`);
  return found;
}
