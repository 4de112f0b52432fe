/** The choice of what evaluates nets. */

import { LlmcError } from '../../container/errors.js';
import { reasonOf } from '../../container/reason.js';
import type { NetRunner } from './batch.js';
import type { Device, DeviceChoice } from './exact-model.js';
import type { ExactDctPackage } from './package.js';
import { InexactDevice, selfTest } from './self-test.js';
import { WasmRunner } from './wasm-runner.js';

/** What a runner is opened for: the package's nets, and its self-test hash if it has one. */
export type RunnerModel = Pick<ExactDctPackage, 'classes' | 'selfTest'>;

/** How to open a runner. */
export interface RunnerOptions {
  /**
   * `auto` takes the first of `integers` and `cpu` that works: a decoder's steps are too small for a GPU to pay. A device
   * that is named is used, or refused with an error.
   */
  readonly device?: DeviceChoice;
  /** Threads of the CPU; 0 or none for as many as there are cores. */
  readonly threads?: number;
  /** Whether latents will be encoded: the worker that proves them can start meanwhile. */
  readonly encodes?: boolean;
  /** Told when `auto` passes over a device. */
  readonly onWarning?: (message: string) => void;
}

/** A runner, and the device that it runs on. */
export interface OpenedRunner<Runner> {
  readonly runner: Runner;
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
): Promise<OpenedRunner<NetRunner>> {
  return openChecked(
    (device, threads) => create(model, device, threads),
    (runner) => selfTest(runner, model.classes, model.selfTest),
    options,
  );
}

/**
 * Opens a runner of any arrangement's nets.
 *
 * @param create Makes it for a device.
 * @param check Throws where its numbers are not right.
 * @throws LlmcError `argument` where the device asked for cannot be used, `model-invalid` where none can or the package is at fault.
 */
export async function openChecked<Runner extends { close(): Promise<void> }>(
  create: (device: Device, threads: number) => Promise<Runner>,
  check: (runner: Runner) => Promise<void>,
  { device = 'auto', threads = 0, onWarning }: RunnerOptions,
): Promise<OpenedRunner<Runner>> {
  const open = async (chosen: Device): Promise<OpenedRunner<Runner>> => {
    const runner = await create(chosen, threads);
    try {
      await check(runner);
    } catch (error) {
      await runner.close();
      throw error;
    }
    return { runner, device: chosen };
  };
  if (device !== 'auto') {
    try {
      return await open(device);
    } catch (cause) {
      if (isOfPackage(cause)) throw cause;
      throw new LlmcError('argument', `device ${device} cannot be used: ${reasonOf(cause)}`, { cause });
    }
  }
  try {
    return await open('integers');
  } catch (cause) {
    if (isOfPackage(cause)) throw cause;
    onWarning?.(`device integers cannot be used (${reasonOf(cause)}); using cpu`);
    return open('cpu');
  }
}

/** Whether the package is at fault, on whatever device. */
function isOfPackage(error: unknown): boolean {
  return error instanceof LlmcError && !(error instanceof InexactDevice);
}

async function createRunner(model: RunnerModel, device: Device, threads: number): Promise<NetRunner> {
  if (device === 'integers') return WasmRunner.open(model.classes);
  const { OrtRunner } = await withRuntime(() => import('./ort-runner-node.js'));
  return OrtRunner.open(model.classes, device, threads);
}

/**
 * What a module that imports ONNX Runtime exports. It is loaded only where it is asked for: it takes longer to start than
 * a photo to decode.
 *
 * @throws Error where the runtime is not installed.
 */
export async function withRuntime<Exports>(load: () => Promise<Exports>): Promise<Exports> {
  return load().catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new Error('onnxruntime-node is not installed', { cause });
  });
}
