/** Valid files of codec type `dct`, whose outputs are canonical JPEG files, with the adaptive model. */

import { buildFile, dct } from './build.js';
import { canonicalJpegOf } from './media.js';
import { type Vector, valid } from './vector.js';

const SPEC = ['codecs.md#1-jpeg-and-2-dct', 'jpeg.md#8-canonical-file', 'adaptive-dct.md'];

/** The JPEG files whose coefficients are taken, and what their canonical files show. */
const IMAGES: readonly (readonly [string, string])[] = [
  ['baseline-420', 'standard Huffman tables'],
  ['gray', 'one component'],
  ['baseline-two-components', 'two components: no JFIF segment'],
  ['cmyk', 'four components: no JFIF segment'],
  ['extended-12-bit', 'coefficients without a code in the standard Huffman tables'],
  ['progressive', 'progressive: the script of ten scans'],
  ['progressive-gray', 'progressive: the script of six scans'],
];

/** All of them. */
export async function validDct(): Promise<Vector[]> {
  const items = IMAGES.map(([name]) => dct(canonicalJpegOf(name)));
  const single = await Promise.all(
    IMAGES.map(async ([name, shows], i) =>
      valid(`dct/${name}`, `coefficients alone: ${shows}`, SPEC, await buildFile([items[i]]), [
        items[i].bytes,
      ]),
    ),
  );
  const pair = items.slice(0, 2);
  const album = await buildFile(pair);
  const outputs = pair.map(({ bytes }) => bytes);
  return [...single, valid('dct/items', 'two items of coefficients alone', SPEC, album, outputs)];
}
