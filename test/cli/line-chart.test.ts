import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lineChart } from '../../src/cli/line-chart.js';

const labels = { title: 'a < b & c', xLabel: 'x', yLabel: 'y' };

function circles(svg: string): [number, number][] {
  return [...svg.matchAll(/<circle cx="([^"]+)" cy="([^"]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
}

describe('a line chart', () => {
  it('puts greater values further right and higher up, all of them within the plot', () => {
    const value = fc.integer({ min: -1e6, max: 1e6 }).map((thousandths) => thousandths / 1000);
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 20 }), (points) => {
        const drawn = circles(lineChart({ ...labels, lines: [{ name: 'n', points }] }));
        expect(drawn).toHaveLength(points.length);
        for (const [i, [x, y]] of drawn.entries()) {
          expect(x).toBeGreaterThanOrEqual(64);
          expect(x).toBeLessThanOrEqual(488);
          expect(y).toBeGreaterThanOrEqual(40);
          expect(y).toBeLessThanOrEqual(364);
          for (const [j, [otherX, otherY]] of drawn.entries()) {
            if (points[i][0] > points[j][0]) expect(x).toBeGreaterThanOrEqual(otherX);
            if (points[i][1] > points[j][1]) expect(y).toBeLessThanOrEqual(otherY);
          }
        }
      }),
    );
  });

  it('names its lines and places, and escapes what markup would be', () => {
    const svg = lineChart({
      ...labels,
      places: ['first', 'second'],
      lines: [
        { name: 'a<b', points: [[0, 1] as const, [1, 2] as const] },
        { name: 'empty', points: [] },
      ],
    });
    expect(svg).toContain('>a&#60;b</text>');
    expect(svg).toContain('>a &#60; b &#38; c</text>');
    expect(svg).toContain('>second</text>');
    expect(svg).not.toContain('empty');
  });

  it('has equal steps between powers of two where x is logarithmic', () => {
    const points = [256, 512, 1024].map((x) => [x, 1] as const);
    const svg = lineChart({ ...labels, logarithmic: true, lines: [{ name: 'n', points }] });
    const [[a], [b], [c]] = circles(svg);
    expect(b - a).toBeCloseTo(c - b, 5);
    expect(svg).toContain('>512</text>');
  });
});
