/** From latents and side data back to the bytes of the JPEG file. */

import type { DctLatents } from '../dct-latents.js';
import { assembleJpeg } from './assemble.js';
import { unpackSideData } from './side-data.js';

/**
 * Rebuilds a JPEG file from its latents and the body of its section `JPEG`. Throws `section-invalid` if the side data
 * are malformed, do not fit the latents, or make more than `originalLength` bytes. Memory is bounded by about
 * 3 x `originalLength` + 3 MiB whatever the side data say; the result may be shorter than `originalLength` if they lie, which the item's
 * digest tells.
 */
export function rebuildJpeg(latents: DctLatents, sideData: Uint8Array, originalLength: number): Uint8Array {
  const { records, skeleton } = unpackSideData(sideData, latents.parameters, originalLength);
  return assembleJpeg(latents, skeleton, records, originalLength);
}
