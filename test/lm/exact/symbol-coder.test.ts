import fc from 'fast-check';
import { expect, it } from 'vitest';
import { NetBatch } from '../../../src/lm/exact/batch.js';
import { DecisionCoder } from '../../../src/lm/exact/decision-coder.js';
import { COEFFICIENT_INPUTS, LAST_SYMBOLS, SYMBOLS } from '../../../src/lm/exact/layout.js';
import { DECISION_SIZE, SymbolCoder } from '../../../src/lm/exact/symbol-coder.js';

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
  const lane = { surprise: 0 };
  return list.map(({ channel, isLast, index, value, logits, features, lasts }) => {
    const kind = channel === 0 ? 0 : 1;
    const batch = new NetBatch(kind, 1);
    if (isLast) {
      batch.last.set(logits.subarray(0, LAST_SYMBOLS));
      batch.context.set(lasts, LASTS_AT);
      return coder.codeLast(batch, batch.addBlock(), channel, Math.abs(value) & 63);
    }
    batch.addPair(0);
    const row = batch.addCoefficient(index);
    batch.logits.set(logits);
    batch.coefficient.set(features.subarray(0, COEFFICIENT_INPUTS[kind]));
    // A coefficient at the position last is not 0.
    const known = index > 0 && features[19] !== 0 && value === 0 ? 1 : value;
    return coder.codeValue(batch, row, channel, lane, known);
  });
}

it('what was encoded is decoded', () => {
  fc.assert(
    fc.property(fc.array(cases, { maxLength: 40 }), (list) => {
      const encoder = new SymbolCoder(new DecisionCoder(DECISION_SIZE));
      const values = code(encoder, list);
      const decoder = new SymbolCoder(new DecisionCoder(DECISION_SIZE, encoder.finish()));
      expect(code(decoder, list)).toEqual(values);
      expect(() => decoder.finish()).not.toThrow();
    }),
    { numRuns: 50 },
  );
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
  const encoder = new SymbolCoder(new DecisionCoder(DECISION_SIZE));
  code(encoder, list);
  const decoder = new SymbolCoder(new DecisionCoder(DECISION_SIZE, encoder.finish()));
  expect(code(decoder, list)).toEqual(list.map(({ value }) => value));
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
  const size = (values: readonly number[]) => {
    const encoder = new SymbolCoder(new DecisionCoder(DECISION_SIZE));
    code(
      encoder,
      values.map((value) => ({ ...silent, value })),
    );
    return encoder.finish().length;
  };
  // By the nets alone each value takes log2(79) bits.
  const alone = (2000 * Math.log2(79)) / 8;
  const regular = Array.from({ length: 2000 }, (_, i) => [0, 3, 0, -2][i % 4]);
  expect(size(regular)).toBeLessThan(0.5 * alone);
});
