/** Samples of a component at 1, 1/2, 1/4 or 1/8 of its size, in exact integers (spec/jpeg.md, "Samples"). */

import { dctGeometry } from '../../container/parameters.js';
import { quantizationSteps } from '../../container/quantization.js';
import type { DctLatents } from '../dct-latents.js';

/** Samples of a block across and down: the picture's size in eighths. */
export type Reduction = 1 | 2 | 4 | 8;

/** Samples in 1/16, around 0, row by row. */
export interface SamplePlane {
  readonly width: number;
  readonly height: number;
  readonly samples: Int16Array;
}

/** What dequantised coefficients are clamped to, either way. */
const VALUE_MAX = 8192;

/** cos(n pi / 16) in 1/1024, n = 0 to 8. */
const QUARTER_WAVE = [1024, 1004, 946, 851, 724, 569, 392, 200, 0];

/** The same of any n. */
function cosine(n: number): number {
  const m = Math.min(n % 32, 32 - (n % 32));
  return m > 8 ? -QUARTER_WAVE[16 - m] : QUARTER_WAVE[m];
}

/** `basis[8 x + u]`: frequency u at sample x of a block, in 1/2048; the rows of 8 samples are orthonormal. */
export function dctBasis(reduction: Reduction): Int32Array {
  return Int32Array.from({ length: 8 * reduction }, (_, i) => {
    const u = i & 7;
    return u >= reduction ? 0 : cosine(u === 0 ? 4 : (2 * (i >> 3) + 1) * u * (8 / reduction));
  });
}

/** The value of a coefficient for a prediction. */
export function dequantised(coefficient: number, step: number): number {
  return Math.max(-VALUE_MAX, Math.min(VALUE_MAX, coefficient * step));
}

/** The samples of a frame's components; each plane is computed once. */
export class FrameSamples {
  readonly #planes = new Map<string, SamplePlane>();

  constructor(readonly latents: DctLatents) {}

  /** Without the padding of the last blocks. */
  plane(component: number, reduction: Reduction): SamplePlane {
    const key = `${component} ${reduction}`;
    const plane = this.#planes.get(key) ?? reducedSamples(this.latents, component, reduction);
    this.#planes.set(key, plane);
    return plane;
  }
}

function reducedSamples(
  { parameters, coefficients }: DctLatents,
  component: number,
  reduction: Reduction,
): SamplePlane {
  const { grids } = dctGeometry(parameters);
  const { blocksWide, h, v } = grids[component];
  const hMax = Math.max(...grids.map((grid) => grid.h));
  const vMax = Math.max(...grids.map((grid) => grid.v));
  const width = Math.ceil((Math.ceil((parameters.width * h) / hMax) * reduction) / 8);
  const height = Math.ceil((Math.ceil((parameters.height * v) / vMax) * reduction) / 8);
  const steps = quantizationSteps(parameters.tables[parameters.components[component].table]);
  const inverse = new BlockInverse(reduction, steps, 2 ** (parameters.precision + 3));
  const samples = new Int16Array(width * height);
  for (let y = 0; y < height; y += reduction) {
    for (let x = 0; x < width; x += reduction) {
      const block = ((y * blocksWide + x) / reduction) * 64;
      inverse.of(coefficients[component], block);
      const columns = Math.min(reduction, width - x);
      const rows = Math.min(reduction, height - y);
      for (let row = 0; row < rows; row++) {
        const to = (y + row) * width + x;
        for (let i = 0; i < columns; i++) samples[to + i] = inverse.samples[row * reduction + i];
      }
    }
  }
  return { width, height, samples };
}

/** The inverse transform of a block at reduced size. */
class BlockInverse {
  readonly samples: Int32Array;
  readonly #basis: Int32Array;
  readonly #values = new Int32Array(64);
  readonly #half = new Int32Array(64);

  constructor(
    private readonly reduction: Reduction,
    private readonly steps: Uint16Array,
    private readonly limit: number,
  ) {
    this.samples = new Int32Array(reduction * reduction);
    this.#basis = dctBasis(reduction);
  }

  /** Leaves the samples of the block that begins at a coefficient in `samples`, row by row. */
  of(coefficients: Int16Array, block: number): void {
    const { reduction, steps, limit, samples } = this;
    const basis = this.#basis;
    const values = this.#values;
    const half = this.#half;
    for (let v = 0; v < reduction; v++) {
      for (let u = 0; u < reduction; u++) {
        const k = 8 * v + u;
        values[k] = dequantised(coefficients[block + k], steps[k]);
      }
      for (let x = 0; x < reduction; x++) {
        let sum = 128;
        for (let u = 0; u < reduction; u++) sum += basis[8 * x + u] * values[8 * v + u];
        half[8 * v + x] = sum >> 8;
      }
    }
    for (let y = 0; y < reduction; y++) {
      for (let x = 0; x < reduction; x++) {
        let sum = 512;
        for (let v = 0; v < reduction; v++) sum += basis[8 * y + v] * half[8 * v + x];
        samples[y * reduction + x] = Math.max(-limit, Math.min(limit - 1, sum >> 10));
      }
    }
  }
}
