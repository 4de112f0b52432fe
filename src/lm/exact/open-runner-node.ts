/** The choice of what evaluates the nets. */

import { LlmcError } from '../../container/errors.js';
import { reasonOf } from '../../container/reason.js';
import type { NetRunner } from './batch.js';
import type { Device, DeviceChoice } from './exact-model.js';
import type { ExactPackage } from './package.js';
import { selfTest } from './self-test.js';
import { WasmRunner } from './wasm-runner.js';

/** What a runner is opened for: the package's nets, and its self-test hash if it has one. */
export type RunnerModel = Pick<ExactPackage, 'classes' | 'selfTest'>;

/** How to open a runner. */
export interface RunnerOptions {
  /**
   * `auto` takes the first of `integers` and `cpu` that works: a decoder's steps are too small for a GPU to pay. A device
   * that is named is used, or refused with an error.
   */
  readonly device?: DeviceChoice;
  /** Threads of the CPU; 0 or none for as many as there are cores. */
  readonly threads?: number;
  /** Told when `auto` passes over a device. */
  readonly onWarning?: (message: string) => void;
}

/** A runner, and the device that it runs on. */
export interface OpenedRunner {
  readonly runner: NetRunner;
  readonly device: Device;
}

/** Makes the runner of a device, unchecked. */
export type RunnerFactory = (model: RunnerModel, device: Device, threads: number) => Promise<NetRunner>;

/**
 * Opens the nets on a device, and checks by the self-test that it gives the right numbers.
 *
 * @param create For tests.
 * @throws LlmcError `argument` where the device asked for cannot be used, `model-invalid` where none can.
 */
export async function openRunner(
  model: RunnerModel,
  options: RunnerOptions = {},
  create: RunnerFactory = createRunner,
): Promise<OpenedRunner> {
  const { device = 'auto', threads = 0, onWarning } = options;
  if (device !== 'auto') {
    try {
      return { runner: await openChecked(model, device, threads, create), device };
    } catch (cause) {
      throw new LlmcError('argument', `device ${device} cannot be used: ${reasonOf(cause)}`, { cause });
    }
  }
  try {
    return { runner: await openChecked(model, 'integers', threads, create), device: 'integers' };
  } catch (cause) {
    onWarning?.(`device integers cannot be used (${reasonOf(cause)}); using cpu`);
    return { runner: await openChecked(model, 'cpu', threads, create), device: 'cpu' };
  }
}

async function openChecked(
  model: RunnerModel,
  device: Device,
  threads: number,
  create: RunnerFactory,
): Promise<NetRunner> {
  const runner = await create(model, device, threads);
  try {
    await selfTest(runner, model.classes, model.selfTest);
  } catch (error) {
    await runner.close();
    throw error;
  }
  return runner;
}

async function createRunner(model: RunnerModel, device: Device, threads: number): Promise<NetRunner> {
  if (device === 'integers') return WasmRunner.open(model.classes);
  // Loaded only where it is asked for: it takes longer to start than a photo to decode.
  const { OrtRunner } = await import('./ort-runner-node.js').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new Error('onnxruntime-node is not installed', { cause });
  });
  return OrtRunner.open(model.classes, device, threads);
}
