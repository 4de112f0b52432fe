import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../src/container/crc.js';
import { BlockState } from '../../../src/lm/exact/block.js';
import {
  COEFFICIENT_INPUTS,
  CONTEXT_INPUTS,
  DIAGONAL,
  GROUP_INPUTS,
  LOG,
  lastPosition,
  ON_DIAGONAL,
  POSITION,
  ZIGZAG,
} from '../../../src/lm/exact/layout.js';
import { LumaReference, PlaneState } from '../../../src/lm/exact/plane.js';
import { type FrameShape, randomBand } from './random-frame.js';

interface Golden extends FrameShape {
  readonly components: readonly {
    readonly context: number;
    readonly group: number;
    readonly coefficient: number;
    readonly prediction: number;
    readonly counts: readonly number[];
  }[];
}

const GOLDEN: Golden[] = JSON.parse(readFileSync(new URL('golden/features.json', import.meta.url), 'utf8'));

/** The rows of features that a plane's blocks give, one group after another in raster order of the blocks. */
function featuresOf(shape: FrameShape) {
  const band = randomBand(shape);
  const luma = new PlaneState(band.planes[0], 0);
  const planes = [luma];
  for (let i = 1; i < band.planes.length; i++) {
    const reference = new LumaReference(luma, band.planes[0], band.planes[i]);
    planes.push(new PlaneState(band.planes[i], i, reference, i === 2 ? planes[1] : undefined));
  }
  return planes.map((plane, i) => {
    const { coefficients } = band.planes[i];
    const block = new BlockState(plane);
    const rows = { context: [] as number[], group: [] as number[], coefficient: [] as number[] };
    const prediction: number[] = [];
    const counts = [0, 0, 0];
    const context = new Int16Array(CONTEXT_INPUTS[plane.kind]);
    const group = new Int16Array(GROUP_INPUTS);
    const coefficient = new Int16Array(COEFFICIENT_INPUTS[plane.kind]);
    for (let row = 0; row < plane.rows; row++) {
      for (let column = 0; column < plane.columns; column++) {
        block.start(row, column);
        block.writeContext(context, 0);
        rows.context.push(...context);
        const base = (row * plane.columns + column) * 64;
        const last = lastPosition(coefficients, base);
        block.begin(last);
        const deepest = DIAGONAL[ZIGZAG[last]];
        counts[0]++;
        const groups: [number, number[], number[]][] = [];
        for (let n = 1; n <= deepest + 1; n++) {
          const g = n <= deepest ? n : 0;
          block.writeGroup(group, 0, g);
          const locals: number[] = [];
          for (const index of ON_DIAGONAL[g]) {
            if (POSITION[index] > last) continue;
            block.writeCoefficient(coefficient, 0, index);
            locals.push(...coefficient);
            counts[2]++;
          }
          for (const index of ON_DIAGONAL[g]) {
            if (POSITION[index] <= last) block.set(index, coefficients[base + index]);
          }
          counts[1]++;
          groups.push([g, [...group], locals]);
        }
        prediction.push(block.prediction);
        // The golden file has the groups of a block in ascending order, DC first.
        groups.sort((a, b) => a[0] - b[0]);
        for (const [, inputs, locals] of groups) {
          rows.group.push(...inputs);
          rows.coefficient.push(...locals);
        }
        plane.finish(row, column);
      }
    }
    return { ...rows, prediction, counts };
  });
}

function crc(values: readonly number[]): number {
  const bytes = new Uint8Array(Int16Array.from(values).buffer);
  return crc32(bytes);
}

describe('features', () => {
  it('has a table of logarithms that is exact', () => {
    for (let n = 0; n < 65536; n += n < 600 ? 1 : 97) {
      const power = BigInt(1 + n) ** 32n;
      const t = BigInt(LOG[n]);
      if (t > 0n) expect(1n << (2n * t - 1n) <= power).toBe(true);
      if (t < 255n) expect(1n << (2n * t + 1n) > power).toBe(true);
    }
  });

  it.each(GOLDEN)('equals the golden values of frame $seed', (golden) => {
    const found = featuresOf(golden).map((component) => ({
      context: crc(component.context),
      group: crc(component.group),
      coefficient: crc(component.coefficient),
      prediction: crc(component.prediction),
      counts: component.counts,
    }));
    expect(found).toEqual(golden.components);
  });
});
