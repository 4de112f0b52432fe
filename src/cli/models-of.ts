/** The models that a command works with. */

import type { DeviceChoice } from '../lm/exact/exact-model.js';
import { type ModelProvider, nodeModels } from '../lm/model-provider-node.js';
import { warn } from './report.js';

/** What the command line says of models. */
export interface ModelChoices {
  readonly jobs: number;
  readonly device: DeviceChoice;
  /** Megabytes that a batch of a language model may take. */
  readonly maxMemory?: number;
  /** Most tokens of a sequence of a language model, and most sequences of a batch, to encode. */
  readonly context?: number;
  readonly lanes?: number;
}

/** The models of this installation, with warnings on standard error. */
export function modelsOf({ jobs, device, maxMemory, context, lanes }: ModelChoices): ModelProvider {
  return nodeModels({
    threads: jobs,
    device,
    onWarning: warn,
    ...(maxMemory === undefined ? {} : { memory: maxMemory * 1e6 }),
    ...(context === undefined ? {} : { contextLength: context }),
    ...(lanes === undefined ? {} : { lanes }),
  });
}
