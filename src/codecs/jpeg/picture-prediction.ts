/**
 * A picture within a file as differences from what the file's own frame shows of it, and back: a thumbnail costs little
 * where the file is at hand (spec/jpeg.md, "Prediction of a picture").
 */

import { type DctParameters, dctGeometry } from '../../container/parameters.js';
import { quantizationSteps } from '../../container/quantization.js';
import { allocateDctLatents, type DctLatents } from '../dct-latents.js';
import { dctBasis, dequantised, type FrameSamples, type Reduction } from './reduced-samples.js';
import { axisTaps, floorDivide, type Placement, resample } from './resampling.js';

/** A gain of 1. */
const UNIT_GAIN = 4096;
/** What sums of products are clamped to, either way. */
const PRODUCTS_MAX = 2 ** 36;
/** Sums of squares from here on are halved, those of products with them. */
const SQUARES_MAX = 2 ** 34;

/** Differences of a picture's coefficients from the prediction; they wrap around 16 bits. */
export function pictureDifferences(
  picture: DctLatents,
  file: FrameSamples,
  placement: Placement,
): DctLatents {
  return coded(picture, file, placement, false);
}

/** The coefficients from those differences. */
export function pictureFromDifferences(
  differences: DctLatents,
  file: FrameSamples,
  placement: Placement,
): DctLatents {
  return coded(differences, file, placement, true);
}

function coded(given: DctLatents, file: FrameSamples, placement: Placement, restore: boolean): DctLatents {
  const result = allocateDctLatents(given.parameters);
  result.coefficients.forEach((plane, component) => {
    plane.set(given.coefficients[component]);
    if (component >= file.latents.coefficients.length) return;
    const { parameters } = given;
    const steps = quantizationSteps(parameters.tables[parameters.components[component].table]);
    codePlane(plane, shownCoefficients(parameters, file, placement, component), steps, restore);
  });
  return result;
}

/** How small the file's samples may be: twice those of the picture, if they are that many. */
function reductionFor(file: DctParameters, picture: DctParameters): Reduction {
  const reductions: Reduction[] = [1, 2, 4];
  const enough = reductions.find(
    (n) => file.width * n >= 16 * picture.width && file.height * n >= 16 * picture.height,
  );
  return enough ?? 8;
}

/** A component of a picture as the file shows it: samples in 1/16, and how many a row. */
export function shownSamples(
  picture: DctParameters,
  file: FrameSamples,
  { left, top, right, bottom }: Placement,
  component: number,
): { readonly samples: Int32Array; readonly width: number; readonly height: number } {
  const { parameters } = file.latents;
  const reduction = reductionFor(parameters, picture);
  const plane = file.plane(component, reduction);
  const { grids } = dctGeometry(picture);
  const fileGrids = dctGeometry(parameters).grids;
  const axis = (extent: 'width' | 'height', factor: 'h' | 'v', first: number, last: number) =>
    axisTaps({
      file: {
        extent: parameters[extent],
        factor: fileGrids[component][factor],
        factorMax: Math.max(...fileGrids.map((grid) => grid[factor])),
        reduction,
        samples: plane[extent],
      },
      picture: {
        extent: picture[extent],
        factor: grids[component][factor],
        factorMax: Math.max(...grids.map((grid) => grid[factor])),
      },
      begin: first,
      end: 8 * parameters[extent] + last,
    });
  const across = axis('width', 'h', left, right);
  const down = axis('height', 'v', top, bottom);
  const black = component === 0 ? -(2 ** (parameters.precision + 3)) : 0;
  return { samples: resample(plane, across, down, black), width: across.count, height: down.count };
}

/** The same transformed: coefficients in 1/16, those of a block side by side. */
function shownCoefficients(
  picture: DctParameters,
  file: FrameSamples,
  placement: Placement,
  component: number,
): Int32Array {
  const { samples, width, height } = shownSamples(picture, file, placement, component);
  const { blocksWide, blocksHigh } = dctGeometry(picture).grids[component];
  const basis = dctBasis(8);
  const half = new Int32Array(64);
  const result = new Int32Array(64 * blocksWide * blocksHigh);
  for (let block = 0; block < blocksWide * blocksHigh; block++) {
    const column = 8 * (block % blocksWide);
    const row = 8 * Math.floor(block / blocksWide);
    for (let y = 0; y < 8; y++) {
      const from = width * Math.min(row + y, height - 1);
      for (let u = 0; u < 8; u++) {
        let sum = 1024;
        for (let x = 0; x < 8; x++) sum += basis[8 * x + u] * samples[from + Math.min(column + x, width - 1)];
        half[8 * y + u] = sum >> 11;
      }
    }
    for (let v = 0; v < 8; v++) {
      for (let u = 0; u < 8; u++) {
        let sum = 1024;
        for (let y = 0; y < 8; y++) sum += basis[8 * y + v] * half[8 * y + u];
        result[64 * block + 8 * v + u] = sum >> 11;
      }
    }
  }
  return result;
}

/** Coefficients to differences, or back, in place. Gains follow what the blocks before have shown. */
function codePlane(plane: Int16Array, shown: Int32Array, steps: Uint16Array, restore: boolean): void {
  const products = new Float64Array(64);
  const squares = new Float64Array(64);
  for (let i = 0; i < plane.length; i++) {
    const k = i & 63;
    const step = steps[k];
    const prior = 8 * step * step;
    const gain =
      k === 0
        ? UNIT_GAIN
        : Math.max(
            0,
            Math.min(2 * UNIT_GAIN, floorDivide(UNIT_GAIN * (products[k] + prior), squares[k] + prior)),
          );
    const prediction = floorDivide(gain * shown[i] + 32768 * step, 65536 * step);
    const before = plane[i];
    plane[i] = restore ? before + prediction : before - prediction;
    const value = dequantised(restore ? plane[i] : before, step);
    const seen = (shown[i] + 8) >> 4;
    products[k] = Math.max(-PRODUCTS_MAX, Math.min(PRODUCTS_MAX, products[k] + value * seen));
    squares[k] += seen * seen;
    if (squares[k] >= SQUARES_MAX) {
      products[k] = Math.floor(products[k] / 2);
      squares[k] = Math.floor(squares[k] / 2);
    }
  }
}
