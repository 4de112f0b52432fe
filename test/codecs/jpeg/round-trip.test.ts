import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DctLatents } from '../../../src/codecs/dct-latents.js';
import { canonicalJpeg, parseJpeg, rebuildJpeg } from '../../../src/codecs/jpeg/index.js';
import { scanLayout, unitCount } from '../../../src/codecs/jpeg/scan.js';
import { anyParameters, anyScript, randomLatents } from './arbitraries.js';
import { type ScriptScan, writeJpeg } from './writer.js';

interface AnyFile {
  readonly latents: DctLatents;
  readonly script: readonly ScriptScan[];
}

const anyFile: fc.Arbitrary<AnyFile> = anyParameters.chain((parameters) =>
  fc
    .record({ script: anyScript(parameters), seed: fc.integer() })
    .map(({ script, seed }) => ({ script, latents: randomLatents(parameters, seed, script) })),
);

/** Parses and rebuilds, and expects the same latents and bytes; returns the size of the side data. */
function expectRoundTrip(file: Uint8Array, latents: DctLatents): number {
  const parsed = parseJpeg(file);
  expect(parsed).toBeDefined();
  if (parsed === undefined) return 0;
  expect(parsed.latents.parameters).toEqual(latents.parameters);
  expect(parsed.latents.coefficients).toEqual(latents.coefficients);
  expect(rebuildJpeg(parsed, file.length)).toEqual(file);
  return parsed.sideData.length;
}

describe('parseJpeg and rebuildJpeg', () => {
  it('give back any latents in any script with any restart interval', () => {
    fc.assert(
      fc.property(anyFile, fc.integer({ min: 0, max: 5 }), ({ latents, script }, restartInterval) => {
        const file = writeJpeg(latents, { script, restartInterval });
        const sideData = expectRoundTrip(file, latents);
        // Nothing but headers: what coefficients tell, derived tables among them, is not kept.
        expect(sideData).toBeLessThan(80 + 12 * script.length);
      }),
      { numRuns: 120 },
    );
  });

  it('give back padding of any bits', () => {
    const padding = fc.oneof(fc.constant('zeros' as const), fc.uint8Array({ minLength: 1, maxLength: 8 }));
    fc.assert(
      fc.property(anyFile, padding, ({ latents, script }, bits) => {
        const file = writeJpeg(latents, { script, restartInterval: 2, record: { padding: bits } });
        expectRoundTrip(file, latents);
      }),
      { numRuns: 80 },
    );
  });

  it('give back EOB runs that end anywhere', () => {
    const progressive = anyFile.filter(({ latents }) => latents.parameters.process === 2);
    const ends = fc.uniqueArray(fc.nat({ max: 80 }), { maxLength: 20 });
    fc.assert(
      fc.property(progressive, ends, ({ latents, script }, blocks) => {
        const runEnds = blocks.sort((a, b) => a - b);
        const departures = { runEnds, zeroRunBlocks: [], zeroRunCounts: [] };
        expectRoundTrip(writeJpeg(latents, { script, record: { departures } }), latents);
      }),
      { numRuns: 120 },
    );
  });

  it('give back superfluous zero runs', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(anyParameters, fc.integer(), counts, (parameters, seed, zeroRunCounts) => {
        const bands = parameters.process === 2 ? [[1, 63]] : [[0, 63]];
        const script = bands.map(([start, end]) => ({ components: [0], start, end, high: 0, low: 0 }));
        const { coefficients } = randomLatents(parameters, seed, script);
        const latents = {
          parameters,
          coefficients: coefficients.map((plane, i) => withoutTail(plane, i, script[0].start)),
        };
        const blocks = unitCount(scanLayout(parameters, [0]));
        const zeroRunBlocks = [0, 3, 4].filter((block) => block < blocks);
        const departures = {
          runEnds: [],
          zeroRunBlocks,
          zeroRunCounts: zeroRunCounts.slice(0, zeroRunBlocks.length),
        };
        const file = writeJpeg(latents, { script, record: { departures } });
        const parsed = parseJpeg(file);
        expect(parsed?.latents.coefficients).toEqual(latents.coefficients);
        expect(parsed && rebuildJpeg(parsed, file.length)).toEqual(file);
      }),
      { numRuns: 80 },
    );
  });
});

/** Component 0 with room for three superfluous runs of 16 zeros after the last coefficient; nothing of the others. */
function withoutTail(plane: Int16Array, component: number, start: number): Int16Array {
  const kept = [0, 1, 2, 3, 8, 9, 10, 16, 17, 24].slice(start);
  return plane.map((value, i) => (component === 0 && kept.includes(i & 63) ? value : 0));
}

describe('canonicalJpeg', () => {
  it('is a file of the same latents', () => {
    fc.assert(
      fc.property(anyParameters, fc.integer(), (parameters, seed) => {
        const script = [{ components: [0], start: 0, end: 63, high: 0, low: 0 }];
        const all = parameters.components.map((_, index) => ({ ...script[0], components: [index] }));
        const latents = randomLatents(parameters, seed, all);
        const file = canonicalJpeg(latents);
        expect(expectRoundTrip(file, latents)).toBeLessThan(40);
      }),
      { numRuns: 120 },
    );
  });
});
