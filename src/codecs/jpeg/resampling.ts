/** Where a picture lies in another one, and its samples as that one shows them (spec/jpeg.md, "Resampling"). */

import type { DctParameters } from '../../container/parameters.js';
import type { SamplePlane } from './reduced-samples.js';

/** By how much the edges of a picture lie beyond those of the file's, in eighths of the file's pixels. */
export interface Placement {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** How far the edges of a picture may be from those of its file, either way: a quarter of its extent. */
export function placementLimits({ width, height }: DctParameters): Placement {
  return { left: 2 * width, top: 2 * height, right: 2 * width, bottom: 2 * height };
}

/** Across or down: what maps samples of a picture to those of the file. Extents are in pixels. */
export interface Axis {
  /** The file's: its extent, sampling factor of the component and largest one, samples a block, and samples in all. */
  readonly file: { extent: number; factor: number; factorMax: number; reduction: number; samples: number };
  readonly picture: { extent: number; factor: number; factorMax: number };
  /** Where the picture begins and ends, in eighths of the file's pixels. */
  readonly begin: number;
  readonly end: number;
}

/** The file's samples that make up each sample of a picture. */
export interface Taps {
  /** Samples of the picture. */
  readonly count: number;
  /** Whether a sample lies within the file's picture. */
  readonly inside: Uint8Array;
  /** Of sample i, the weights from starts[i] to starts[i + 1] - 1. */
  readonly starts: Uint32Array;
  readonly weights: Int32Array;
  /** The file's sample of each weight. */
  readonly sources: Uint32Array;
  /** The sum of each sample's weights. */
  readonly sums: Float64Array;
}

/**
 * Floor of a quotient of integers below 2^53, of which the divisor is positive: exact, as such a quotient is never so
 * close below an integer that it is rounded to it.
 */
export function floorDivide(dividend: number, divisor: number): number {
  return Math.floor(dividend / divisor);
}

/** The cubic of Catmull and Rom in 1/2^14 at a distance of z/1024 spacings, z from 0 to 2047. */
function kernel(z: number): number {
  const twice =
    z < 1024
      ? 3 * z * z * z - 5 * 2 ** 10 * z * z + 2 ** 31
      : 5 * 2 ** 10 * z * z - z * z * z - 2 ** 23 * z + 2 ** 32;
  return Math.floor(twice / 2 ** 17);
}

/** The taps of an axis. */
export function axisTaps({ file, picture, begin, end }: Axis): Taps {
  const count = Math.ceil((picture.extent * picture.factor) / picture.factorMax);
  const scale = file.factor * file.reduction;
  const divisor = picture.extent * picture.factor * file.factorMax;
  const spacing = Math.max(
    1024,
    floorDivide(
      16 * scale * (end - begin) * picture.factorMax,
      picture.extent * picture.factor * file.factorMax,
    ),
  );
  const inside = new Uint8Array(count);
  const starts = new Uint32Array(count + 1);
  const sums = new Float64Array(count);
  const weights: number[] = [];
  const sources: number[] = [];
  for (let i = 0; i < count; i++) {
    const position =
      2 * begin * picture.extent * picture.factor + (end - begin) * (2 * i + 1) * picture.factorMax;
    inside[i] = Number(position >= 0 && position < 16 * file.extent * picture.extent * picture.factor);
    const centre = floorDivide(8 * scale * position, divisor) - 512;
    const last = Math.ceil((centre + 2 * spacing) / 1024) - 1;
    for (let k = Math.floor((centre - 2 * spacing) / 1024) + 1; k <= last; k++) {
      const weight = kernel(floorDivide(1024 * Math.abs(1024 * k - centre), spacing));
      weights.push(weight);
      sources.push(Math.max(0, Math.min(file.samples - 1, k)));
      sums[i] += weight;
    }
    starts[i + 1] = weights.length;
  }
  return {
    count,
    inside,
    starts,
    weights: Int32Array.from(weights),
    sources: Uint32Array.from(sources),
    sums,
  };
}

/** The picture's samples, `across.count` a row; those outside of the file's picture are `outside`. */
export function resample(plane: SamplePlane, across: Taps, down: Taps, outside: number): Int32Array {
  const columns = across.count;
  const half = new Int32Array(plane.height * columns);
  for (let y = 0; y < plane.height; y++) {
    for (let x = 0; x < columns; x++) {
      half[y * columns + x] = weighted(plane.samples, y * plane.width, 1, across, x);
    }
  }
  const result = new Int32Array(down.count * columns).fill(outside);
  for (let y = 0; y < down.count; y++) {
    if (down.inside[y] === 0) continue;
    for (let x = 0; x < columns; x++) {
      if (across.inside[x] === 1) result[y * columns + x] = weighted(half, x, columns, down, y);
    }
  }
  return result;
}

/** The weighted mean of what one sample's taps show, rounded. */
function weighted(
  values: Int16Array | Int32Array,
  at: number,
  stride: number,
  taps: Taps,
  i: number,
): number {
  const { starts, weights, sources, sums } = taps;
  let sum = 0;
  for (let t = starts[i]; t < starts[i + 1]; t++) sum += weights[t] * values[at + stride * sources[t]];
  return floorDivide(2 * sum + sums[i], 2 * sums[i]);
}
