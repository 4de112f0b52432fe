/** Valid files of the codec types `vq` and `rvq`: shapes, codebooks, files of arrays, payloads, chunks. */

import { INDEX_STREAMS } from '../../fixtures/index-streams.js';
import type { CodecParameters } from '../../src/container/parameters.js';
import { ADAPTIVE, adaptiveIndex, arrays, type BuildItem, buildFile, jpeg, raw, tokensOf } from './build.js';
import { arrayItem, canonicalItem, repeatingIndices, rvq, vq } from './index-items.js';
import { jpegFixture, text } from './media.js';
import { exactCoding, tinyModel } from './tiny-models.js';
import { type Vector, valid } from './vector.js';

const GRIDS = 'codecs.md#3-vq';
const STREAMS = 'codecs.md#4-rvq';
const MODEL = ['adaptive-index.md#2-order', 'adaptive-index.md#3-contexts', 'adaptive-index.md#4-decisions'];
const PACKED = 'adaptive-index.md#1-payloads';
const SIDE_DATA = ['index-streams.md#1-side-data', 'index-streams.md#3-dictionary-and-headers'];
const ARRAYS = 'index-streams.md#2-arrays';
const CANONICAL = 'index-streams.md#4-canonical-files';

const OF_GRIDS = adaptiveIndex('vq-raster');
const OF_STREAMS = adaptiveIndex('rvq-frames');

const RVQ = {
  codec: 'rvq',
  codebookSizes: [1024],
  frameRate: { numerator: 50, denominator: 1 },
  sampleRate: 16_000,
} as const;

/** All of them. */
export async function validIndex(): Promise<Vector[]> {
  return [
    ...(await grids()),
    ...(await streams()),
    ...(await arrayFiles()),
    ...(await chunks()),
    ...(await twoModels()),
  ];
}

async function vector(
  name: string,
  purpose: string,
  spec: readonly string[],
  items: readonly BuildItem[],
  cuts?: readonly number[],
): Promise<Vector> {
  const coding = items[0].parsed.parameters.codec === 'vq' ? OF_GRIDS : OF_STREAMS;
  const bytes = await buildFile(items, { coding, ...(cuts ? { chunks: cuts } : {}) });
  return valid(
    name,
    purpose,
    spec,
    bytes,
    items.map((item) => item.bytes),
  );
}

const canonical = (parameters: CodecParameters, seed = 1) =>
  canonicalItem(parameters, repeatingIndices(parameters, seed));

/** Indices that the adaptive model does not make shorter than their packed bits. */
function unpredictable(parameters: CodecParameters, codebookSize: number): BuildItem {
  const indices = Uint32Array.from({ length: 40 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 0);
  return canonicalItem(
    parameters,
    indices.map((index) => index % codebookSize),
  );
}

async function grids(): Promise<Vector[]> {
  const make = (name: string, purpose: string, spec: readonly string[], item: BuildItem) =>
    vector(`vq/${name}`, purpose, [GRIDS, ...spec], [item]);
  return [
    await make(
      'file',
      'grids of a .npy file of wide integers',
      [...MODEL, ...SIDE_DATA],
      arrays(INDEX_STREAMS.grids, { codec: 'vq', codebookSize: 1024 }),
    ),
    await make(
      'sizes',
      'grids of two sizes in a .safetensors file',
      [...MODEL, ...SIDE_DATA],
      arrays(INDEX_STREAMS.images, { codec: 'vq', codebookSize: 1024 }),
    ),
    await make(
      'canonical',
      'no side data: a .npy file of bytes',
      [CANONICAL, ...MODEL],
      canonical(vq(200, [1, 20, 30])),
    ),
    await make(
      'canonical-u16',
      'no side data: a .npy file of three axes, indices of two bytes',
      [CANONICAL, ...MODEL],
      canonical(vq(257, [3, 9, 8])),
    ),
    await make(
      'canonical-u32',
      'no side data: a .npy file of indices of four bytes',
      [CANONICAL, ...MODEL],
      canonical(vq(65_537, [2, 12, 10])),
    ),
    await make(
      'canonical-groups',
      'no side data: a .safetensors file of three groups',
      [CANONICAL, ...MODEL],
      canonical(vq(256, [2, 9, 7], [1, 1, 12], [1, 11, 1])),
    ),
    await make(
      'codebook-1',
      'a codebook of one entry: indices of no bits, a payload of no bytes',
      [PACKED],
      canonical(vq(1, [1, 4, 4])),
    ),
    await make(
      'codebook-3',
      'a codebook whose size is no power of two: some bits are known',
      MODEL,
      canonical(vq(3, [1, 16, 16])),
    ),
    await make(
      'codebook-largest',
      'a codebook of 2^32 entries',
      [...MODEL, CANONICAL],
      canonical(vq(2 ** 32, [1, 8, 40])),
    ),
    await make('packed', 'a packed payload', [PACKED], unpredictable(vq(2 ** 32, [1, 8, 5]), 2 ** 32)),
    await make(
      'packed-padding',
      'a packed payload whose last byte is padded, codebook of no power of two',
      [PACKED],
      unpredictable(vq(997, [1, 40, 1]), 997),
    ),
  ];
}

async function streams(): Promise<Vector[]> {
  const make = (name: string, purpose: string, spec: readonly string[], item: BuildItem) =>
    vector(`rvq/${name}`, purpose, [STREAMS, ...spec], [item]);
  return [
    await make(
      'frames-first',
      'four layers of big-endian integers, frames first',
      [...MODEL, ...SIDE_DATA, ARRAYS],
      arrays(INDEX_STREAMS.clip, { ...RVQ, axes: 'TK' }),
    ),
    await make(
      'lengths',
      'streams of two lengths in a .safetensors file, beside another tensor',
      [...MODEL, ...SIDE_DATA],
      arrays(INDEX_STREAMS.clips, { ...RVQ, keys: ['a', 'b'] }),
    ),
    await make(
      'encodec',
      'a file of EnCodec: indices packed in ten bits',
      [...SIDE_DATA, ARRAYS, 'index-streams.md#5-files-of-encodec'],
      arrays(INDEX_STREAMS.encodec, RVQ),
    ),
    await make('depth-1', 'one layer', [...MODEL, CANONICAL], canonical(rvq([512], [1, 60]))),
    await make('depth-2', 'two layers', [...MODEL, CANONICAL], canonical(rvq([512, 512], [1, 40]))),
    await make(
      'codebooks',
      'a codebook of another size for each layer, one of one entry',
      [...MODEL, CANONICAL],
      canonical(rvq([1024, 1, 5, 70_000], [2, 30])),
    ),
    await make(
      'depth-256',
      'the most layers there may be',
      [...MODEL, CANONICAL],
      canonical(rvq(new Array<number>(256).fill(16), [1, 3])),
    ),
    await make(
      'packed',
      'a packed payload of layers of different widths',
      [PACKED],
      unpredictable(rvq([3, 1000], [1, 20]), 3),
    ),
  ];
}

async function arrayFiles(): Promise<Vector[]> {
  const parameters = rvq([200, 200, 200], [2, 10]);
  const indices = repeatingIndices(parameters, 3);
  const small = rvq([2, 2], [1, 33]);
  const wide = vq(2 ** 32, [1, 8, 8]);
  const groups = vq(200, [2, 5, 4], [1, 7, 3], [3, 1, 2]);
  const elements = [0, 1, 2, 3, 5, 6, 7];
  return [
    ...(await Promise.all(
      [0, 1, 2, 3, 4, 5].map((order) =>
        vector(
          `rvq/order-${order}`,
          `an array in order ${order}`,
          [ARRAYS, ...SIDE_DATA],
          [arrayItem(parameters, indices, 0, order)],
        ),
      ),
    )),
    ...(await Promise.all(
      elements.map((element) =>
        vector(
          `rvq/element-${element}`,
          `integers of element type ${element}`,
          [ARRAYS, ...SIDE_DATA],
          [arrayItem(parameters, indices, element, 1)],
        ),
      ),
    )),
    await vector(
      'rvq/element-129',
      'indices of one bit',
      [ARRAYS, ...SIDE_DATA],
      [arrayItem(small, repeatingIndices(small, 4), 129, 0)],
    ),
    await vector(
      'vq/element-160',
      'indices of 32 bits, packed',
      [ARRAYS, ...SIDE_DATA],
      [arrayItem(wide, repeatingIndices(wide, 5), 160, 0)],
    ),
    await vector(
      'vq/arrays',
      'three arrays without bytes between them',
      [ARRAYS, ...SIDE_DATA],
      [arrayItem(groups, repeatingIndices(groups, 6), 1, 5, 0)],
    ),
  ];
}

async function chunks(): Promise<Vector[]> {
  const CHUNKS = 'container.md#6-chunk-table';
  const images = canonical(vq(300, [2, 10, 10], [1, 8, 8]));
  const other = canonical(vq(40, [1, 6, 6]), 2);
  const clip = canonical(rvq([64, 32], [2, 30]));
  const whole = tokensOf(images) + tokensOf(other);
  return [
    await vector(
      'vq/chunks',
      'chunks that are cut within rows, and one that holds the end of a group and the beginning of the next',
      [CHUNKS, ...MODEL],
      [images],
      [47, 100, tokensOf(images) - 147],
    ),
    await vector(
      'vq/items-one-chunk',
      'two items of different codebooks in one chunk',
      [CHUNKS, ...MODEL],
      [images, other],
      [whole],
    ),
    await vector(
      'vq/items-across-chunks',
      'a chunk of the end of one item and the beginning of the next',
      [CHUNKS, ...MODEL],
      [images, other],
      [200, 80, whole - 280],
    ),
    await vector(
      'rvq/chunks',
      'chunks that are cut between frames, within streams',
      [CHUNKS, ...MODEL],
      [clip],
      [2, 50, tokensOf(clip) - 52],
    ),
  ];
}

async function twoModels(): Promise<Vector[]> {
  const MODELS = 'container.md#3-model-table';
  const gray = jpeg(jpegFixture('gray'));
  const colour = jpeg(jpegFixture('baseline-420'));
  const [one, two] = [await exactCoding(tinyModel('tiny-1')), await exactCoding(tinyModel('tiny-2'))];
  const every = [
    { ...gray, coding: one },
    raw(text(50)),
    { ...gray, coding: two },
    { ...colour, coding: ADAPTIVE },
    { ...canonical(vq(300, [1, 10, 10])), coding: OF_GRIDS },
    { ...canonical(rvq([64, 32], [1, 20])), coding: OF_STREAMS },
  ];
  return [
    valid(
      'container/models-5',
      'items of five models: two exact ones and three adaptive ones',
      [MODELS, 'registries.md'],
      await buildFile(every),
      every.map(({ bytes }) => bytes),
      ['tiny-1', 'tiny-2'],
    ),
  ];
}
