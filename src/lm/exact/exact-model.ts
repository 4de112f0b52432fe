/** An exact model that is open: a package, and the engine that evaluates it. */

import type { DctChunk, EntropyModel } from '../entropy-model.js';
import { ExactDctModel } from './exact-dct-model.js';
import { IntegerRunner } from './integer-runner.js';
import type { ExactPackage } from './package.js';

/** What a caller may ask for: a device of ONNX Runtime, plain integers, or the best that is there. */
export const DEVICE_CHOICES = ['auto', 'cpu', 'cuda', 'webgpu', 'dml', 'coreml', 'integers'] as const;
export type DeviceChoice = (typeof DEVICE_CHOICES)[number];

/** A model ready to code. Whatever its device is, it writes and reads the same bytes. */
export interface ExactModel {
  /** Identifier of its package. */
  readonly id: string;
  readonly package: ExactPackage;
  /** What evaluates it: a device of ONNX Runtime, or `integers`. */
  readonly device: string;
  readonly coder: EntropyModel<DctChunk>;
  /** Frees the engine; the model must not be used after. */
  close(): Promise<void>;
}

/** Opens a package on plain integers, which every host has: many times slower than ONNX Runtime. */
export function openOnIntegers(modelPackage: ExactPackage): ExactModel {
  const coder = new ExactDctModel(modelPackage.classes, new IntegerRunner(modelPackage.classes));
  return {
    id: modelPackage.id,
    package: modelPackage,
    device: 'integers',
    coder,
    close: () => coder.close(),
  };
}
