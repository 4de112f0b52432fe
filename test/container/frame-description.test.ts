import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frameQuality, samplingName } from '../../src/container/frame-description.js';
import type { DctParameters, QuantizationTable } from '../../src/container/parameters.js';
import { ijgSteps, NATURAL_FROM_ZIGZAG } from '../../src/container/quantization.js';

const explicit = (natural: Uint16Array): QuantizationTable => ({
  kind: 'explicit',
  steps: Uint16Array.from(NATURAL_FROM_ZIGZAG, (index) => natural[index]),
});

/** A frame whose component i uses table `uses[i]`. */
function frame(tables: readonly QuantizationTable[], uses: readonly number[]): DctParameters {
  const components = uses.map((table) => ({ h: 1, v: 1, table }));
  return { process: 0, precision: 8, width: 8, height: 8, components, tables };
}

const quality = fc.integer({ min: 1, max: 100 });

describe('frameQuality', () => {
  test('is exact for the scaled tables, named or spelled out', () => {
    fc.assert(
      fc.property(quality, (qf) => {
        const named = frame(
          [
            { kind: 'ijg-luma', quality: qf },
            { kind: 'ijg-chroma', quality: qf },
          ],
          [0, 1, 1],
        );
        const spelled = frame(
          [explicit(ijgSteps('ijg-luma', qf)), explicit(ijgSteps('ijg-chroma', qf))],
          [0, 1, 1],
        );
        expect(frameQuality(named)).toEqual({ qf, exact: true });
        expect(frameQuality(spelled)).toEqual({ qf, exact: true });
        expect(frameQuality(frame([explicit(ijgSteps('ijg-luma', qf))], [0]))).toEqual({ qf, exact: true });
      }),
    );
  });

  test('is that of the luma table where all components share it', () => {
    const tables = [{ kind: 'ijg-luma', quality: 92 }] as const;
    expect(frameQuality(frame(tables, [0, 0, 0, 0]))).toEqual({ qf: 92, exact: true });
  });

  test('leaves tables out that no component uses', () => {
    const tables = [
      { kind: 'ijg-luma', quality: 60 },
      { kind: 'ijg-luma', quality: 3 },
    ] as const;
    expect(frameQuality(frame(tables, [0]))).toEqual({ qf: 60, exact: true });
  });

  test('is not exact where luma and chroma have different qualities, and lies between', () => {
    const tables = [
      { kind: 'ijg-luma', quality: 90 },
      { kind: 'ijg-chroma', quality: 80 },
    ] as const;
    const { qf, exact } = frameQuality(frame(tables, [0, 1, 1]));
    expect(exact).toBe(false);
    expect(qf).toBeGreaterThanOrEqual(80);
    expect(qf).toBeLessThanOrEqual(90);
  });

  test('is the nearest for a table with one step changed', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 95 }), fc.nat(63), (qf, index) => {
        const steps = ijgSteps('ijg-luma', qf);
        steps[index] += 1;
        const found = frameQuality(frame([explicit(steps)], [0]));
        expect(found.exact).toBe(false);
        expect(Math.abs(found.qf - qf)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('exists for any table', () => {
    const steps = fc.uint16Array({ min: 1, minLength: 64, maxLength: 64 });
    fc.assert(
      fc.property(steps, (table) => {
        const { qf } = frameQuality(frame([explicit(table)], [0]));
        expect(qf).toBeGreaterThanOrEqual(1);
        expect(qf).toBeLessThanOrEqual(100);
      }),
      { numRuns: 20 },
    );
  });
});

describe('samplingName', () => {
  test.each<[string, [number, number][]]>([
    ['gray', [[1, 1]]],
    ['gray', [[2, 2]]],
    [
      '4:4:4',
      [
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '4:4:4',
      [
        [2, 2],
        [2, 2],
        [2, 2],
      ],
    ],
    [
      '4:2:2',
      [
        [2, 1],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '4:2:2',
      [
        [2, 2],
        [1, 2],
        [1, 2],
      ],
    ],
    [
      '4:2:0',
      [
        [2, 2],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '4:2:0',
      [
        [4, 4],
        [2, 2],
        [2, 2],
      ],
    ],
    [
      '4:4:0',
      [
        [1, 2],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '4:1:1',
      [
        [4, 1],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '4:1:0',
      [
        [4, 2],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '4:4:4',
      [
        [1, 1],
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '4:2:0',
      [
        [2, 2],
        [1, 1],
        [1, 1],
        [2, 2],
      ],
    ],
    [
      '2x2,1x1',
      [
        [2, 2],
        [1, 1],
      ],
    ],
    [
      '2x2,1x1,2x1',
      [
        [2, 2],
        [1, 1],
        [2, 1],
      ],
    ],
    [
      '2x2,1x1,1x1,1x1',
      [
        [2, 2],
        [1, 1],
        [1, 1],
        [1, 1],
      ],
    ],
    [
      '1x1,2x2,2x2',
      [
        [1, 1],
        [2, 2],
        [2, 2],
      ],
    ],
    [
      '3x1,2x1,2x1',
      [
        [3, 1],
        [2, 1],
        [2, 1],
      ],
    ],
    [
      '1x4,1x1,1x1',
      [
        [1, 4],
        [1, 1],
        [1, 1],
      ],
    ],
  ])('%s is %j', (name, factors) => {
    expect(samplingName(factors.map(([h, v]) => ({ h, v, table: 0 })))).toBe(name);
  });
});
