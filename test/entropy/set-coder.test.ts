import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RangeEncoder } from '../../src/entropy/range-coder.js';
import { SET_LIMIT, SetCoder } from '../../src/entropy/set-coder.js';

/** Logits that fall off from some symbol on, as those of a model do. */
function logitsOf(count: number, seed: number): Int16Array {
  let state = seed >>> 0;
  return Int16Array.from({ length: count }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return -((state >>> 8) % 2048);
  });
}

/** weight(s) of spec/exact-profile.md, 6. */
function weightOf(distance: number): bigint {
  const octaves = Math.floor(distance / 32);
  return octaves > 24 ? 0n : BigInt(Math.round(2 ** (24 - (distance % 32) / 32)) >> octaves);
}

/** One step by the letter of that section: weights, of which one is coded. */
function codeStep(encoder: RangeEncoder, weights: readonly bigint[], symbol: number): void {
  const sum = (upTo: number) => weights.slice(0, upTo).reduce((a, b) => a + b, 0n);
  const scale = (BigInt(65536 - weights.length) << 32n) / sum(weights.length);
  const start = (s: number) => s + Number((sum(s) * scale) >> 32n);
  encoder.encodeSymbol(start(symbol), symbol + 1 === weights.length ? 65536 : start(symbol + 1));
}

/** A symbol by the letter of section 6.1. */
function codeBySpecification(encoder: RangeEncoder, logits: readonly number[], symbol: number): void {
  const top = logits.reduce((a, b) => Math.max(a, b));
  const weights = logits.map((logit) => weightOf(top - logit));
  if (logits.length === 1) return;
  if (logits.length <= 256) {
    codeStep(encoder, weights, symbol);
    return;
  }
  const width = logits.length <= 16384 ? 128 : 16384;
  const groups = Array.from({ length: Math.ceil(logits.length / width) }, (_, g) =>
    weights.slice(g * width, (g + 1) * width).reduce((a, b) => a + b, 0n),
  );
  const group = Math.floor(symbol / width);
  codeStep(encoder, groups, group);
  codeBySpecification(encoder, logits.slice(group * width, (group + 1) * width), symbol - group * width);
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

  it.each([2, 255, 256, 257, 300, 16383, 16384, 16385, 16384 + 129, 49152])(
    'codes sets of %i symbols by the letter of the specification',
    (size) => {
      const coder = new SetCoder();
      const encoder = new RangeEncoder();
      for (let n = 0; n < 20; n++) {
        const logits = logitsOf(size, n);
        const symbol = n === 0 ? size - 1 : Math.imul(n, 7919) % size;
        coder.code(logits, size, symbol);
        codeBySpecification(encoder, [...logits], symbol);
      }
      expect(coder.finish()).toEqual(encoder.finish());
    },
  );

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
