/** What `encode`, `decode` and `verify` do alike: list the inputs, open the models, report, show progress. */

import type { ModelProvider } from '../lm/model-provider-node.js';
import { type Inputs, listInputs } from './inputs.js';
import { type ModelChoices, modelsOf } from './models-of.js';
import { type Progress, startProgress, stopProgress } from './progress.js';
import { Report, type ReportOptions } from './report.js';

/** Options of all three commands. */
export interface RunOptions extends ModelChoices, ReportOptions {
  readonly recursive: boolean;
  readonly signal: AbortSignal;
}

/** A command at work. */
export interface Run {
  readonly inputs: Inputs;
  readonly models: ModelProvider;
  readonly progress: Progress;
  readonly report: Report;
}

/**
 * Runs a command over its inputs; answers the exit status.
 *
 * @param accept Whether the command takes a file of that name, where it is found in a folder.
 */
export async function runCommand(
  command: string,
  paths: readonly string[],
  options: RunOptions,
  accept: (name: string) => boolean,
  work: (run: Run) => Promise<void>,
): Promise<number> {
  const report = new Report(command, options);
  const inputs = await listInputs(paths, options.recursive, accept);
  for (const { path, error } of inputs.failures) report.add({ input: path, status: 'failed', error });
  const bytes = inputs.files.reduce((sum, { size }) => sum + size, 0);
  const models = modelsOf(options);
  const progress = await startProgress(bytes, options.quiet || options.json);
  try {
    await work({ inputs, models, progress, report });
  } finally {
    stopProgress();
    await models.close();
  }
  return report.finish(inputs.leftOut);
}
