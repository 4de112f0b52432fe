/** `llmc encode`: files to .llmc files. */

import { stat } from 'node:fs/promises';
import { importMedium } from '../codecs/import-node.js';
import { LlmcError } from '../container/errors.js';
import { safeFileName } from '../container/metadata.js';
import type { ModelProvider } from '../lm/model-provider-node.js';
import { type EncodeInput, type EncodeOptions, encodeItems } from '../pipeline/encode.js';
import { isEncodingOf } from '../pipeline/verify.js';
import { type CodecOptions, codecChoice } from './codec-choice.js';
import { mapConcurrently } from './concurrency.js';
import { formatCount, formatSaving } from './format.js';
import { type InputFile, isLlmcName, listInputs, readInput, STDIO, withSource } from './inputs.js';
import { type ModelChoices, modelsOf } from './models-of.js';
import { fileExists, outputIsFolder, resolveOutput } from './naming.js';
import { claimOutput, writeOutput, writeStdout } from './output.js';
import { type Progress, startProgress } from './progress.js';
import { type FileResult, Report, toLlmcError } from './report.js';

/** Options of the command, as commander hands them over. */
export interface EncodeCommandOptions extends ModelChoices, CodecOptions {
  readonly output?: string;
  readonly recursive: boolean;
  readonly force: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly album: boolean;
  readonly model: string;
  readonly embedModel: boolean;
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
  codecChoice(options);
  const report = new Report('encode', options);
  const inputs = await listInputs(paths, options.recursive, (name) => !isLlmcName(name));
  for (const { path, error } of inputs.failures) report.add({ input: path, status: 'failed', error });
  // `llmc encode *` meets the files that an earlier run has made.
  const files = inputs.files.filter(({ path }) => !isLlmcName(path));
  for (const { path } of inputs.files.filter((file) => !files.includes(file))) {
    report.add({ input: path, status: 'skipped', text: 'is an .llmc file already' });
  }
  const total = files.reduce((sum, file) => sum + file.size, 0);
  const progress = startProgress(total, options.quiet || options.json);
  const models = modelsOf(options);
  try {
    if (options.album) {
      for (const result of await encodeAlbum(files, models, options, progress)) report.add(result, progress);
    } else {
      const many = inputs.fromFolder || inputs.files.length > 1;
      const intoFolder = await outputIsFolder(options.output, many);
      await mapConcurrently(files, options.jobs, async (file) => {
        const result = await encodeFile(file, intoFolder, models, options, progress);
        progress.update(file.path, file.size, 1);
        report.add(result, progress);
      });
    }
  } finally {
    progress.stop();
    await models.close();
  }
  return report.finish(inputs.leftOut);
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
    if (output !== STDIO) await claimOutput(output, [file.path]);
    const original = await readInput(file.path);
    const bytes = await importMedium(original, codecChoice(options));
    if (await isDone(output, [bytes], models, options)) {
      return { input: file.path, output, status: 'skipped', text: 'is done already' };
    }
    const name = options.keepName ? nameOf(file) : {};
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
      bytesIn: original.length,
      bytesOut: encoded.bytes.length,
      details: {
        codec: item.codec,
        model: item.model,
        chunks: encoded.chunks,
        ...(bytes === original ? {} : { decodedBytes: bytes.length }),
      },
      text: describe(
        original.length,
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
): Promise<FileResult[]> {
  const output = options.output as string;
  const failures: FileResult[] = [];
  const items: EncodeInput[] = [];
  for (const file of files) {
    try {
      const bytes = await importMedium(await readInput(file.path), codecChoice(options));
      items.push({ bytes, ...nameOf(file), metadata: options.meta });
    } catch (error) {
      failures.push({ input: file.path, status: 'failed', error: toLlmcError(error) });
    }
  }
  const input = `${items.length} file(s)`;
  try {
    if (output !== STDIO) {
      await claimOutput(
        output,
        files.map(({ path }) => path),
      );
    }
    const originals = items.map(({ bytes }) => bytes);
    if (await isDone(output, originals, models, options)) {
      return [...failures, { input, output, status: 'skipped', text: 'is done already' }];
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
    const album: FileResult = {
      input,
      output,
      status: 'done',
      bytesIn,
      bytesOut: encoded.bytes.length,
      details: { items: encoded.items, chunks: encoded.chunks },
      text: describe(bytesIn, bytesIn, encoded.bytes.length, 'album'),
    };
    return [...failures, album];
  } catch (error) {
    return [...failures, { input, output, status: 'failed', error: toLlmcError(error) }];
  }
}

/**
 * Whether the output is there already, and sound.
 *
 * @throws LlmcError `output-exists` where another file has its name and may not be replaced.
 */
async function isDone(
  output: string,
  originals: readonly Uint8Array[],
  models: ModelProvider,
  options: EncodeCommandOptions,
): Promise<boolean> {
  if (output === STDIO || options.force || !(await fileExists(output))) return false;
  if (await withSource(output, (source) => isEncodingOf(source, originals, models))) return true;
  throw new LlmcError('output-exists', `${output} exists and is not a sound encoding of the input`);
}

/** The file's name as metadata, where it is fit for that. */
function nameOf(file: InputFile): { readonly name?: string } {
  const name = safeFileName(file.relative);
  return name === undefined ? {} : { name };
}

function pipelineOptions(options: EncodeCommandOptions): EncodeOptions {
  return {
    model: options.model,
    embedModel: options.embedModel,
    codec: codecChoice(options),
    digest: options.digest ? 'sha256' : 'none',
    signal: options.signal,
    ...(options.chunkTokens === undefined ? {} : { chunkTokens: options.chunkTokens }),
  };
}

/** @param decoded Bytes that decoding gives: other ones than the file's where its latents alone are kept. */
function describe(original: number, decoded: number, encoded: number, kind: string): string {
  const sizes = `${formatCount(original)} -> ${formatCount(encoded)} bytes`;
  const saving = formatSaving(decoded, encoded);
  const than = decoded === original ? saving : `${saving} than the ${formatCount(decoded)} it decodes to`;
  return `${sizes}, ${than} (${kind})`;
}
