import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SET_LIMIT, SetCoder } from '../../src/entropy/set-coder.js';

/** Logits that fall off from some symbol on, as those of a model do. */
function logitsOf(count: number, seed: number): Int16Array {
  let state = seed >>> 0;
  return Int16Array.from({ length: count }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return -((state >>> 8) % 2048);
  });
}

const sizes = fc.oneof(
  fc.integer({ min: 1, max: 700 }),
  fc.constantFrom(256, 257, 16383, 16384, 16385, 16384 + 129, 49152, SET_LIMIT),
);

describe('SetCoder', () => {
  it('codes the symbols of sets of any size, and raw bits between them', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            size: sizes,
            at: fc.double({ min: 0, max: 1, noNaN: true }),
            seed: fc.nat(),
            raw: fc.nat(65535),
          }),
          { maxLength: 8 },
        ),
        (parts) => {
          const encoder = new SetCoder();
          const symbols = parts.map(({ size, at }) => Math.min(size - 1, Math.floor(at * size)));
          parts.forEach(({ size, seed, raw }, i) => {
            encoder.code(logitsOf(size, seed), size, symbols[i]);
            encoder.codeRaw(raw, 16);
          });
          const payload = encoder.finish();
          const decoder = new SetCoder(payload);
          parts.forEach(({ size, seed, raw }, i) => {
            expect(decoder.code(logitsOf(size, seed), size, 0)).toBe(symbols[i]);
            expect(decoder.codeRaw(0, 16)).toBe(raw);
          });
          decoder.finish();
        },
      ),
      { numRuns: 15 },
    );
  });

  it.each([300, 5000, 16384, 49152])(
    'costs a set of %i symbols hardly more than their probabilities say',
    (size) => {
      const logits = new Int16Array(size).fill(-2047);
      for (let i = 0; i < 64; i++) logits[Math.floor((i * size) / 64)] = -32 * (i % 8);
      const weights = [...logits].map((logit) => 2 ** (logit / 32));
      const sum = weights.reduce((a, b) => a + b, 0);
      const encoder = new SetCoder();
      let ideal = 0;
      for (let n = 0; n < 2000; n++) {
        const symbol = Math.floor(((n % 8) * size) / 64);
        encoder.code(logits, size, symbol);
        ideal -= Math.log2(weights[symbol] / sum);
      }
      expect((8 * encoder.finish().length) / ideal).toBeLessThan(1.002);
    },
  );

  it('takes no bits for a set of one symbol', () => {
    const encoder = new SetCoder();
    for (let n = 0; n < 1000; n++) encoder.code(Int16Array.of(0), 1, 0);
    expect(encoder.finish()).toHaveLength(0);
  });
});
