/** Pictures within a file as differences from what the file shows of them: exact both ways, and small for thumbnails. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DctLatents } from '../../../src/codecs/dct-latents.js';
import { placePicture } from '../../../src/codecs/jpeg/find-placement.js';
import {
  pictureDifferences,
  pictureFromDifferences,
  shownSamples,
} from '../../../src/codecs/jpeg/picture-prediction.js';
import { FrameSamples } from '../../../src/codecs/jpeg/reduced-samples.js';
import { floorDivide, type Placement, placementLimits } from '../../../src/codecs/jpeg/resampling.js';
import type { DctParameters } from '../../../src/container/parameters.js';
import { anyParameters, anyScript, randomLatents } from './arbitraries.js';
import { procedural, type View } from './writer.js';

const WHOLE: Placement = { left: 0, top: 0, right: 0, bottom: 0 };

function gray(width: number, height: number, precision: 8 | 12 = 8, step = 1): DctParameters {
  const steps = new Uint16Array(64).fill(step);
  return {
    process: 1,
    precision,
    width,
    height,
    components: [{ h: 1, v: 1, table: 0 }],
    tables: [{ kind: 'explicit', steps }],
  };
}

const anyLatents = anyParameters.chain((parameters) =>
  fc
    .tuple(fc.integer(), anyScript(parameters))
    .map(([seed, script]) => randomLatents(parameters, seed, script)),
);

function anyPlacement(file: DctParameters): fc.Arbitrary<Placement> {
  const { left, top } = placementLimits(file);
  const edge = (limit: number) =>
    fc.oneof(fc.constantFrom(-limit, 0, limit), fc.integer({ min: -limit, max: limit }));
  return fc.record({ left: edge(left), top: edge(top), right: edge(left), bottom: edge(top) });
}

/** Latents whose coefficients are all 0 but for the first of each block. */
function flat(parameters: DctParameters, value: number): DctLatents {
  const latents = procedural(parameters);
  for (const plane of latents.coefficients) {
    plane.fill(0);
    for (let i = 0; i < plane.length; i += 64) plane[i] = value;
  }
  return latents;
}

describe('a picture as differences', () => {
  it('comes back, whatever it is of whatever file', () => {
    fc.assert(
      fc.property(
        anyLatents.chain((file) => fc.tuple(fc.constant(file), anyLatents, anyPlacement(file.parameters))),
        ([file, picture, placement]) => {
          const differences = pictureDifferences(picture, new FrameSamples(file), placement);
          const back = pictureFromDifferences(differences, new FrameSamples(file), placement);
          expect(back.coefficients).toEqual(picture.coefficients);
        },
      ),
    );
  });

  it('leaves components that the file does not have as they are', () => {
    const file = procedural(gray(64, 48));
    const colour = { ...gray(32, 24), components: [0, 1, 2].map(() => ({ h: 1, v: 1, table: 0 })) };
    const picture = procedural(colour);
    const { coefficients } = pictureDifferences(picture, new FrameSamples(file), WHOLE);
    expect(coefficients[0]).not.toEqual(picture.coefficients[0]);
    expect(coefficients.slice(1)).toEqual(picture.coefficients.slice(1));
  });

  it('does not lose what wraps around 16 bits', () => {
    const file = flat(gray(8, 8, 12), -32_768);
    const picture = flat(gray(8, 8, 12), 32_767);
    const differences = pictureDifferences(picture, new FrameSamples(file), WHOLE);
    // 32767 + 8192 does not fit; what is shown is that but for rounding.
    expect(Math.abs(differences.coefficients[0][0] - (32_767 + 8192 - 65_536))).toBeLessThan(8);
    expect(pictureFromDifferences(differences, new FrameSamples(file), WHOLE)).toEqual(picture);
  });
});

describe('what a file shows of a picture', () => {
  it('is flat where the file is, at every reduction', () => {
    for (const [width, height] of [
      [8, 8],
      [20, 12],
      [50, 20],
      [100, 60],
    ]) {
      const { samples } = shownSamples(
        gray(width, height),
        new FrameSamples(flat(gray(200, 120), 160)),
        WHOLE,
        0,
      );
      // A DC coefficient is 8 times the mean, samples count in sixteenths.
      expect(new Set(samples)).toEqual(new Set([320]));
      expect(samples).toHaveLength(width * height);
    }
  });

  it('follows a ramp, with the placement', () => {
    const ramp = procedural(gray(160, 64));
    const frequencies = [1, 3, 5, 7];
    ramp.coefficients[0].forEach((_, i, plane) => {
      const column = Math.floor(i / 64) % 20;
      const k = i % 64;
      // The transform of 8 column + x - 80, for x = 0 to 7.
      const slope = (u: number) =>
        Math.SQRT1_2 *
        2 *
        [0, 1, 2, 3, 4, 5, 6, 7].reduce((sum, x) => sum + x * Math.cos(((2 * x + 1) * u * Math.PI) / 16), 0);
      plane[i] = k === 0 ? 8 * (8 * column + 3.5 - 80) : frequencies.includes(k) ? Math.round(slope(k)) : 0;
    });
    const placement = { left: 100, top: 0, right: -60, bottom: 0 };
    for (const width of [20, 40, 70, 140]) {
      const { samples } = shownSamples(gray(width, 64), new FrameSamples(ramp), placement, 0);
      for (let x = 0; x < width; x++) {
        const position = 12.5 + ((x + 0.5) * 140) / width;
        expect(Math.abs(samples[x] / 16 - (position - 0.5 - 80))).toBeLessThan(1);
      }
    }
  });

  it('is black beyond its edges', () => {
    const placement = { left: -80, top: 0, right: 80, bottom: 0 };
    const { samples, width } = shownSamples(
      gray(60, 20),
      new FrameSamples(flat(gray(40, 20), 80)),
      placement,
      0,
    );
    const row = [...samples.subarray(0, width)];
    expect(row.map((sample) => sample === -2048)).toEqual(row.map((_, x) => x < 10 || x >= 50));
    expect(row.slice(10, 50)).toEqual(row.slice(10, 50).fill(160));
  });
});

describe('quotients', () => {
  it('are rounded down, however close to an integer', () => {
    const divisor = fc.integer({ min: 1, max: 2 ** 50 });
    const dividend = fc.tuple(fc.maxSafeInteger(), divisor, fc.integer({ min: -1, max: 1 }), fc.boolean());
    fc.assert(
      fc.property(dividend, ([any, by, beside, close]) => {
        const value = close ? Math.trunc(any / by) * by + beside : any;
        fc.pre(Number.isSafeInteger(value));
        const rest = ((BigInt(value) % BigInt(by)) + BigInt(by)) % BigInt(by);
        expect(BigInt(floorDivide(value, by))).toBe((BigInt(value) - rest) / BigInt(by));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the place of a picture', () => {
  const colour = (width: number, height: number, step: number): DctParameters => ({
    ...gray(width, height, 8, step),
    components: [
      { h: 2, v: 2, table: 0 },
      { h: 1, v: 1, table: 0 },
      { h: 1, v: 1, table: 0 },
    ],
  });
  const file = procedural(colour(240, 160, 9));

  /** The place that is found for a view of the file. */
  function found(width: number, height: number, view: Omit<View, 'width' | 'height'>) {
    const picture = procedural(colour(width, height, 5), { width: 240, height: 160, ...view });
    return placePicture(picture, new FrameSamples(file));
  }

  it('is found where it is all of the file, where bars are around it and where it is cut', () => {
    // A pixel's centre lies half a pixel further.
    const half = (scale: number) => (scale - 1) / 2;
    const cases = [
      { size: [80, 53], scale: 3, left: 0, top: 0 },
      { size: [80, 60], scale: 3, left: 0, top: -10 },
      { size: [80, 80], scale: 2, left: 40, top: 0 },
      { size: [80, 53], scale: 2.95, left: 2, top: 1.5 },
    ];
    for (const { size, scale, left, top } of cases) {
      const [width, height] = size;
      const place = found(width, height, { left: left + half(scale), top: top + half(scale), scale });
      const expected = [left, top, left + scale * width - 240, top + scale * height - 160].map(
        (edge) => 8 * edge,
      );
      const edges = place && [
        place.placement.left,
        place.placement.top,
        place.placement.right,
        place.placement.bottom,
      ];
      expect(edges).toBeDefined();
      for (const [i, edge] of (edges ?? []).entries()) expect(Math.abs(edge - expected[i])).toBeLessThan(12);
    }
  });

  it('makes it small', () => {
    const picture = procedural(colour(80, 53, 5), { left: 1, top: 1, scale: 3, width: 240, height: 160 });
    const sum = ({ coefficients }: DctLatents) =>
      coefficients.reduce((all, plane) => all + plane.reduce((part, value) => part + Math.abs(value), 0), 0);
    const differences = placePicture(picture, new FrameSamples(file))?.differences ?? picture;
    expect(sum(differences)).toBeLessThan(sum(picture) / 2);
  });

  it('is none for a picture of something else', () => {
    expect(found(80, 53, { left: 4000, top: 3000, scale: 0.5 })).toBeUndefined();
  });
});
