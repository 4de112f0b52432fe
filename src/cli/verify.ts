/** `llmc verify`: structure and checksums without a model; with `--deep` by decoding. */

import { verifyFile } from '../pipeline/verify.js';
import { mapConcurrently } from './concurrency.js';
import { type InputFile, isLlmcName, listInputs, withSource } from './inputs.js';
import { type ModelChoices, modelsOf } from './models-of.js';
import { startProgress } from './progress.js';
import { errorToJson, errorToText, type FileResult, Report, toLlmcError } from './report.js';

/** Options of the command, as commander hands them over. */
export interface VerifyCommandOptions extends ModelChoices {
  readonly recursive: boolean;
  readonly deep: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/** Runs the command; answers the exit status. */
export async function verifyCommand(
  paths: readonly string[],
  options: VerifyCommandOptions,
): Promise<number> {
  const report = new Report('verify', options);
  const inputs = await listInputs(paths, options.recursive, isLlmcName);
  for (const { path, error } of inputs.failures) report.add({ input: path, status: 'failed', error });
  const total = inputs.files.reduce((sum, file) => sum + file.size, 0);
  const progress = startProgress(total, options.quiet || options.json);
  const models = modelsOf(options);
  const verify = async (file: InputFile): Promise<FileResult> => {
    try {
      const { faults, items, chunks } = await withSource(file.path, (source) =>
        verifyFile(source, models, {
          deep: options.deep,
          signal: options.signal,
          onProgress: (fraction) => progress.update(file.path, file.size, fraction),
        }),
      );
      if (faults.length === 0) {
        const text = `sound: ${items} item(s), ${chunks} chunk(s)${options.deep ? ', decoded' : ''}`;
        return { input: file.path, status: 'done', text, details: { items, chunks } };
      }
      return {
        input: file.path,
        status: 'damaged',
        text: `${faults.length} fault(s):\n${faults.map((fault) => `  ${errorToText(fault)}`).join('\n')}`,
        details: { items, chunks, faults: faults.map(errorToJson) },
      };
    } catch (error) {
      return { input: file.path, status: 'failed', error: toLlmcError(error) };
    }
  };
  try {
    await mapConcurrently(inputs.files, options.jobs, async (file) => {
      const result = await verify(file);
      progress.update(file.path, file.size, 1);
      report.add(result, progress);
    });
  } finally {
    progress.stop();
    await models.close();
  }
  return report.finish(inputs.leftOut);
}
