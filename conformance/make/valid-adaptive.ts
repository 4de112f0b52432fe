/** The adaptive models and the range coder at their limits: magnitudes, carries, payloads of no bytes. */

import {
  ADAPTIVE,
  adaptiveIndex,
  type BuildItem,
  buildFile,
  type CodingModel,
  rowTokens,
  tokensOf,
} from './build.js';
import { hasCarry } from './carries.js';
import { extremeImages, grayImage } from './extreme-images.js';
import { canonicalItem, rvq, vq } from './index-items.js';
import { Random } from './media.js';
import { type Vector, valid } from './vector.js';

const DCT = [
  'adaptive-dct.md#6-count',
  'adaptive-dct.md#7-inner-coefficients',
  'adaptive-dct.md#8-first-row-and-first-column',
  'adaptive-dct.md#9-dc-coefficient',
  'adaptive-dct.md#10-magnitude',
];
const ENCODER = 'range-coder.md#1-encoder';
const DECODER = 'range-coder.md#2-decoder';
const INDICES = 'adaptive-index.md#4-decisions';
const OF_GRIDS = adaptiveIndex('vq-raster');
const OF_STREAMS = adaptiveIndex('rvq-frames');

/** All of them. */
export async function validAdaptive(): Promise<Vector[]> {
  return [...(await images()), ...(await carries()), ...(await fewBytes())];
}

async function vector(
  name: string,
  purpose: string,
  spec: readonly string[],
  item: BuildItem,
  coding: CodingModel,
): Promise<Vector> {
  return valid(`adaptive/${name}`, purpose, spec, await buildFile([item], { coding }), [item.bytes]);
}

async function images(): Promise<Vector[]> {
  return Promise.all(
    extremeImages().map(({ name, purpose, item }) => vector(name, purpose, DCT, item, ADAPTIVE)),
  );
}

async function carries(): Promise<Vector[]> {
  const random = new Random(11);
  // A block a row, so that every block ends a beginning.
  const image = () => grayImage(8, 1024, (_, k) => (k === 0 ? random.around(1000) : 0));
  const clip = () => {
    const parameters = rvq([256], [1, 300]);
    return canonicalItem(
      parameters,
      Uint32Array.from({ length: 300 }, () => random.below(random.below(4) === 0 ? 256 : 40)),
    );
  };
  const through = 'a carry through a byte 0xFF of the payload';
  return [
    await vector(
      'carry-image',
      `${through}, of coefficients`,
      [ENCODER, 'adaptive-dct.md'],
      await firstWithCarry(image, ADAPTIVE),
      ADAPTIVE,
    ),
    await vector(
      'carry-indices',
      `${through}, of indices`,
      [ENCODER, INDICES],
      await firstWithCarry(clip, OF_STREAMS),
      OF_STREAMS,
    ),
  ];
}

async function firstWithCarry(make: () => BuildItem, coding: CodingModel): Promise<BuildItem> {
  for (;;) {
    const item = make();
    if (await hasCarry(item, coding, tokensOf(item), rowTokens(item))) return item;
  }
}

async function fewBytes(): Promise<Vector[]> {
  const grid = (indices: readonly number[]) =>
    canonicalItem(vq(256, [1, indices.length, 1]), Uint32Array.from(indices));
  return [
    await vector(
      'payload-empty',
      'a payload of no bytes for decisions that are all 1: what the encoder writes is four bytes of 0, which it drops',
      [ENCODER, DECODER, 'adaptive-index.md#1-payloads'],
      grid([255]),
      OF_GRIDS,
    ),
    await vector(
      'payload-short',
      'a payload of a few bytes for many indices that are equal',
      [ENCODER, DECODER, INDICES],
      grid(new Array<number>(500).fill(7)),
      OF_GRIDS,
    ),
  ];
}
