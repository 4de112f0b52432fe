/** A device that does not compute exactly is never used. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compileModule, KERNEL } from '../../../scripts/assembly.js';
import type { NetBatch } from '../../../src/lm/exact/batch.js';
import { IntegerRunner } from '../../../src/lm/exact/integer-runner.js';
import { openRunner, type RunnerFactory } from '../../../src/lm/exact/open-runner-node.js';
import { selfTestHash } from '../../../src/lm/exact/self-test.js';
import { randomPackage, readDctPackage } from './random-package.js';

/** One logit of one coefficient is off by 1/32 bit. */
class WrongRunner extends IntegerRunner {
  override async runCoefficients(batches: readonly NetBatch[]): Promise<void> {
    await super.runCoefficients(batches);
    batches[1].logits[40]++;
  }
}

const model = await readDctPackage(randomPackage(4));

it('refuses the device that was asked for', async () => {
  const create: RunnerFactory = async ({ classes }) => new WrongRunner(classes);
  for (const device of ['cuda', 'cpu', 'integers'] as const) {
    const refused = openRunner(model, { device }, create);
    await expect(refused).rejects.toMatchObject({ code: 'argument', message: /self-test/ });
  }
});

it('passes over a device that was not asked for, and says so', async () => {
  const create: RunnerFactory = async ({ classes }, device) =>
    device === 'cpu' ? new IntegerRunner(classes) : new WrongRunner(classes);
  const warnings: string[] = [];
  const { device } = await openRunner(model, { onWarning: (message) => warnings.push(message) }, create);
  expect(device).toBe('cpu');
  expect(warnings).toEqual([
    expect.stringMatching(/^device integers cannot be used .*self-test.*; using cpu$/),
  ]);
});

it('has no model where no device is right', async () => {
  const create: RunnerFactory = async ({ classes }) => new WrongRunner(classes);
  await expect(openRunner(model, {}, create)).rejects.toMatchObject({ code: 'model-invalid' });
});

it('takes the right hash of the package, and refuses a wrong one', async () => {
  const hash = await selfTestHash(new IntegerRunner(model.classes), model.classes);
  const create: RunnerFactory = async ({ classes }) => new IntegerRunner(classes);
  await openRunner({ ...model, selfTest: hash }, {}, create);
  const wrong = openRunner({ ...model, selfTest: '0'.repeat(64) }, {}, create);
  await expect(wrong).rejects.toMatchObject({ code: 'model-invalid', message: /package/ });
  // Even where the device would agree with it.
  const agreed = await selfTestHash(new WrongRunner(model.classes), model.classes);
  const devious: RunnerFactory = async ({ classes }) => new IntegerRunner(classes);
  await expect(openRunner({ ...model, selfTest: agreed }, {}, devious)).rejects.toMatchObject({
    code: 'model-invalid',
  });
});

it('the kernel is what its source compiles to', async () => {
  expect(await compileModule(KERNEL)).toBe(readFileSync(KERNEL.output, 'utf8'));
});
