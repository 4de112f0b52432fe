/**
 * Bands: runs of whole MCU rows of a frame, which are what chunks hold of it (spec/codecs.md, "1 jpeg and
 * 2 dct").
 */

import { type DctParameters, dctGeometry } from '../container/parameters.js';
import { quantizationSteps } from '../container/quantization.js';
import type { DctBand } from '../lm/entropy-model.js';

/**
 * The band of `mcuRows` MCU rows from `firstMcuRow` on. Its planes are views: decoding into them fills the
 * frame.
 *
 * @param coefficients One array a component, the whole grid of blocks in raster order.
 */
export function dctBand(
  parameters: DctParameters,
  coefficients: readonly Int16Array[],
  firstMcuRow: number,
  mcuRows: number,
): DctBand {
  const { mcusWide, grids } = dctGeometry(parameters);
  const planes = grids.map((grid, i) => {
    const { h, v, blocksWide } = grid;
    const table = parameters.tables[parameters.components[i].table];
    const rowLength = v * blocksWide * 64;
    return {
      blocksWide,
      blocksHigh: v * mcuRows,
      h,
      v,
      quantization: quantizationSteps(table),
      coefficients: coefficients[i].subarray(firstMcuRow * rowLength, (firstMcuRow + mcuRows) * rowLength),
    };
  });
  return { mcusWide, mcusHigh: mcuRows, planes };
}

/**
 * Cuts `mcusHigh` MCU rows into the fewest runs of at most `targetTokens` tokens (at least one row each) and of
 * nearly equal height, so that the parts take nearly equal time.
 *
 * @returns The number of MCU rows of each run.
 */
export function cutMcuRows(mcusHigh: number, tokensPerMcuRow: number, targetTokens: number): number[] {
  const rowsPerRun = Math.max(1, Math.floor(targetTokens / tokensPerMcuRow));
  const runs = Math.ceil(mcusHigh / rowsPerRun);
  return Array.from(
    { length: runs },
    (_, i) => Math.floor(((i + 1) * mcusHigh) / runs) - Math.floor((i * mcusHigh) / runs),
  );
}
