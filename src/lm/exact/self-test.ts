/** The self-test of a runner (spec/exact-profile.md, 9; spec/exact-dct.md, 8). */

import { formatHex } from '../../container/bytes.js';
import { sha256 } from '../../container/digest.js';
import { LlmcError } from '../../container/errors.js';
import { NetBatch, type NetRunner } from './batch.js';
import { IntegerRunner } from './integer-runner.js';
import { FEATURE_LIMIT, GROUP_INPUTS, GROUPS, LAST_SYMBOLS, SYMBOLS } from './layout.js';
import type { Nets } from './nets.js';

const BLOCKS = 3;
const PAIRS = 5;
const COEFFICIENTS = 11;

/** x -> 1664525 x + 1013904223 mod 2^32, of which the upper 24 bits count. */
export class Generator {
  private state = 1;

  below(limit: number): number {
    this.state = (Math.imul(1664525, this.state) + 1013904223) >>> 0;
    return Math.floor(((this.state >>> 8) * limit) / 2 ** 24);
  }

  /** Fills `count` features from `at` on; most are small, as real ones are. */
  features(to: Int16Array, at: number, count: number): void {
    for (let i = at; i < at + count; i++) {
      const value = this.below(2 * FEATURE_LIMIT + 1) - FEATURE_LIMIT;
      to[i] = this.below(4) === 0 ? value : Math.trunc(value / 16);
    }
  }
}

/** The inputs of the self-test, for both classes. */
export function selfTestBatches(classes: readonly Nets[]): NetBatch[] {
  const random = new Generator();
  return classes.map((nets, i) => {
    const { rows } = nets.group_1;
    const batch = new NetBatch(i === 0 ? 0 : 1, rows);
    const { contextInputs, coefficientInputs } = batch;
    for (let n = 0; n < BLOCKS; n++) {
      random.features(batch.context, batch.addBlock() * contextInputs, contextInputs);
    }
    for (let n = 0; n < PAIRS; n++) {
      const row = batch.addPair(random.below(GROUPS));
      random.features(batch.group, row * GROUP_INPUTS, GROUP_INPUTS);
      const last = random.below(LAST_SYMBOLS);
      batch.base.set(nets.group_last.values.subarray(last * rows, (last + 1) * rows), row * rows);
      const end = Math.floor(((n + 1) * COEFFICIENTS) / PAIRS);
      while (batch.coefficients < end) {
        const at = batch.addCoefficient(random.below(64)) * coefficientInputs;
        random.features(batch.coefficient, at, coefficientInputs);
      }
    }
    return batch;
  });
}

/** SHA-256 of a runner's answers to the self-test, 64 hexadecimal digits. */
export async function selfTestHash(runner: NetRunner, classes: readonly Nets[]): Promise<string> {
  const batches = selfTestBatches(classes);
  await runner.run(batches);
  const answers = new AnswersHash();
  for (const { last, carry, logits, baseInputs } of batches) {
    answers.add(last.subarray(0, BLOCKS * LAST_SYMBOLS));
    answers.add(carry.subarray(0, BLOCKS * baseInputs));
    answers.add(logits.subarray(0, COEFFICIENTS * SYMBOLS));
  }
  return answers.finish();
}

/** SHA-256 of integers, each as 32 bits in little-endian order. */
export class AnswersHash {
  private readonly parts: (Int16Array | Int32Array)[] = [];

  add(answers: Int16Array | Int32Array): void {
    this.parts.push(answers);
  }

  /** 64 hexadecimal digits. */
  async finish(): Promise<string> {
    const bytes = new DataView(new ArrayBuffer(4 * this.parts.reduce((sum, part) => sum + part.length, 0)));
    let at = 0;
    for (const part of this.parts) {
      for (const value of part) {
        bytes.setInt32(at, value, true);
        at += 4;
      }
    }
    return formatHex(await sha256(new Uint8Array(bytes.buffer)));
  }
}

/**
 * Checks that a runner gives what integers give.
 *
 * @param expected The package's self-test hash; if it has none, integers are computed here.
 * @throws LlmcError `model-invalid` where the runner does not compute exactly, or the package's hash is
 *   not that of its weights.
 */
export async function selfTest(
  runner: NetRunner,
  classes: readonly Nets[],
  expected: string | undefined,
): Promise<void> {
  await expectHash(await selfTestHash(runner, classes), expected, () =>
    selfTestHash(new IntegerRunner(classes), classes),
  );
}

/** A device that gives other numbers than integers do; another may do. */
export class InexactDevice extends LlmcError {
  constructor() {
    super('model-invalid', 'This device does not compute exactly: its answers to the self-test are wrong.');
  }
}

/**
 * Checks the hash of a runner's answers.
 *
 * @param expected The package's hash, if it has one.
 * @param compute Gives that of plain integers.
 * @throws LlmcError `model-invalid`, an `InexactDevice` where the package is not at fault.
 */
export async function expectHash(
  found: string,
  expected: string | undefined,
  compute: () => Promise<string>,
): Promise<void> {
  if (found === expected) return;
  if (found !== (await compute())) throw new InexactDevice();
  if (expected !== undefined) {
    throw new LlmcError(
      'model-invalid',
      'The self-test hash of the model package is not that of its weights.',
    );
  }
}
