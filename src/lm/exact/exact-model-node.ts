/** Opening exact models under Node: on ONNX Runtime, or on plain integers where that cannot be loaded. */

import { LlmcError } from '../../container/errors.js';
import { ExactDctModel } from './exact-dct-model.js';
import { type DeviceChoice, type ExactModel, openOnIntegers } from './exact-model.js';
import type { ExactPackage } from './package.js';

/** How a package is opened. */
export interface OpenOptions {
  /** `auto` by default. */
  readonly device?: DeviceChoice;
  /** Threads of the CPU; the runtime's choice by default. */
  readonly threads?: number;
  /** Told what had to be done in place of what was asked for. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Opens a package on a device, which must first pass the self-test.
 *
 * @throws LlmcError `argument` where the device that was asked for cannot be used; `model-invalid` where even the CPU
 *   fails the self-test.
 */
export async function openExactModel(
  modelPackage: ExactPackage,
  options: OpenOptions = {},
): Promise<ExactModel> {
  const { device: choice = 'auto', threads = 0, onWarning } = options;
  if (choice === 'integers') return openOnIntegers(modelPackage);
  const runtime = await loadRuntime();
  if (runtime instanceof Error) {
    const reason = `ONNX Runtime cannot be loaded (${runtime.message})`;
    if (choice !== 'auto') {
      throw new LlmcError('argument', `device ${choice} cannot be used: ${reason}`, { cause: runtime });
    }
    onWarning?.(`${reason}; computing on plain integers, which is slow`);
    return openOnIntegers(modelPackage);
  }
  const { runner, device } = await runtime.openRunner(modelPackage.classes, { device: choice, threads });
  const coder = new ExactDctModel(modelPackage.classes, runner);
  return { id: modelPackage.id, package: modelPackage, device, coder, close: () => coder.close() };
}

// Loaded when a model is first opened: it takes a tenth of a second, and not every platform has it.
async function loadRuntime(): Promise<typeof import('./ort-runner-node.js') | Error> {
  try {
    return await import('./ort-runner-node.js');
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause));
  }
}
