/** Opening exact models under Node, on any device. */

import { availableParallelism } from 'node:os';
import { ExactDctModel } from './exact-dct-model.js';
import type { ExactModel } from './exact-model.js';
import { ExactDctPool } from './exact-pool-node.js';
import { openRunner, type RunnerOptions } from './open-runner-node.js';
import type { ExactPackage } from './package.js';

/**
 * Opens a package on a device, which must first pass the self-test.
 *
 * @throws LlmcError `argument` where the device that was asked for cannot be used; `model-invalid` where none can.
 */
export async function openExactModel(
  modelPackage: ExactPackage,
  options: RunnerOptions = {},
): Promise<ExactModel> {
  const { runner, device } = await openRunner(modelPackage, options);
  const { classes } = modelPackage;
  const threads = options.threads || availableParallelism();
  const coder =
    device === 'integers' && threads > 1
      ? new ExactDctPool(classes, runner, threads)
      : new ExactDctModel(classes, runner);
  return {
    profile: 'exact',
    id: modelPackage.id,
    package: modelPackage,
    device,
    coder,
    close: () => coder.close(),
  };
}
