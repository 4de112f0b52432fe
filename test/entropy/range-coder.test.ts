import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LlmcError } from '../../src/container/errors.js';
import { RangeDecoder, RangeEncoder } from '../../src/entropy/range-coder.js';

type Operation =
  | { kind: 'bit'; bit: number; probability: number }
  | { kind: 'symbol'; start: number; end: number }
  | { kind: 'raw'; value: number; count: number };

const probability = fc.oneof(
  fc.integer({ min: 1, max: 65535 }),
  fc.constantFrom(1, 2, 32767, 32768, 32769, 65534, 65535),
);
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('bit' as const), bit: fc.integer({ min: 0, max: 1 }), probability }),
  fc.tuple(fc.integer({ min: 0, max: 65536 }), fc.integer({ min: 0, max: 65536 })).map(([a, b]) => ({
    kind: 'symbol' as const,
    start: Math.min(a, b, 65535),
    end: Math.max(a, b) === Math.min(a, b, 65535) ? Math.max(a, b) + 1 : Math.max(a, b),
  })),
  fc.integer({ min: 0, max: 65535 }).map((start) => ({ kind: 'symbol' as const, start, end: start + 1 })),
  fc
    .tuple(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 0, max: 65535 }))
    .map(([count, v]) => ({ kind: 'raw' as const, value: v >>> (16 - count), count })),
);

function encode(operations: readonly Operation[]): Uint8Array {
  const encoder = new RangeEncoder(1);
  for (const o of operations) {
    if (o.kind === 'bit') encoder.encodeBit(o.bit, o.probability);
    else if (o.kind === 'symbol') encoder.encodeSymbol(o.start, o.end);
    else encoder.encodeRawBits(o.value, o.count);
  }
  return encoder.finish();
}

function expectDecodes(payload: Uint8Array, operations: readonly Operation[]): void {
  const decoder = new RangeDecoder(payload);
  for (const [i, o] of operations.entries()) {
    if (o.kind === 'bit') {
      if (decoder.decodeBit(o.probability) !== o.bit) throw new Error(`decision ${i} differs`);
    } else if (o.kind === 'symbol') {
      const frequency = decoder.peekFrequency();
      if (frequency < o.start || frequency >= o.end) throw new Error(`symbol ${i} differs`);
      decoder.decodeSymbol(o.start, o.end);
    } else if (decoder.decodeRawBits(o.count) !== o.value) throw new Error(`raw bits ${i} differ`);
  }
  decoder.finish();
}

function idealBits(operations: readonly Operation[]): number {
  let bits = 0;
  for (const o of operations) {
    if (o.kind === 'bit') bits -= Math.log2((o.bit ? o.probability : 65536 - o.probability) / 65536);
    else if (o.kind === 'symbol') bits -= Math.log2((o.end - o.start) / 65536);
    else bits += o.count;
  }
  return bits;
}

/** A reproducible stream of 32-bit numbers (xorshift32). */
function randomNumbers(seed: number): () => number {
  let x = seed;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
}

describe('range coder', () => {
  it('gives back any mix of decisions, symbols and raw bits, within 2 bytes of the ideal length', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 400 }), (operations) => {
        const payload = encode(operations);
        expectDecodes(payload, operations);
        expect(payload.length).toBeLessThanOrEqual(idealBits(operations) / 8 + 2 + operations.length * 1e-3);
      }),
      { numRuns: 2000 },
    );
  });

  it('codes nothing in no bytes', () => {
    expect(encode([])).toEqual(new Uint8Array(0));
    expectDecodes(new Uint8Array(0), []);
  });

  it('keeps zero bytes that are not of the last four', () => {
    const operations: Operation[] = new Array(40).fill({ kind: 'bit', bit: 1, probability: 32768 });
    expect(encode(operations)).toEqual(new Uint8Array(5));
    expectDecodes(new Uint8Array(5), operations);
  });

  it('stops four bytes past the end of a payload', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (payload) => {
        let bits = 0;
        expect(() => {
          const decoder = new RangeDecoder(payload);
          for (; bits < 1000; bits++) decoder.decodeRawBits(1);
        }).toThrow(LlmcError);
        expect(bits).toBeLessThan(8 * payload.length + 10);
      }),
    );
  });

  it('carries through long runs of 0xFF', () => {
    // Symbols chosen so that the number 40 00 00 .. stays within the interval, whose lower end is then
    // 3F FF FF ..; the last symbol lies on one side or the other.
    const number = new Uint8Array(2000);
    number[0] = 0x40;
    const oracle = new RangeDecoder(number);
    const around: Operation[] = [];
    for (let count = 1; count <= 1000; count++) {
      const frequency = oracle.peekFrequency();
      const [start, end] = [Math.max(frequency - 1, 0), Math.min(frequency + 2, 65536)];
      oracle.decodeSymbol(start, end);
      around.push({ kind: 'symbol', start, end });
      if (count > 20 && count % 97 !== 0) continue;
      const next = oracle.peekFrequency();
      const run = Math.floor((14.4 * count) / 8) - 2;
      if (next > 0) {
        const below = [...around, { kind: 'symbol' as const, start: 0, end: 1 }];
        const payload = encode(below);
        expectDecodes(payload, below);
        if (run > 0) expect([...payload.subarray(0, run)]).toEqual([0x3f, ...new Array(run - 1).fill(0xff)]);
      }
      const above = [...around, { kind: 'symbol' as const, start: 65535, end: 65536 }];
      const payload = encode(above);
      expectDecodes(payload, above);
      if (run > 0) expect([...payload.subarray(0, run)]).toEqual([0x40, ...new Array(run - 1).fill(0)]);
    }
  });

  it('loses less than 0.02 % to the ideal code length', () => {
    const next = randomNumbers(7);
    for (const p of [1, 20, 655, 6554, 7209, 20000, 32768, 60000, 65535]) {
      const operations: Operation[] = [];
      for (let i = 0; i < 300_000; i++) {
        operations.push({ kind: 'bit', bit: next() % 65536 < p ? 1 : 0, probability: p });
      }
      const ideal = idealBits(operations);
      expect(encode(operations).length * 8).toBeLessThan(ideal * 1.0002 + 17);
    }
    // Symbols of a sharply peaked distribution, 0.5 bit each, and of a flat one.
    for (const peak of [60900, 65000, 2000]) {
      const tail = 65536 - peak;
      const operations: Operation[] = [];
      for (let i = 0; i < 300_000; i++) {
        const x = next() % 65536;
        if (x < peak) operations.push({ kind: 'symbol', start: 0, end: peak });
        else {
          const part = Math.floor(((x - peak) * 40) / tail);
          const start = peak + Math.floor((part * tail) / 40);
          operations.push({ kind: 'symbol', start, end: peak + Math.floor(((part + 1) * tail) / 40) });
        }
      }
      const ideal = idealBits(operations);
      expect(encode(operations).length * 8).toBeLessThan(ideal * 1.0002 + 17);
    }
  });

  it('refuses every payload but the one that the encoder writes', () => {
    fc.assert(
      fc.property(
        fc.array(operation, { maxLength: 60 }),
        fc.uint8Array({ minLength: 1, maxLength: 3 }),
        (operations, extra) => {
          const payload = encode(operations);
          const longer = new Uint8Array(payload.length + extra.length);
          longer.set(payload);
          longer.set(extra, payload.length);
          expect(() => expectDecodes(longer, operations)).toThrow();
          if (payload.length > 0) expect(() => expectDecodes(payload.slice(0, -1), operations)).toThrow();
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('decodes any bytes, and accepts only what it would encode', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), probability), { maxLength: 100 }),
        (payload, plan) => {
          const operations: Operation[] = [];
          try {
            const decoder = new RangeDecoder(payload);
            for (const [kind, p] of plan) {
              if (kind === 0) operations.push({ kind: 'bit', bit: decoder.decodeBit(p), probability: p });
              else if (kind === 1) {
                const frequency = decoder.peekFrequency();
                const [start, end] = frequency < p ? [0, p] : [p, 65536];
                expect(frequency).toBeLessThan(65536);
                decoder.decodeSymbol(start, end);
                operations.push({ kind: 'symbol', start, end });
              } else operations.push({ kind: 'raw', value: decoder.decodeRawBits(9), count: 9 });
            }
            decoder.finish();
          } catch (error) {
            expect(error).toBeInstanceOf(LlmcError);
            expect((error as LlmcError).code).toBe('chunk-corrupt');
            return;
          }
          expect(encode(operations)).toEqual(payload);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

it('settled bytes stay as they are, whatever is encoded after them', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const encoder = new RangeEncoder(1);
      const pieces: number[] = [];
      for (const o of operations) {
        if (o.kind === 'bit') encoder.encodeBit(o.bit, o.probability);
        else if (o.kind === 'symbol') encoder.encodeSymbol(o.start, o.end);
        else encoder.encodeRawBits(o.value, o.count);
        pieces.push(...encoder.settledBytes(pieces.length));
      }
      const payload = encoder.finish();
      // The payload ends without its zeros.
      expect(pieces.map((_, i) => payload[i] ?? 0)).toEqual(pieces);
    }),
    {
      examples: [[Array.from({ length: 40 }, () => ({ kind: 'symbol' as const, start: 65535, end: 65536 }))]],
    },
  );
});
