import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LlmcError } from '../../../src/container/errors.js';
import { quantizeLogits, widenHalves } from '../../../src/lm/float/quantize.js';

const quantize = (...logits: number[]) => {
  const quantized = new Int16Array(logits.length);
  quantizeLogits(Float32Array.from(logits), 0, logits.length, quantized);
  return [...quantized];
};

describe('quantizeLogits', () => {
  it('gives units of 1/32 bit below the largest', () => {
    const bit = Math.LN2;
    expect(quantize(5, 5 - bit, 5 + bit, 5 - 63 * bit)).toEqual([-32, -64, 0, -2047]);
    expect(quantize(Number.NEGATIVE_INFINITY, -3)).toEqual([-2047, 0]);
  });

  it('keeps the order, and does not depend on what is added to all', () => {
    const logits = fc.array(fc.integer({ min: -4000, max: 4000 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(logits, fc.integer({ min: -4000, max: 4000 }), (values, shift) => {
        const quantized = quantize(...values.map((value) => value / 256));
        expect(Math.max(...quantized)).toBe(0);
        expect(quantized).toEqual(quantize(...values.map((value) => (value + shift) / 256)));
        for (let i = 1; i < values.length; i++)
          if (values[i] > values[0]) expect(quantized[i]).toBeGreaterThanOrEqual(quantized[0]);
      }),
    );
  });

  it.each([
    [[Number.NaN, 1, 2]],
    [[1, Number.NaN, 2]],
    [[1, Number.POSITIVE_INFINITY]],
    [[Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ])('refuses %j', (logits) => {
    expect(() => quantize(...logits)).toThrow(LlmcError);
  });
});

describe('widenHalves', () => {
  it.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65504],
    [0x0001, 2 ** -24],
    [0x03ff, 1023 * 2 ** -24],
    [0x0400, 2 ** -14],
    [0x3555, 0.333251953125],
    [0x7c00, Number.POSITIVE_INFINITY],
    [0xfc00, Number.NEGATIVE_INFINITY],
    [0x7e00, Number.NaN],
  ])('reads %s as %s', (half, value) => {
    const wide = new Float32Array(1);
    widenHalves(Uint16Array.of(half), wide);
    expect(wide[0]).toBe(value);
  });
});
