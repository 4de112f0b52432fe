/** An exact model that is open: a package, and the engine that evaluates it. */

import type { AnyChunk, EntropyModel } from '../entropy-model.js';
import { ExactIndexModel } from '../exact-index/exact-index-model.js';
import { indexSelfTest } from '../exact-index/index-self-test.js';
import { WasmIndexRunner } from '../exact-index/wasm-index-runner.js';
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
  readonly coder: EntropyModel<AnyChunk>;
  /** Frees the engine; the model must not be used after. */
  close(): Promise<void>;
}

/**
 * Opens a package on plain integers, which every host has.
 *
 * @throws LlmcError `model-invalid` where it fails the self-test.
 */
export async function openOnIntegers(modelPackage: ExactPackage): Promise<ExactModel> {
  return exactModel(modelPackage, 'integers', await coderOnIntegers(modelPackage));
}

async function coderOnIntegers(modelPackage: ExactPackage): Promise<EntropyModel<AnyChunk>> {
  const { selfTest: hash } = modelPackage;
  if (modelPackage.arrangement === 'dct-wavefront') {
    const { classes } = modelPackage;
    const runner = await WasmRunner.open(classes);
    await selfTest(runner, classes, hash);
    return new ExactDctModel(classes, runner);
  }
  const { nets } = modelPackage;
  const runner = await WasmIndexRunner.open(nets);
  await indexSelfTest(runner, nets, hash);
  return new ExactIndexModel(nets, runner);
}

/** The model of a package whose coder is ready. */
export function exactModel(
  modelPackage: ExactPackage,
  device: Device,
  coder: EntropyModel<AnyChunk>,
): ExactModel {
  return {
    profile: 'exact',
    id: modelPackage.id,
    package: modelPackage,
    device,
    coder,
    close: () => coder.close(),
  };
}
