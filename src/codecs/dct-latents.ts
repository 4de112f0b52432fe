/** The latents of a DCT codec: what a JPEG file and a set of pixels at a QF both become. */

import { type DctParameters, dctGeometry } from '../container/parameters.js';

/** Quantised coefficients of a whole frame. */
export interface DctLatents {
  readonly parameters: DctParameters;
  /**
   * One array a component: its blocks (grid padded to whole MCUs, see `dctGeometry`) in raster order, each 64
   * coefficients in natural (row-major) order.
   */
  readonly coefficients: readonly Int16Array[];
}

/** Zeroed latents of the right shape for a frame. */
export function allocateDctLatents(parameters: DctParameters): DctLatents {
  const { grids } = dctGeometry(parameters);
  return { parameters, coefficients: grids.map((g) => new Int16Array(g.blocksWide * g.blocksHigh * 64)) };
}
