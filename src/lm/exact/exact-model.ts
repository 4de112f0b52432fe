/** An exact model that is open: a package, and the engine that evaluates it. */

import type { DctChunk, EntropyModel } from '../entropy-model.js';
import { ExactDctModel } from './exact-dct-model.js';
import type { ExactPackage } from './package.js';
import { selfTest } from './self-test.js';
import { WasmRunner } from './wasm-runner.js';

/** What a caller may ask for: plain integers on the CPU, a device of ONNX Runtime, or the best that is there. */
export const DEVICE_CHOICES = ['auto', 'integers', 'cpu', 'cuda', 'webgpu', 'dml', 'coreml'] as const;
/** One of `DEVICE_CHOICES`. */
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];
/** What evaluates the nets. */
export type Device = Exclude<DeviceChoice, 'auto'>;

/** A model ready to code. Whatever its device is, it writes and reads the same bytes. */
export interface ExactModel {
  readonly profile: 'exact';
  /** Identifier of its package. */
  readonly id: string;
  readonly package: ExactPackage;
  /** What evaluates it. */
  readonly device: Device;
  readonly coder: EntropyModel<DctChunk>;
  /** Frees the engine; the model must not be used after. */
  close(): Promise<void>;
}

/**
 * Opens a package on plain integers, which every host has.
 *
 * @throws LlmcError `model-invalid` where it fails the self-test.
 */
export async function openOnIntegers(modelPackage: ExactPackage): Promise<ExactModel> {
  const { classes } = modelPackage;
  const runner = await WasmRunner.open(classes);
  await selfTest(runner, classes, modelPackage.selfTest);
  const coder = new ExactDctModel(classes, runner);
  return {
    profile: 'exact',
    id: modelPackage.id,
    package: modelPackage,
    device: 'integers',
    coder,
    close: () => coder.close(),
  };
}
