/** `llmc verify`: structure and checksums without a model; with `--deep` by decoding. */

import { verifyFile } from '../pipeline/verify.js';
import { mapConcurrently } from './concurrency.js';
import { type InputFile, isLlmcName, withSource } from './inputs.js';
import { errorToJson, errorToText, type FileResult, toLlmcError } from './report.js';
import { type Run, type RunOptions, runCommand } from './run.js';

/** Options of the command, as commander hands them over. */
export interface VerifyCommandOptions extends RunOptions {
  readonly deep: boolean;
}

/** Runs the command; answers the exit status. */
export function verifyCommand(paths: readonly string[], options: VerifyCommandOptions): Promise<number> {
  return runCommand('verify', paths, options, isLlmcName, (run) =>
    mapConcurrently(run.inputs.files, options.jobs, async (file) => {
      const result = await verify(file, run, options);
      run.progress.update(file.path, file.size, 1);
      run.report.add(result);
    }),
  );
}

async function verify(
  file: InputFile,
  { models, progress }: Run,
  { deep, signal }: VerifyCommandOptions,
): Promise<FileResult> {
  try {
    const onProgress = (fraction: number) => progress.update(file.path, file.size, fraction);
    const { faults, items, chunks } = await withSource(file.path, (source) =>
      verifyFile(source, models, { deep, signal, onProgress }),
    );
    if (faults.length === 0) {
      const text = `sound: ${items} item(s), ${chunks} chunk(s)${deep ? ', decoded' : ''}`;
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
}
