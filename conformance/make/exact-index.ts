/** Files of indices with exact models: the small packages of `models/`. */

import { concatenate } from '../../src/container/bytes.js';
import type { LlmcErrorCode } from '../../src/container/errors.js';
import type { CodecParameters } from '../../src/container/parameters.js';
import type { TestTensor } from '../../test/lm/exact/random-package.js';
import {
  type IndexShape,
  indexPackageOf,
  randomIndexTensors,
} from '../../test/lm/exact-index/random-index-package.js';
import { type BuildItem, type BuildOptions, buildFile, tokensOf } from './build.js';
import { FieldFile } from './field-file.js';
import { canonicalItem, repeatingIndices, rvq, vq } from './index-items.js';
import { embedded, exactCoding, tinyModel } from './tiny-models.js';
import { invalid, type Vector, valid } from './vector.js';

const MODEL = [
  'exact-index.md#1-order',
  'exact-index.md#2-nets',
  'exact-index.md#3-cell-features',
  'exact-index.md#5-decisions',
];
const OWN = 'exact-index.md#4-own-features';
const CHUNKS = 'container.md#6-chunk-table';
const EMBEDDED = 'container.md#52-embedded-models';

const STREAMS = 'tiny-streams-1';
const GRIDS = 'tiny-grids-1';
const LAYERS = [16, 3, 1, 200, 130];

/** All of them. */
export async function exactIndex(): Promise<Vector[]> {
  return [...(await streams()), ...(await grids()), ...(await broken()), ...(await packages())];
}

const item = (parameters: CodecParameters, seed = 1): BuildItem =>
  canonicalItem(parameters, repeatingIndices(parameters, seed));

async function vector(
  model: string,
  name: string,
  purpose: string,
  spec: readonly string[],
  items: readonly BuildItem[],
  options: BuildOptions = {},
  models: readonly string[] | undefined = [model],
): Promise<Vector> {
  const bytes = await buildFile(items, { coding: await exactCoding(tinyModel(model)), ...options });
  return valid(
    `exact-index/${name}`,
    purpose,
    [...MODEL, ...spec],
    bytes,
    items.map((coded) => coded.bytes),
    models,
  );
}

async function streams(): Promise<Vector[]> {
  const deep = item(rvq(LAYERS, [1, 40]));
  const pair = item(rvq(LAYERS.slice(0, 3), [2, 15], [1, 1]), 2);
  const package_ = { sections: [embedded(tinyModel(STREAMS).files, true)] };
  return [
    await vector(STREAMS, 'stream', 'a stream of all layers of the model', [OWN], [deep]),
    await vector(STREAMS, 'depth-1', 'a stream of the first layer alone', [], [item(rvq([16], [1, 60]))]),
    await vector(STREAMS, 'streams', 'three streams of three of five layers', [OWN], [pair]),
    await vector(
      STREAMS,
      'chunks',
      'chunks that are cut between frames: nothing before them is seen',
      [CHUNKS],
      [deep],
      { chunks: [5, 100, 95] },
    ),
    await vector(
      STREAMS,
      'items-one-chunk',
      'items of different depth in one chunk',
      [CHUNKS],
      [deep, pair],
      { chunks: [tokensOf(deep) + tokensOf(pair)] },
    ),
    await vector(STREAMS, 'embedded', 'the package is in the file', [EMBEDDED], [deep], package_, []),
  ];
}

async function grids(): Promise<Vector[]> {
  const sizes = item(vq(300, [2, 9, 7], [1, 1, 12], [1, 11, 1]), 3);
  return [
    await vector(GRIDS, 'grid', 'a grid', [], [item(vq(300, [1, 12, 10]))]),
    await vector(GRIDS, 'grids', 'grids of three sizes, two of one row or column', [], [sizes]),
    await vector(
      GRIDS,
      'grid-chunks',
      'chunks that are cut within rows and across grids',
      [CHUNKS],
      [sizes],
      { chunks: [31, 80, tokensOf(sizes) - 111] },
    ),
  ];
}

async function broken(): Promise<Vector[]> {
  const stream = item(rvq(LAYERS, [1, 40]));
  const coding = await exactCoding(tinyModel(STREAMS));
  const file = await FieldFile.of(await buildFile([stream], { coding }));
  const payload = file.fields.find(({ name }) => name === 'chunks[0].payload')?.bytes ?? new Uint8Array();
  const altered = (name: string, purpose: string, bytes: Uint8Array, codes: readonly LlmcErrorCode[]) =>
    invalid(
      `exact-index/payload-${name}`,
      purpose,
      ['exact-index.md#1-order', 'range-coder.md'],
      new FieldFile(file.fields).set('chunks[0].payload', bytes).build(),
      codes,
      undefined,
      [STREAMS],
    );
  const either = ['chunk-corrupt', 'chunk-tokens-crc'] as const;
  const middle = payload.length >> 1;
  return [
    altered('left-over', 'a byte more than the indices need', concatenate([payload, Uint8Array.of(1)]), [
      'chunk-corrupt',
    ]),
    altered('empty', 'a payload of no bytes', new Uint8Array(), either),
    altered(
      'altered',
      'another byte in the middle',
      payload.map((byte, i) => (i === middle ? byte ^ 0x40 : byte)),
      either,
    ),
    await mismatched('codebook', 'a layer of another codebook', rvq([16, 4], [1, 20])),
    await mismatched('depth', 'more layers than the model has', rvq([...LAYERS, 2], [1, 20])),
  ];
}

/** A file that names a model of other codebooks: what its payload says is never looked at. */
async function mismatched(name: string, purpose: string, parameters: CodecParameters): Promise<Vector> {
  const { entry } = await exactCoding(tinyModel(STREAMS));
  const model = {
    encode: async () => [Uint8Array.of(1, 2, 3)],
    decode: async () => [],
    close: async () => {},
  };
  return invalid(
    `exact-index/${name}`,
    purpose,
    ['exact-index.md#1-order'],
    await buildFile([item(parameters)], { coding: { entry, model } }),
    'model-mismatch',
    undefined,
    [STREAMS],
  );
}

async function packages(): Promise<Vector[]> {
  const stream = item(rvq(LAYERS, [1, 10]));
  const shape: IndexShape = { codec: 'rvq', codebooks: LAYERS };
  const coding = await exactCoding(tinyModel(STREAMS));
  const tensors = randomIndexTensors(5, shape);
  const make = async (
    name: string,
    purpose: string,
    tensor: string,
    change: (values: TestTensor) => Partial<TestTensor>,
  ) => {
    const changed = new Map(tensors);
    const original = tensors.get(`index.${tensor}`) as TestTensor;
    changed.set(`index.${tensor}`, { ...original, ...change(original) });
    const files = indexPackageOf(changed, 'rvq', { name: 'tiny-streams' });
    return invalid(
      `exact-index/package-${name}`,
      purpose,
      ['exact-index.md#2-nets', EMBEDDED],
      await buildFile([stream], { coding, sections: [embedded(files, true)] }),
      ['model-missing', 'model-invalid'],
    );
  };
  const each = (to: number) => (tensor: TestTensor) => ({ values: tensor.values.map(() => to) });
  return [
    await make('entry', 'an entry of a table beyond 65535', 'own', each(65_536)),
    await make('bound', 'weights whose sums may leave the exact range', 'token_1.bias', each(2 ** 24)),
    await make('codebook', 'a codebook of no entries', 'codebooks', ({ values }) => ({
      values: values.map((size, layer) => (layer === 2 ? 0 : size)),
    })),
    await make('codebooks', 'codebooks of fewer entries than the tables', 'codebooks', ({ values }) => ({
      values: values.map((size, layer) => (layer === 0 ? size - 1 : size)),
    })),
    await make('neighbours', 'no neighbours', 'context_1.weight', ({ shape: [rows], values }) => ({
      shape: [rows, 6],
      values: values.slice(0, rows * 6),
    })),
  ];
}
