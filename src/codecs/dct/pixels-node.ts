/** Pixels to the coefficients that libjpeg-turbo makes of them, and back to pixels, by sharp. */

import type sharp from 'sharp';
import { LlmcError } from '../../container/errors.js';
import { reasonOf } from '../../container/reason.js';
import type { DctChoice } from '../codec.js';
import { canonicalJpeg, parseJpeg } from '../jpeg/index.js';

/** Formats of still images; sharp reads others too, but draws them or takes a page of several. */
const FORMATS = ['png', 'webp', 'tiff', 'jpeg', 'gif', 'heif', 'avif'];
const GRAY_SPACES = ['b-w', 'grey16'];

/**
 * Quantises an image as libjpeg-turbo does: baseline, integer DCT ("islow"), IJG tables of the quality. The image is
 * turned upright by its EXIF orientation; colours become 8-bit sRGB, an image in gray stays gray; metadata are left out.
 *
 * @param file A PNG, WebP, TIFF, JPEG, GIF or AVIF file of one page.
 * @param quality IJG quality, 1 to 100.
 * @returns The canonical JPEG file of its coefficients.
 * @throws LlmcError `argument`, and `input-invalid` where it is no such file or has transparent pixels and no
 *   background is given.
 */
export async function jpegOfPixels(
  file: Uint8Array,
  quality: number,
  { sampling = '4:2:0', background }: Pick<DctChoice, 'sampling' | 'background'> = {},
): Promise<Uint8Array> {
  const open = await loadSharp();
  checkArguments(open, quality, background);
  const jpeg = await imageError('cannot be read as an image', async () => {
    const image = open(file);
    const { format, pages = 1, space, depth, hasAlpha } = await image.metadata();
    if (!FORMATS.includes(format))
      throw invalid(`is an image of format ${format}; codec dct takes still images`);
    if (pages > 1) throw invalid(`has ${pages} pages or frames; codec dct takes one`);
    if (depth !== 'uchar' && depth !== 'ushort') {
      throw invalid(`has samples of type ${depth}; codec dct takes integers of 8 or 16 bits`);
    }
    if (hasAlpha && background === undefined && !(await image.stats()).isOpaque) {
      throw invalid('has transparent pixels, which JPEG cannot hold; name a --background, such as white');
    }
    const upright = open(file).autoOrient();
    const opaque = background === undefined ? upright.removeAlpha() : upright.flatten({ background });
    return opaque
      .toColourspace(GRAY_SPACES.includes(space) ? 'b-w' : 'srgb')
      .jpeg({ quality, chromaSubsampling: sampling, optimiseCoding: false })
      .toBuffer();
  });
  const parsed = parseJpeg(new Uint8Array(jpeg));
  if (parsed === undefined) throw invalid('has too many pixels for codec dct');
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

function checkArguments(open: typeof sharp, quality: number, background: string | undefined): void {
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw new LlmcError('argument', `quality ${quality}; 1 to 100 are possible`);
  }
  if (background === undefined) return;
  try {
    open().flatten({ background });
  } catch (cause) {
    const message = `${background} is no colour; name one as in CSS, such as white or #fff`;
    throw new LlmcError('argument', message, { cause });
  }
}

/**
 * The npm package sharp.
 *
 * @throws LlmcError `argument` where it is not installed.
 */
export async function loadSharp(): Promise<typeof sharp> {
  try {
    return (await import('sharp')).default;
  } catch (cause) {
    const message = 'pixels need the npm package sharp, which is not installed or does not run here';
    throw new LlmcError('argument', `${message}; npm install sharp`, { cause });
  }
}

async function imageError<T>(message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof LlmcError) throw cause;
    const reason = reasonOf(cause);
    throw new LlmcError('input-invalid', `the file ${message}: ${reason}`, { cause });
  }
}

function invalid(what: string): LlmcError {
  return new LlmcError('input-invalid', `the file ${what}`);
}
