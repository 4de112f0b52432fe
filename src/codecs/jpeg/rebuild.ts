/** From latents and side data back to the bytes of the JPEG file. */

import { assembleJpeg } from './assemble.js';
import { expandPictures } from './nested-pictures.js';
import type { ParsedJpeg } from './parse.js';
import { unpackSideData } from './side-data.js';

/**
 * Rebuilds a JPEG file from its latents, those of pictures within it, and the body of its section `JPEG`. Throws
 * `section-invalid` if the side data are malformed, do not fit the latents, or make more than `originalLength` bytes. Memory
 * is bounded by about 5 x `originalLength` + 3 MiB whatever the side data say, and where pictures are predicted by 16 bytes
 * a coefficient of the largest and 4 a coefficient of the file; the result may be shorter than
 * `originalLength` if they lie, which the item's digest tells.
 */
export function rebuildJpeg({ latents, nested, sideData }: ParsedJpeg, originalLength: number): Uint8Array {
  const frames = nested.map(({ parameters }) => parameters);
  const { records, pictures, skeleton } = unpackSideData(
    sideData,
    latents.parameters,
    frames,
    originalLength,
  );
  const whole = expandPictures(skeleton, pictures, latents, nested, originalLength);
  return assembleJpeg(latents, whole, records, originalLength);
}
