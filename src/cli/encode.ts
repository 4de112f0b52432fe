/** `llmc encode`: files to .llmc files. */

import { stat } from 'node:fs/promises';
import { type Imported, type Importer, openImporter } from '../codecs/import-node.js';
import { parseFile } from '../codecs/registry.js';
import { safeFileName } from '../container/metadata.js';
import { type EncodeInput, type EncodeOptions, encodeItems } from '../pipeline/encode.js';
import { isEncodedAlready } from './already-encoded.js';
import { type CodecOptions, codecChoice } from './codec-choice.js';
import { mapConcurrently } from './concurrency.js';
import { formatCount, formatSaving } from './format.js';
import { type InputFile, isLlmcName, readInput, STDIO, withSource } from './inputs.js';
import { outputIsFolder, resolveOutput } from './naming.js';
import { claimOutput, writeOutput, writeStdout } from './output.js';
import { type FileResult, toLlmcError, warn } from './report.js';
import { type Run, type RunOptions, runCommand } from './run.js';

/** Options of the command, as commander hands them over. */
export interface EncodeCommandOptions extends RunOptions, CodecOptions {
  readonly output?: string;
  readonly force: boolean;
  readonly album: boolean;
  readonly model: string;
  readonly embedModel: boolean;
  readonly digest: boolean;
  readonly chunkTokens?: number;
  readonly independent: boolean;
  readonly meta: Readonly<Record<string, string>>;
  readonly keepName: boolean;
}

/** Runs the command; answers the exit status. */
export async function encodeCommand(
  paths: readonly string[],
  options: EncodeCommandOptions,
): Promise<number> {
  const importer = await openImporter(codecChoice(options));
  try {
    return await runCommand(
      'encode',
      paths,
      options,
      (name) => !isLlmcName(name),
      async (run) => {
        // `llmc encode *` meets the files that an earlier run has made.
        const files = run.inputs.files.filter(({ path }) => !isLlmcName(path));
        for (const { path, size } of run.inputs.files.filter((file) => !files.includes(file))) {
          run.progress.update(path, size, 1);
          run.report.add({ input: path, status: 'skipped', text: 'is an .llmc file already' });
        }
        if (options.album) {
          for (const result of await encodeAlbum(files, importer, run, options)) run.report.add(result);
          return;
        }
        const intoFolder = await outputIsFolder(options.output, run.inputs);
        await mapConcurrently(files, options.jobs, async (file) => {
          const result = await encodeFile(file, intoFolder, importer, run, options);
          run.progress.update(file.path, file.size, 1);
          run.report.add(result);
        });
      },
    );
  } finally {
    await importer?.close();
  }
}

async function encodeFile(
  file: InputFile,
  intoFolder: boolean,
  importer: Importer | undefined,
  { models, progress }: Run,
  options: EncodeCommandOptions,
): Promise<FileResult> {
  try {
    const output = resolveOutput(file, options.output, intoFolder, (name) => `${name}.llmc`);
    if (output !== STDIO) await claimOutput(output, [file.path]);
    const { bytes, plain, originalLength, metadata } = await readMedium(file, importer);
    const wish = pipelineOptions(options, importer);
    if (mayBeDone(output, options) && (await isEncodedAlready(output, [bytes], models, wish))) {
      return { input: file.path, output, status: 'skipped', text: 'is done already' };
    }
    const name = options.keepName ? nameOf(file) : {};
    const input = { bytes, ...name, metadata: { ...metadata, ...options.meta } };
    const encoded = await encodeItems([input], models, {
      ...wish,
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
      bytesIn: originalLength,
      bytesOut: encoded.bytes.length,
      details: {
        codec: item.codec,
        model: item.model,
        chunks: encoded.chunks,
        ...(importer ? { plainBytes: plain.bytes } : {}),
      },
      text: describe(
        originalLength,
        plain,
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
  importer: Importer | undefined,
  { models, progress }: Run,
  options: EncodeCommandOptions,
): Promise<FileResult[]> {
  const output = options.output as string;
  const failures: FileResult[] = [];
  const items: EncodeInput[] = [];
  let bytesIn = 0;
  let plainBytes = 0;
  let plainName = '';
  for (const file of files) {
    try {
      const { bytes, plain, originalLength, metadata } = await readMedium(file, importer);
      // What a codec that is asked for refuses must not stop the others; `auto` refuses nothing.
      const { codec } = pipelineOptions(options, importer);
      if (typeof codec === 'object') parseFile(bytes, codec);
      items.push({ bytes, ...nameOf(file), metadata: { ...metadata, ...options.meta } });
      bytesIn += originalLength;
      plainBytes += plain.bytes;
      plainName = plain.name;
    } catch (error) {
      failures.push({ input: file.path, status: 'failed', error: toLlmcError(error) });
    }
  }
  if (items.length === 0 && failures.length > 0) return failures;
  const input = `${items.length} file(s)`;
  try {
    if (output !== STDIO) {
      await claimOutput(
        output,
        files.map(({ path }) => path),
      );
    }
    const originals = items.map(({ bytes }) => bytes);
    const wish = pipelineOptions(options, importer);
    if (mayBeDone(output, options) && (await isEncodedAlready(output, originals, models, wish))) {
      return [...failures, { input, output, status: 'skipped', text: 'is done already' }];
    }
    const encoded = await encodeItems(items, models, {
      ...wish,
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
      text: describe(bytesIn, { bytes: plainBytes, name: plainName }, encoded.bytes.length, 'album'),
    };
    return [...failures, album];
  } catch (error) {
    return [...failures, { input, output, status: 'failed', error: toLlmcError(error) }];
  }
}

/** What is packed of a file, and the length of the file. */
async function readMedium(
  { path }: InputFile,
  importer: Importer | undefined,
): Promise<Imported & { readonly originalLength: number }> {
  if (importer === undefined) {
    const bytes = await readInput(path);
    return { bytes, plain: { bytes: bytes.length, name: 'file' }, originalLength: bytes.length };
  }
  return withSource(path, async (source) => ({
    ...(await importer.convert(source)),
    originalLength: source.byteLength,
  }));
}

/** Whether an output that is there already may be what this run would make. */
function mayBeDone(output: string, { force }: EncodeCommandOptions): boolean {
  return output !== STDIO && !force;
}

/** The file's name as metadata, where it is fit for that. */
function nameOf(file: InputFile): { readonly name?: string } {
  const name = safeFileName(file.relative);
  return name === undefined ? {} : { name };
}

function pipelineOptions(options: EncodeCommandOptions, importer: Importer | undefined): EncodeOptions {
  return {
    model: options.model,
    embedModel: options.embedModel,
    codec: importer?.choice ?? codecChoice(options),
    digest: options.digest ? 'sha256' : 'none',
    signal: options.signal,
    onWarning: warn,
    independent: options.independent,
    ...(options.chunkTokens === undefined ? {} : { chunkTokens: options.chunkTokens }),
  };
}

/** @param plain What the saving is measured by: the file itself, or its latents as their codec would store them. */
function describe(original: number, plain: Imported['plain'], encoded: number, kind: string): string {
  const sizes = `${formatCount(original)} -> ${formatCount(encoded)} bytes`;
  const than = plain.bytes === original ? '' : ` than the ${plain.name} of ${formatCount(plain.bytes)}`;
  return `${sizes}, ${formatSaving(plain.bytes, encoded)}${than} (${kind})`;
}
