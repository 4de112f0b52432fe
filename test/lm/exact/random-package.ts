/** Tiny model packages with random weights: they know only that small values are likely, and code every image. */

import { createHash } from 'node:crypto';
import {
  COEFFICIENT_INPUTS,
  CONTEXT_INPUTS,
  GROUP_INPUTS,
  LAST_SYMBOLS,
  RANKS,
  SYMBOLS,
} from '../../../src/lm/exact/layout.js';
import { LAYER_NAMES, type LayerName, TABLES } from '../../../src/lm/exact/nets.js';
import { type ExactDctPackage, type PackageFiles, readExactPackage } from '../../../src/lm/exact/package.js';
import { Random } from './random-frame.js';

/** An integer tensor. */
export interface TestTensor {
  readonly type: 'I8' | 'I32';
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

/** A safetensors file of integer tensors, in the order given. */
export function safetensors(tensors: ReadonlyMap<string, TestTensor>): Uint8Array {
  const header: Record<string, unknown> = {};
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, { type, shape, values }] of tensors) {
    const data = Buffer.from((type === 'I8' ? Int8Array.from(values) : Int32Array.from(values)).buffer);
    header[name] = { dtype: type, shape, data_offsets: [offset, offset + data.length] };
    offset += data.length;
    parts.push(data);
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeUInt32LE(json.length);
  return new Uint8Array(Buffer.concat([length, json, ...parts]));
}

/** Random weights of every layer and table, of `width` units each. */
export function randomTensors(seed: number, width = 6): Map<string, TestTensor> {
  const random = new Random(seed);
  const integers = (count: number, size: number) =>
    Array.from({ length: count }, () => random.below(2 * size + 1) - size);
  const tensors = new Map<string, TestTensor>();
  (['luma', 'chroma'] as const).forEach((className, kind) => {
    const inputs: Record<LayerName, number> = {
      context_1: CONTEXT_INPUTS[kind],
      context_2: width,
      last_1: width,
      last_2: width,
      context_to_group: width,
      group_1: GROUP_INPUTS,
      group_2: width,
      group_to_coefficient: width,
      coefficient_1: COEFFICIENT_INPUTS[kind],
      coefficient_2: width,
      coefficient_3: width,
    };
    for (const name of LAYER_NAMES) {
      const rows = name === 'last_2' ? LAST_SYMBOLS : name === 'coefficient_3' ? SYMBOLS : width;
      const isLogits = rows > width;
      const weight = integers(rows * inputs[name], isLogits ? 1 : 20);
      const shift = Array.from({ length: rows }, () => (isLogits ? 8 : 5) + random.below(3));
      const bias = integers(rows, 2000);
      for (let s = 0; isLogits && s < rows; s++) {
        const cost = name === 'last_2' ? 3 * s : 80 * (s < RANKS ? s : s - RANKS + 1);
        bias[s] -= cost << shift[s];
      }
      tensors.set(`${className}.${name}.weight`, { type: 'I8', shape: [rows, inputs[name]], values: weight });
      tensors.set(`${className}.${name}.bias`, { type: 'I32', shape: [rows], values: bias });
      tensors.set(`${className}.${name}.shift`, { type: 'I8', shape: [rows], values: shift });
    }
    for (const [name, { rows }] of Object.entries(TABLES)) {
      const table = { type: 'I32', shape: [rows, width], values: integers(rows * width, 3000) } as const;
      tensors.set(`${className}.${name}`, table);
    }
  });
  return tensors;
}

/** The files of a package of these weights; `changes` replace or (undefined) remove members of its manifest. */
export function packageOf(
  tensors: ReadonlyMap<string, TestTensor>,
  changes: Readonly<Record<string, unknown>> = {},
): PackageFiles {
  const weights = safetensors(tensors);
  const sha256 = createHash('sha256').update(weights).digest('hex');
  const manifest = {
    name: 'random',
    version: 1,
    profile: 'exact',
    codec: 'dct',
    arrangement: 'dct-wavefront',
    logitsABit: 32,
    limits: { feature: 255, activation: 1023, carry: 131072, logit: 2047 },
    files: { 'weights.safetensors': { bytes: weights.length, sha256 } },
    ...changes,
  };
  return { manifest: new TextEncoder().encode(JSON.stringify(manifest)), weights };
}

/** A sound package; another seed gives another fingerprint. */
export function randomPackage(seed = 1, changes: Readonly<Record<string, unknown>> = {}): PackageFiles {
  return packageOf(randomTensors(seed), changes);
}

/** Reads a package of DCT coefficients. */
export async function readDctPackage(files: PackageFiles): Promise<ExactDctPackage> {
  const found = await readExactPackage(files);
  if (found.arrangement !== 'dct-wavefront') throw new TypeError(`a package of ${found.arrangement}`);
  return found;
}
