/** Valid files with the bundled models: made anew, by `npm run vectors`, when those are. */

import { readFileSync } from 'node:fs';
import {
  arrays,
  type BuildItem,
  buildFile,
  type CodingModel,
  dct,
  jpeg,
  rowTokens,
  tokensOf,
} from './build.js';
import { canonicalItem, repeatingIndices, vq } from './index-items.js';
import { canonicalJpegOf, jpegFixture } from './media.js';
import { exactCoding } from './tiny-models.js';
import { type Vector, valid } from './vector.js';

const ID = 'dct-photo-1';
const SPEC = ['exact-dct.md', 'exact-profile.md', 'model-package.md', 'range-coder.md'];

const INDEX_SPEC = ['exact-index.md', 'exact-profile.md', 'model-package.md', 'range-coder.md'];

/** All of them. */
export async function realModel(): Promise<Vector[]> {
  return [...(await photos()), await speech(), await images()];
}

/** Codes with a bundled model. */
async function bundledCoding(id: string): Promise<CodingModel> {
  const read = (name: string) =>
    new Uint8Array(readFileSync(new URL(`../../models/${id}/${name}`, import.meta.url)));
  return exactCoding({ id, files: { manifest: read('model.json'), weights: read('weights.safetensors') } });
}

async function speech(): Promise<Vector> {
  const id = 'rvq-lyra-1';
  const voice = new Uint8Array(readFileSync(new URL('../../fixtures/sound/voice.npy', import.meta.url)));
  const item = arrays(voice, {
    codec: 'rvq',
    codebookSizes: [16],
    frameRate: { numerator: 50, denominator: 1 },
    sampleRate: 16_000,
  });
  return valid(
    'rvq-lyra/voice',
    'the bundled model: 46 layers',
    INDEX_SPEC,
    await buildFile([item], { coding: await bundledCoding(id) }),
    [voice],
    [id],
  );
}

async function images(): Promise<Vector> {
  const id = 'vq-photo-1';
  const parameters = vq(1024, [1, 12, 9], [1, 1, 1]);
  const item = canonicalItem(parameters, repeatingIndices(parameters, 31));
  return valid(
    'vq-photo/grids',
    'the bundled model: two grids',
    INDEX_SPEC,
    await buildFile([item], { coding: await bundledCoding(id) }),
    [item.bytes],
    [id],
  );
}

async function photos(): Promise<Vector[]> {
  const coding = await bundledCoding(ID);
  const colour = jpeg(jpegFixture('baseline-420'));
  const row = rowTokens(colour);
  const vector = async (
    name: string,
    purpose: string,
    items: readonly BuildItem[],
    cuts?: readonly number[],
  ) =>
    valid(
      `dct-photo/${name}`,
      `the bundled model: ${purpose}`,
      SPEC,
      await buildFile(items, { coding, ...(cuts ? { chunks: cuts } : {}) }),
      items.map(({ bytes }) => bytes),
      [ID],
    );
  return [
    await vector('gray', 'one component', [jpeg(jpegFixture('gray'))]),
    await vector('colour', 'colour at 4:2:0', [colour]),
    await vector('colour-444', 'colour at 4:4:4', [jpeg(jpegFixture('baseline-444'))]),
    await vector('cmyk', 'four components', [jpeg(jpegFixture('cmyk'))]),
    await vector('12-bit', 'coefficients of 12-bit samples', [jpeg(jpegFixture('extended-12-bit'))]),
    await vector('chunks', 'two chunks', [colour], [row, tokensOf(colour) - row]),
    await vector('dct', 'coefficients alone', [dct(canonicalJpegOf('baseline-420'))]),
  ];
}
