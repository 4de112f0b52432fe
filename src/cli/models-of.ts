/** The models that a command works with. */

import type { DeviceChoice } from '../lm/exact/exact-model.js';
import { type ModelProvider, nodeModels } from '../lm/model-provider-node.js';
import { warn } from './report.js';

/** What the command line says of models. */
export interface ModelChoices {
  readonly jobs: number;
  readonly device: DeviceChoice;
}

/** The models of this installation, with warnings on standard error. */
export function modelsOf({ jobs, device }: ModelChoices): ModelProvider {
  return nodeModels({ threads: jobs, device, onWarning: warn });
}
