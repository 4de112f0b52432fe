/** Pixels to the coefficients that libjpeg-turbo makes of them, and back to pixels, by sharp. */

import type { Sharp } from 'sharp';
import { LlmcError } from '../../container/errors.js';
import type { DctChoice } from '../codec.js';
import { allocateDctLatents, type DctLatents } from '../dct-latents.js';
import { imageError, invalidImage, loadSharp, openStill } from '../image/still-node.js';
import { canonicalJpeg, parseJpeg } from '../jpeg/index.js';

/** Most rows or columns that libjpeg-turbo takes. */
const MAX_SIDE = 65500;

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
  if (sampling !== '4:2:2') return canonicalJpeg(await latentsOf(image, quality, sampling));
  const latents = await latentsOf(image.clone(), quality, '4:2:0');
  if (latents.coefficients.length === 1) return canonicalJpeg(latents);
  return canonicalJpeg(latentsAt422(latents, await latentsOf(await doubled(image), quality, '4:2:0')));
}

async function latentsOf(
  image: Sharp,
  quality: number,
  chromaSubsampling: '4:2:0' | '4:4:4',
): Promise<DctLatents> {
  const jpeg = await imageError('cannot be read as an image', () =>
    image.jpeg({ quality, chromaSubsampling, optimiseCoding: false }).toBuffer(),
  );
  const parsed = parseJpeg(new Uint8Array(jpeg));
  if (parsed === undefined) throw invalidImage('has too many pixels for codec dct');
  return parsed.latents;
}

/** An image with each of its rows twice. */
async function doubled(image: Sharp): Promise<Sharp> {
  const { data, info } = await imageError('cannot be read as an image', () =>
    image.raw().toBuffer({ resolveWithObject: true }),
  );
  const { width, height, channels } = info;
  if (2 * height > MAX_SIDE) throw invalidImage(`has ${height} rows; at 4:2:2 ${MAX_SIDE / 2} are possible`);
  const rows = Buffer.allocUnsafe(2 * data.length);
  const stride = width * channels;
  for (let row = 0; row < 2 * height; row++) {
    const first = (row >> 1) * stride;
    data.copy(rows, row * stride, first, first + stride);
  }
  return (await loadSharp())(rows, { raw: { width, height: 2 * height, channels } });
}

/**
 * The latents at 4:2:2, which sharp does not make, of those at 4:2:0 of an image and of the image with each row twice.
 *
 * libjpeg-turbo's colours at 4:2:0 are (a + b + c + d + 1) >> 2 and, in the next column, (a + b + c + d + 2) >> 2. Where the
 * second row is the first, that is (a + b) >> 1 and (a + b + 1) >> 1: its colours at 4:2:2. Luma differs in padding alone.
 */
function latentsAt422(image: DctLatents, doubled: DctLatents): DctLatents {
  const [luma, ...chroma] = image.parameters.components;
  const parameters = { ...image.parameters, components: [{ ...luma, v: 1 }, ...chroma] };
  const [{ length }] = allocateDctLatents(parameters).coefficients;
  return {
    parameters,
    coefficients: [image.coefficients[0].slice(0, length), ...doubled.coefficients.slice(1)],
  };
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
