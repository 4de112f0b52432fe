/** Still images, read by sharp. */

import type sharp from 'sharp';
import type { Sharp } from 'sharp';
import { LlmcError } from '../../container/errors.js';
import { reasonOf } from '../../container/reason.js';

/** Formats of still images; sharp reads others too, but draws them or takes a page of several. */
const FORMATS = ['png', 'webp', 'tiff', 'jpeg', 'gif', 'heif', 'avif'];
const GRAY_SPACES = ['b-w', 'grey16'];

/**
 * Opens an image: upright by its EXIF orientation, opaque, in 8-bit sRGB or, if it is in gray, in gray.
 *
 * @param file A PNG, WebP, TIFF, JPEG, GIF or AVIF file of one page.
 * @param background Colour behind transparent pixels: a name or hexadecimal digits, as in CSS.
 * @throws LlmcError `argument`, and `input-invalid` where it is no such file or has transparent pixels and no
 *   background is given. What sharp finds only while it decodes is for `imageError`.
 */
export async function openStill(file: Uint8Array, background?: string): Promise<Sharp> {
  const open = await loadSharp();
  if (background !== undefined) checkColour(open, background);
  return imageError('cannot be read as an image', async () => {
    const image = open(file);
    const { format, pages = 1, space, depth, hasAlpha } = await image.metadata();
    if (!FORMATS.includes(format)) throw invalidImage(`is of format ${format}; still images are taken`);
    if (pages > 1) throw invalidImage(`has ${pages} pages or frames; one is taken`);
    if (depth !== 'uchar' && depth !== 'ushort') {
      throw invalidImage(`has samples of type ${depth}; integers of 8 or 16 bits are taken`);
    }
    if (hasAlpha && background === undefined && !(await image.stats()).isOpaque) {
      throw invalidImage(
        'has transparent pixels, which cannot be kept; name a --background for them, such as white',
      );
    }
    const upright = open(file).autoOrient();
    const opaque = background === undefined ? upright.removeAlpha() : upright.flatten({ background });
    return opaque.toColourspace(GRAY_SPACES.includes(space) ? 'b-w' : 'srgb');
  });
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

/**
 * Does work on an image.
 *
 * @throws LlmcError What the work throws, or `input-invalid` for another error of it: "the file" `message`.
 */
export async function imageError<T>(message: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof LlmcError) throw cause;
    throw new LlmcError('input-invalid', `the file ${message}: ${reasonOf(cause)}`, { cause });
  }
}

/** An `input-invalid` error: "the file" `what`. */
export function invalidImage(what: string): LlmcError {
  return new LlmcError('input-invalid', `the file ${what}`);
}

function checkColour(open: typeof sharp, background: string): void {
  try {
    open().flatten({ background });
  } catch (cause) {
    const message = `${background} is no colour; name one as in CSS, such as white or #fff`;
    throw new LlmcError('argument', message, { cause });
  }
}
