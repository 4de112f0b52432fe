/** Valid files with the bundled model: made anew, by `npm run vectors`, when that is. */

import { readFileSync } from 'node:fs';
import { type BuildItem, buildFile, dct, jpeg, rowTokens, tokensOf } from './build.js';
import { canonicalJpegOf, jpegFixture } from './media.js';
import { exactCoding } from './tiny-models.js';
import { type Vector, valid } from './vector.js';

const ID = 'dct-photo-1';
const SPEC = ['exact-dct.md', 'exact-profile.md', 'model-package.md', 'range-coder.md'];

/** All of them. */
export async function realModel(): Promise<Vector[]> {
  const read = (name: string) =>
    new Uint8Array(readFileSync(new URL(`../../models/${ID}/${name}`, import.meta.url)));
  const coding = await exactCoding({
    id: ID,
    files: { manifest: read('model.json'), weights: read('weights.safetensors') },
  });
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
