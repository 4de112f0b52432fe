/** Opening exact models under Node, on any device. */

import { availableParallelism } from 'node:os';
import { ExactIndexModel } from '../exact-index/exact-index-model.js';
import type { IndexRunner } from '../exact-index/index-runner.js';
import { indexSelfTest } from '../exact-index/index-self-test.js';
import { WasmIndexRunner } from '../exact-index/wasm-index-runner.js';
import { ExactDctModel } from './exact-dct-model.js';
import { type DeviceChoice, type ExactModel, exactModel } from './exact-model.js';
import { ExactDctPool, startWorkers } from './exact-pool-node.js';
import { openChecked, openRunner, type RunnerOptions, withRuntime } from './open-runner-node.js';
import type { ExactDctPackage, ExactIndexPackage, ExactPackage } from './package.js';

/**
 * Opens a package on a device, which must first pass the self-test.
 *
 * @throws LlmcError `argument` where the device that was asked for cannot be used; `model-invalid` where none can.
 */
export async function openExactModel(
  modelPackage: ExactPackage,
  options: RunnerOptions = {},
): Promise<ExactModel> {
  return modelPackage.arrangement === 'dct-wavefront'
    ? openDctModel(modelPackage, options)
    : openIndexModel(modelPackage, options);
}

async function openDctModel(modelPackage: ExactDctPackage, options: RunnerOptions): Promise<ExactModel> {
  const { classes } = modelPackage;
  const threads = options.threads || availableParallelism();
  const onIntegers = (device: DeviceChoice) => threads > 1 && (device === 'auto' || device === 'integers');
  const started = options.encodes && onIntegers(options.device ?? 'auto');
  const workers = started ? startWorkers(classes, threads) : undefined;
  try {
    const { runner, device } = await openRunner(modelPackage, options);
    if (onIntegers(device)) {
      return exactModel(modelPackage, device, new ExactDctPool(classes, runner, threads, workers));
    }
    await workers?.close();
    return exactModel(modelPackage, device, new ExactDctModel(classes, runner));
  } catch (error) {
    await workers?.close();
    throw error;
  }
}

async function openIndexModel(modelPackage: ExactIndexPackage, options: RunnerOptions): Promise<ExactModel> {
  const { nets } = modelPackage;
  const { runner, device } = await openChecked<IndexRunner>(
    async (chosen, threads) => {
      if (chosen === 'integers') return WasmIndexRunner.open(nets);
      const { OrtIndexRunner } = await withRuntime(() => import('../exact-index/ort-index-runner-node.js'));
      return new OrtIndexRunner(nets, chosen, threads);
    },
    (opened) => indexSelfTest(opened, nets, modelPackage.selfTest),
    options,
  );
  return exactModel(modelPackage, device, new ExactIndexModel(nets, runner));
}
