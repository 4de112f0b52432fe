import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileModule, SYMBOLS as SYMBOLS_MODULE } from '../../../scripts/assembly.js';
import { LlmcError } from '../../../src/container/errors.js';
import { NetBatch } from '../../../src/lm/exact/batch.js';
import { COEFFICIENT_INPUTS, LAST_SYMBOLS, SYMBOLS } from '../../../src/lm/exact/layout.js';
import { SymbolCoder } from '../../../src/lm/exact/symbol-coder.js';

/** The first context feature that is a neighbour's last (spec/exact-dct.md, 6.2). */
const LASTS_AT = 441;

/** What the coder looks at for one symbol. */
interface Case {
  readonly channel: number;
  readonly isLast: boolean;
  readonly index: number;
  readonly value: number;
  readonly logits: Int16Array;
  readonly features: Int16Array;
  readonly lasts: readonly number[];
}

const feature = fc.integer({ min: -255, max: 255 });
const logit = fc.oneof(fc.integer({ min: -2047, max: 2047 }), fc.constantFrom(-2047, 0, 2047));
const cases: fc.Arbitrary<Case> = fc.record({
  channel: fc.integer({ min: 0, max: 2 }),
  isLast: fc.boolean(),
  index: fc.integer({ min: 0, max: 63 }),
  value: fc.oneof(fc.integer({ min: -65535, max: 65535 }), fc.integer({ min: -20, max: 20 })),
  logits: fc
    .array(logit, { minLength: SYMBOLS, maxLength: SYMBOLS })
    .map((numbers) => Int16Array.from(numbers)),
  features: fc.array(feature, { minLength: 35, maxLength: 35 }).map(featuresOf),
  lasts: fc.array(fc.integer({ min: 0, max: 63 }), { minLength: 4, maxLength: 4 }),
});

/** Coefficient features within the ranges that spec/exact-dct.md, 6.5 gives them. */
function featuresOf(any: readonly number[]): Int16Array {
  const features = Int16Array.from(any);
  for (const i of [17, 32]) features[i] = Math.abs(features[i]);
  for (const i of [4, 5, 8, 9, 31]) features[i] = 4 * Math.max(-24, Math.min(features[i], 24));
  for (const i of [27, 29, 33]) features[i] = Math.max(-127, Math.min(features[i], 127));
  return features;
}

/** Codes the cases in order, each alone in its batch; the values that come out. */
function code(coder: SymbolCoder, list: readonly Case[]): number[] {
  let surprise = 0;
  return list.map(({ channel, isLast, index, value, logits, features, lasts }) => {
    const batches = [new NetBatch(0, 1), new NetBatch(1, 1)];
    const batch = batches[channel === 0 ? 0 : 1];
    const load = () => {
      const rows = batches.map(({ blocks, coefficients }) => ({
        firstBlock: 0,
        endBlock: blocks,
        firstCoefficient: 0,
        endCoefficient: coefficients,
      }));
      coder.load(batches, rows);
    };
    if (isLast) {
      batch.last.set(logits.subarray(0, LAST_SYMBOLS));
      batch.context.set(lasts, LASTS_AT);
      const row = batch.addBlock();
      load();
      return coder.codeLast(batch, row, channel, Math.abs(value) & 63);
    }
    batch.addPair(0);
    const row = batch.addCoefficient(index);
    batch.logits.set(logits);
    batch.coefficient.set(features.subarray(0, COEFFICIENT_INPUTS[batch.kind]));
    load();
    // A coefficient at the position last is not 0.
    coder.values[0] = index > 0 && features[19] !== 0 && value === 0 ? 1 : value;
    surprise = coder.codeValues(batch, row, 1, channel, surprise);
    return coder.values[0];
  });
}

/** The payload of cases, and the values that were coded. */
function encode(coder: SymbolCoder, list: readonly Case[]): { payload: Uint8Array; values: number[] } {
  coder.startEncoding();
  const values = code(coder, list);
  return { payload: coder.finish(), values };
}

/** The values that a payload decodes to, or the code of its error. */
function outcome(payload: Uint8Array, list: readonly Case[]): number[] | string {
  try {
    coder.startDecoding(payload);
    const values = code(coder, list);
    coder.finish();
    return values;
  } catch (error) {
    if (!(error instanceof LlmcError)) throw error;
    expect(error.code).toBe('chunk-corrupt');
    return error.code;
  }
}

const coder = await SymbolCoder.create();

it('the module is what its sources compile to', async () => {
  expect(await compileModule(SYMBOLS_MODULE)).toBe(readFileSync(SYMBOLS_MODULE.output, 'utf8'));
});

it('what was encoded is decoded', () => {
  fc.assert(
    fc.property(fc.array(cases, { maxLength: 40 }), (list) => {
      const { payload, values } = encode(coder, list);
      coder.startDecoding(payload);
      expect(code(coder, list)).toEqual(values);
      expect(() => coder.finish()).not.toThrow();
    }),
    { numRuns: 50 },
  );
});

it('bytes that are settled never change', () => {
  // So many, and of this seed, that a carry goes through a byte that was the last one.
  const list = fc.sample(cases, { numRuns: 500, seed: 3 });
  const pieces: Uint8Array[] = [];
  let settled = 0;
  coder.startEncoding();
  for (let i = 0; i < 20_000; i++) {
    code(coder, [list[(i * i) % list.length]]);
    const piece = coder.settledBytes(settled);
    settled += piece.length;
    pieces.push(piece);
  }
  const payload = coder.finish();
  expect(Buffer.compare(Buffer.concat(pieces), payload.subarray(0, settled))).toBe(0);
  expect(settled).toBeGreaterThan(payload.length - 20);
});

it('a payload that comes piece by piece is decoded', () => {
  fc.assert(
    fc.property(fc.array(cases, { minLength: 1, maxLength: 40 }), (list) => {
      const { payload, values } = encode(coder, list);
      // What came early may have zeros too many at its end.
      const early = Uint8Array.from([...payload, 0, 0, 0]);
      coder.startDecoding(new Uint8Array(0), (position) =>
        position < early.length ? early.subarray(0, position + 1) : payload,
      );
      expect(code(coder, list)).toEqual(values);
      expect(() => coder.finish()).not.toThrow();
    }),
    { numRuns: 50 },
  );
});

it('a payload that is cut or has a byte more does not decode to the same', () => {
  fc.assert(
    fc.property(fc.array(cases, { minLength: 1, maxLength: 10 }), fc.nat(), (list, at) => {
      const { payload, values } = encode(coder, list);
      fc.pre(payload.length > 0);
      for (const bytes of [payload.subarray(0, at % payload.length), Uint8Array.from([...payload, 1])]) {
        expect(outcome(bytes, list)).not.toEqual(values);
      }
    }),
    { numRuns: 50 },
  );
});

it('tells an observer of every decision and raw bit', async () => {
  let bits = 0;
  const observed = await SymbolCoder.create({
    decision: (bit, _expected, sum) => {
      bits += Math.log2(1 + Math.exp((bit === 0 ? sum : -sum) / 2 ** 22));
    },
    raw: (_value, count) => {
      bits += count;
    },
  });
  const list = fc.sample(cases, 300);
  const { payload } = encode(observed, list);
  expect(payload).toEqual(encode(coder, list).payload);
  // Probabilities have 16 bits, and none is nearer to 0 or 1 than that of the logistic value 2047.
  expect(payload.length).toBeGreaterThan(0.95 * (bits / 8) - 4);
  expect(payload.length).toBeLessThan(1.05 * (bits / 8) + 4);
});

it('the least likely values, again and again, are decoded', () => {
  const unlikely: Case = {
    channel: 0,
    isLast: false,
    index: 1,
    value: -65535,
    logits: new Int16Array(SYMBOLS).fill(-2047).fill(2047, 0, 1),
    features: new Int16Array(35),
    lasts: [0, 0, 0, 0],
  };
  const list = Array.from({ length: 200 }, (_, i) => (i % 7 === 6 ? unlikely : { ...unlikely, value: 0 }));
  const { payload } = encode(coder, list);
  coder.startDecoding(payload);
  expect(code(coder, list)).toEqual(list.map(({ value }) => value));
});

it('what the nets do not know is learned', () => {
  const silent: Case = {
    channel: 1,
    isLast: false,
    index: 9,
    value: 0,
    logits: new Int16Array(SYMBOLS),
    features: new Int16Array(35),
    lasts: [0, 0, 0, 0],
  };
  const size = (values: readonly number[]) =>
    encode(
      coder,
      values.map((value) => ({ ...silent, value })),
    ).payload.length;
  // By the nets alone each value takes log2(79) bits.
  const alone = (2000 * Math.log2(79)) / 8;
  const regular = Array.from({ length: 2000 }, (_, i) => [0, 3, 0, -2][i % 4]);
  expect(size(regular)).toBeLessThan(0.5 * alone);
});
