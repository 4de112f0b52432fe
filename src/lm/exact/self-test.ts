/** The self-test of a runner (spec/exact-profile.md, "Self-test"). */

import { LlmcError } from '../../container/errors.js';
import { NetBatch, type NetRunner } from './batch.js';
import { IntegerRunner } from './integer-runner.js';
import { FEATURE_LIMIT, GROUP_INPUTS, GROUPS, LAST_SYMBOLS } from './layout.js';
import type { Nets } from './nets.js';

const BLOCKS = 3;
const PAIRS = 5;
const COEFFICIENTS = 11;

/** x -> 1664525 x + 1013904223 mod 2^32, of which the upper 24 bits count. */
class Generator {
  private state = 1;

  below(limit: number): number {
    this.state = (Math.imul(1664525, this.state) + 1013904223) >>> 0;
    return Math.floor(((this.state >>> 8) * limit) / 2 ** 24);
  }
}

/** The inputs of the self-test, for both classes. */
export function selfTestBatches(classes: readonly Nets[]): NetBatch[] {
  const random = new Generator();
  const feature = () => {
    const value = random.below(2 * FEATURE_LIMIT + 1) - FEATURE_LIMIT;
    // Real features are mostly small.
    return random.below(4) === 0 ? value : Math.trunc(value / 16);
  };
  return classes.map((nets, i) => {
    const { rows, shift } = nets.group_1;
    const batch = new NetBatch(i === 0 ? 0 : 1, rows);
    for (let n = 0; n < BLOCKS; n++) {
      const at = batch.addBlock() * batch.contextInputs;
      for (let k = 0; k < batch.contextInputs; k++) batch.context[at + k] = feature();
    }
    let coefficients = 0;
    for (let n = 0; n < PAIRS; n++) {
      const row = batch.addPair(random.below(GROUPS));
      for (let k = 0; k < GROUP_INPUTS; k++) batch.group[row * GROUP_INPUTS + k] = feature();
      const last = random.below(LAST_SYMBOLS);
      for (let k = 0; k < rows; k++) {
        batch.base[row * rows + k] = nets.group_last.values[last * rows + k] * 2 ** -shift[k];
      }
      const end = Math.floor(((n + 1) * COEFFICIENTS) / PAIRS);
      for (; coefficients < end; coefficients++) {
        const at = batch.addCoefficient(random.below(64)) * batch.coefficientInputs;
        for (let k = 0; k < batch.coefficientInputs; k++) batch.coefficient[at + k] = feature();
      }
    }
    return batch;
  });
}

/**
 * Checks that a runner gives what integers give.
 *
 * @throws LlmcError `model-invalid` where it does not.
 */
export async function selfTest(runner: NetRunner, classes: readonly Nets[]): Promise<void> {
  const found = selfTestBatches(classes);
  const expected = selfTestBatches(classes);
  await runner.run(found);
  await new IntegerRunner(classes).run(expected);
  for (let i = 0; i < found.length; i++) {
    const same =
      areEqual(found[i].last, expected[i].last) &&
      areEqual(found[i].carry, expected[i].carry) &&
      areEqual(found[i].logits, expected[i].logits);
    if (!same)
      throw new LlmcError('model-invalid', 'The self-test failed: this device does not compute exactly.');
  }
}

function areEqual(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
