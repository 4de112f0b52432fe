/** Pixels to the coefficients that libjpeg-turbo makes of them, and back to pixels, by sharp. */

import { LlmcError } from '../../container/errors.js';
import type { DctChoice } from '../codec.js';
import { imageError, invalidImage, loadSharp, openStill } from '../image/still-node.js';
import { canonicalJpeg, parseJpeg } from '../jpeg/index.js';

/**
 * Quantises an image as libjpeg-turbo does: baseline, integer DCT ("islow"), IJG tables of the quality. The image is
 * read as `openStill` does; metadata are left out.
 *
 * @param quality IJG quality, 1 to 100.
 * @returns The canonical JPEG file of its coefficients.
 * @throws LlmcError `argument`, `input-invalid`.
 */
export async function jpegOfPixels(
  file: Uint8Array,
  quality: number,
  { sampling = '4:2:0', background }: Pick<DctChoice, 'sampling' | 'background'> = {},
): Promise<Uint8Array> {
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw new LlmcError('argument', `quality ${quality}; 1 to 100 are possible`);
  }
  const image = await openStill(file, background);
  const jpeg = await imageError('cannot be read as an image', () =>
    image.jpeg({ quality, chromaSubsampling: sampling, optimiseCoding: false }).toBuffer(),
  );
  const parsed = parseJpeg(new Uint8Array(jpeg));
  if (parsed === undefined) throw invalidImage('has too many pixels for codec dct');
  return canonicalJpeg(parsed.latents);
}

/**
 * The pixels of a JPEG file as a PNG file.
 *
 * @throws LlmcError `input-invalid` where libjpeg-turbo cannot decode it.
 */
export async function pngOfJpeg(jpeg: Uint8Array): Promise<Uint8Array> {
  const open = await loadSharp();
  return imageError('cannot be decoded to pixels', async () => {
    const image = open(jpeg);
    const { space } = await image.metadata();
    return new Uint8Array(
      await image
        .toColourspace(space === 'b-w' ? 'b-w' : 'srgb')
        .png()
        .toBuffer(),
    );
  });
}
