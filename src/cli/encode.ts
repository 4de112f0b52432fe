/** `llmc encode`: files to .llmc files. */

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { LlmcError } from '../container/errors.js';
import type { ModelProvider } from '../lm/model-provider-node.js';
import { type EncodeOptions, encodeItems } from '../pipeline/encode.js';
import { isEncodingOf } from '../pipeline/verify.js';
import { mapConcurrently } from './concurrency.js';
import { formatCount, formatSaving } from './format.js';
import { type InputFile, listInputs, readInput, STDIO } from './inputs.js';
import { type ModelChoices, modelsOf } from './models-of.js';
import { fileExists, outputIsFolder, resolveOutput } from './naming.js';
import { writeOutput, writeStdout } from './output.js';
import { type Progress, startProgress } from './progress.js';
import { type FileResult, Report, toLlmcError } from './report.js';

/** Options of the command, as commander hands them over. */
export interface EncodeCommandOptions extends ModelChoices {
  readonly output?: string;
  readonly recursive: boolean;
  readonly force: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly album: boolean;
  readonly model: string;
  readonly embedModel: boolean;
  readonly codec: 'auto' | 'raw';
  readonly digest: boolean;
  readonly chunkTokens?: number;
  readonly meta: Readonly<Record<string, string>>;
  readonly keepName: boolean;
  readonly signal: AbortSignal;
}

/** Runs the command; answers the exit status. */
export async function encodeCommand(
  paths: readonly string[],
  options: EncodeCommandOptions,
): Promise<number> {
  const report = new Report('encode', options);
  const inputs = await listInputs(paths, options.recursive, (name) => !name.endsWith('.llmc'));
  for (const { path, error } of inputs.failures) report.add({ input: path, status: 'failed', error });
  const total = inputs.files.reduce((sum, file) => sum + file.size, 0);
  const progress = startProgress(total, options.quiet || options.json);
  const models = modelsOf(options);
  try {
    if (options.album) {
      report.add(await encodeAlbum(inputs.files, models, options, progress), progress);
    } else {
      const many = inputs.fromFolder || inputs.files.length > 1;
      const intoFolder = await outputIsFolder(options.output, many);
      await mapConcurrently(inputs.files, options.jobs, async (file) => {
        const result = await encodeFile(file, intoFolder, models, options, progress);
        progress.update(file.path, file.size, 1);
        report.add(result, progress);
      });
    }
  } finally {
    progress.stop();
    await models.close();
  }
  return report.finish();
}

async function encodeFile(
  file: InputFile,
  intoFolder: boolean,
  models: ModelProvider,
  options: EncodeCommandOptions,
  progress: Progress,
): Promise<FileResult> {
  try {
    const output = resolveOutput(file, options.output, intoFolder, (name) => `${name}.llmc`);
    const existing = output !== STDIO && !options.force && (await fileExists(output));
    const bytes = await readInput(file.path);
    if (existing) {
      if (await isEncodingOf(await readInput(output), bytes, models)) {
        return { input: file.path, output, status: 'skipped', text: 'is done already' };
      }
      throw new LlmcError('output-exists', `${output} exists and is not a sound encoding of this file`);
    }
    const name = options.keepName ? { name: basename(file.relative) } : {};
    const encoded = await encodeItems([{ bytes, ...name, metadata: options.meta }], models, {
      ...pipelineOptions(options),
      onProgress: (fraction) => progress.update(file.path, file.size, fraction),
    });
    if (output === STDIO) {
      await writeStdout([encoded.bytes]);
    } else {
      const modified = file.path === STDIO ? undefined : (await stat(file.path)).mtime;
      await writeOutput(output, [encoded.bytes], { force: options.force, ...(modified ? { modified } : {}) });
    }
    const [item] = encoded.items;
    return {
      input: file.path,
      output,
      status: 'done',
      bytesIn: bytes.length,
      bytesOut: encoded.bytes.length,
      details: { codec: item.codec, model: item.model, chunks: encoded.chunks },
      text: describe(
        bytes.length,
        encoded.bytes.length,
        item.model ? `${item.codec}, ${item.model}` : item.codec,
      ),
    };
  } catch (error) {
    return { input: file.path, status: 'failed', error: toLlmcError(error) };
  }
}

async function encodeAlbum(
  files: readonly InputFile[],
  models: ModelProvider,
  options: EncodeCommandOptions,
  progress: Progress,
): Promise<FileResult> {
  const output = options.output as string;
  try {
    if (output !== STDIO && !options.force && (await fileExists(output))) {
      throw new LlmcError('output-exists', `${output} exists`);
    }
    const items = [];
    for (const file of files) {
      items.push({
        bytes: await readInput(file.path),
        name: basename(file.relative),
        metadata: options.meta,
      });
    }
    const bytesIn = items.reduce((sum, item) => sum + item.bytes.length, 0);
    const encoded = await encodeItems(items, models, {
      ...pipelineOptions(options),
      onProgress: (fraction) => {
        for (const file of files) progress.update(file.path, file.size, fraction);
      },
    });
    if (output === STDIO) await writeStdout([encoded.bytes]);
    else await writeOutput(output, [encoded.bytes], { force: options.force });
    return {
      input: `${files.length} files`,
      output,
      status: 'done',
      bytesIn,
      bytesOut: encoded.bytes.length,
      details: { items: encoded.items, chunks: encoded.chunks },
      text: describe(bytesIn, encoded.bytes.length, 'album'),
    };
  } catch (error) {
    return { input: `${files.length} files`, output, status: 'failed', error: toLlmcError(error) };
  }
}

function pipelineOptions(options: EncodeCommandOptions): EncodeOptions {
  return {
    model: options.model,
    embedModel: options.embedModel,
    codec: options.codec,
    digest: options.digest ? 'sha256' : 'none',
    signal: options.signal,
    ...(options.chunkTokens === undefined ? {} : { chunkTokens: options.chunkTokens }),
  };
}

function describe(before: number, after: number, kind: string): string {
  return `${formatCount(before)} -> ${formatCount(after)} bytes, ${formatSaving(before, after)} (${kind})`;
}
