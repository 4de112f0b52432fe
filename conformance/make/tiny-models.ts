/** Model packages of profile `exact` with random weights: small, and in the layout of the bundled one. */

import { deflateSync } from 'fflate';
import { serializeEmbeddedModel } from '../../src/container/embedded-model.js';
import { openOnIntegers } from '../../src/lm/exact/exact-model.js';
import { type PackageFiles, readExactPackage } from '../../src/lm/exact/package.js';
import { packageOf, randomTensors, type TestTensor } from '../../test/lm/exact/random-package.js';
import { type IndexShape, randomIndexPackage } from '../../test/lm/exact-index/random-index-package.js';
import type { CodingModel } from './build.js';

/** A package: its folder in `models/` has this name. */
export interface TinyModel {
  readonly id: string;
  readonly files: PackageFiles;
}

type Tensors = Map<string, TestTensor>;

/** What `tiny-streams-1` is for. */
const STREAMS: IndexShape = { codec: 'rvq', codebooks: [16, 3, 1, 200, 130] };
/** What `tiny-grids-1` is for. */
const GRIDS: IndexShape = { codec: 'vq', codebooks: [300], neighbours: 12 };

/** Every package of the kit. */
export const TINY_MODELS: readonly TinyModel[] = [
  tiny('tiny', 1, 'random weights, 4 units a layer', randomTensors(1, 4)),
  tiny('tiny', 2, 'other random weights, one unit a layer', randomTensors(2, 1)),
  tiny('tiny-flat', 1, 'no weights: all symbols are equally likely', changed(randomTensors(3, 1), flat)),
  tiny(
    'tiny-steep',
    1,
    'logits at their limits: all symbols but a few have the weight 0',
    changed(randomTensors(4, 2), steep),
  ),
  tinyIndex('tiny-streams', 'random weights, codebooks of 16, 3, 1, 200 and 130 entries', 5, STREAMS),
  tinyIndex('tiny-grids', 'random weights, a codebook of 300 entries, 12 neighbours', 6, GRIDS),
];

function tiny(name: string, version: number, description: string, tensors: Tensors): TinyModel {
  return {
    id: `${name}-${version}`,
    files: packageOf(tensors, { name, version, description, license: 'Apache-2.0' }),
  };
}

function tinyIndex(name: string, description: string, seed: number, shape: IndexShape): TinyModel {
  const changes = { name, description, license: 'Apache-2.0' };
  return { id: `${name}-1`, files: randomIndexPackage(seed, shape, changes) };
}

/** The package of this name. */
export function tinyModel(id: string): TinyModel {
  const found = TINY_MODELS.find((model) => model.id === id);
  if (found === undefined) throw new Error(`there is no model ${id}`);
  return found;
}

/** Codes with a package; the file carries `fingerprintBytes` of its fingerprint. */
export async function exactCoding({ id, files }: TinyModel, fingerprintBytes = 16): Promise<CodingModel> {
  const { package: opened, coder } = await openOnIntegers(await readExactPackage(files));
  const fingerprint = opened.fingerprint.slice(0, fingerprintBytes);
  return {
    entry: { profile: 'exact', arrangement: opened.arrangement, fingerprint, name: id },
    model: coder,
  };
}

/** A section that carries a package for the first model of the table. */
export function embedded(
  { manifest, weights }: PackageFiles,
  deflate: boolean,
): { type: string; body: Uint8Array } {
  const stored = deflate ? deflateSync(weights, { level: 9 }) : weights;
  return {
    type: 'mODL',
    body: serializeEmbeddedModel({ model: 0, manifest, weightsLength: weights.length, weights: stored }),
  };
}

function changed(tensors: Tensors, change: (name: string, value: number, index: number) => number): Tensors {
  return new Map(
    [...tensors].map(([name, tensor]) => [
      name,
      { ...tensor, values: tensor.values.map((v, i) => change(name, v, i)) },
    ]),
  );
}

function flat(): number {
  return 0;
}

/** Activations, handed-over vectors and logits that are clipped, with shifts of either sign. */
function steep(name: string, value: number, index: number): number {
  const logits = /\.(last_2|coefficient_3)\./.test(name);
  if (name.endsWith('.shift'))
    return logits ? -3 : /context_to_group|group_to_coefficient/.test(name) ? -9 : value - 6;
  if (logits && name.endsWith('.bias')) return index % 5 === 0 ? 100 : -(2 ** 20);
  return value;
}
