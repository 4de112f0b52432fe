/**
 * Bands: runs of whole MCU rows of a frame, which are what chunks hold of it (spec/codecs.md, "1 jpeg and
 * 2 dct").
 */

import { dctTokensCrc } from '../container/crc.js';
import { type DctParameters, dctGeometry } from '../container/parameters.js';
import { quantizationSteps } from '../container/quantization.js';
import type { DctBand, DctChunk } from '../lm/entropy-model.js';
import type { ItemPart, LatentsKind } from './latents.js';

/**
 * The band of `mcuRows` MCU rows from `firstMcuRow` on. Its planes are views: decoding into them fills the
 * frame.
 *
 * @param coefficients One array a component, the whole grid of blocks in raster order.
 */
function dctBand(
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

/** Coefficients of DCT blocks as latents. */
export const dctKind: LatentsKind<DctChunk> = {
  // 4.2 megapixels at 4:2:0. Smaller chunks keep more cores busy and lose less to damage, but the adaptive model starts
  // anew in each: with these, large photos grow by 0.4 % (`npm run bench:adaptive -- --chunk-tokens 0,268435456`).
  chunkTokens: 6 << 20,
  chunkLimit: Number.MAX_SAFE_INTEGER,
  spansItems: true,
  chunkOf: (parts) => ({ bands: parts.flatMap(bandsOf) }),
  tokensCrc: dctTokensCrc,
  clear({ bands }) {
    for (const { planes } of bands) for (const { coefficients } of planes) coefficients.fill(0);
  },
};

/** The band of a part, and after the last row of the frame the nested frames. */
function bandsOf({ parameters, latents, firstToken, tokens }: ItemPart): DctBand[] {
  if (latents.kind !== 'dct' || (parameters.codec !== 'jpeg' && parameters.codec !== 'dct')) {
    throw new TypeError(`latents of kind ${latents.kind} of codec type ${parameters.codec}`);
  }
  const { dct, nested = [] } = parameters;
  const { tokensPerMcuRow, mcusHigh } = dctGeometry(dct);
  const first = firstToken / tokensPerMcuRow;
  const end = (firstToken + tokens) / tokensPerMcuRow;
  const rows = Math.min(mcusHigh, end) - first;
  const bands = rows > 0 ? [dctBand(dct, latents.coefficients, first, rows)] : [];
  if (end <= mcusHigh) return bands;
  const within = nested.map((frame, i) =>
    dctBand(frame, latents.nested?.[i] ?? [], 0, dctGeometry(frame).mcusHigh),
  );
  return [...bands, ...within];
}
