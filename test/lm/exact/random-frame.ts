/** Random frames, from a generator that golden/make_features.py has too. */

import type { DctBand, DctPlane } from '../../../src/lm/entropy-model.js';

/** x -> 1664525 x + 1013904223 mod 2^32; the upper 24 bits are used. */
export class Random {
  constructor(private state: number) {}

  below(limit: number): number {
    this.state = (Math.imul(1664525, this.state) + 1013904223) >>> 0;
    return Math.floor(((this.state >>> 8) * limit) / 2 ** 24);
  }
}

export interface FrameShape {
  readonly seed: number;
  /** MCUs wide and high. */
  readonly mcus: readonly number[];
  /** Sampling factors (h, v) of each component. */
  readonly samplings: readonly (readonly number[])[];
  readonly stepSize: number;
  readonly density: number;
  readonly size: number;
}

/** A band of random coefficients. */
export function randomBand(shape: FrameShape): DctBand {
  const { mcus, samplings, stepSize, density, size } = shape;
  const random = new Random(shape.seed);
  const tables = [0, 1].map(() => Uint16Array.from({ length: 64 }, () => 1 + random.below(stepSize)));
  const planes = samplings.map(([h, v], component): DctPlane => {
    const blocksWide = mcus[0] * h;
    const blocksHigh = mcus[1] * v;
    const coefficients = new Int16Array(blocksWide * blocksHigh * 64);
    for (let at = 0; at < coefficients.length; at += 64) {
      coefficients[at] = random.below(2 * size + 1) - size;
      const count = random.below(density + 1);
      for (let n = 0; n < count; n++) {
        const k = random.below(1 + random.below(64));
        const up = random.below(1 + random.below(2 * size + 1));
        const value = up - random.below(1 + random.below(size + 1));
        coefficients[at + k] = Math.max(-32768, Math.min(32767, value));
      }
    }
    const quantization = tables[Math.min(component, 1)];
    return { blocksWide, blocksHigh, h, v, quantization, coefficients };
  });
  return { mcusWide: mcus[0], mcusHigh: mcus[1], planes };
}
