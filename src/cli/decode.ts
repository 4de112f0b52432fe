/** `llmc decode`: .llmc files back to the files they were made of. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { equalBytes } from '../container/bytes.js';
import { sha256 } from '../container/digest.js';
import { LlmcError } from '../container/errors.js';
import type { ItemEntry } from '../container/header.js';
import { openContainer } from '../container/reader.js';
import { type Damage, type DecodedItem, decodeItems } from '../pipeline/decode.js';
import { mapConcurrently } from './concurrency.js';
import { formatCount, formatRows } from './format.js';
import { type InputFile, isLlmcName, readInput, STDIO, withSource } from './inputs.js';
import { latentsFormat, type MediumFormat, mediumFormat, outputName } from './medium-format.js';
import { MediumWriter, type OutputParts } from './medium-writer.js';
import { itemFileName, outputIsFolder, resolveOutput } from './naming.js';
import { claimOutput, writeOutput, writeStdout } from './output.js';
import { errorToJson, errorToText, type FileResult, toLlmcError } from './report.js';
import { type Run, type RunOptions, runCommand } from './run.js';

/** Options of the command, as commander hands them over. */
export interface DecodeCommandOptions extends RunOptions {
  readonly output?: string;
  readonly force: boolean;
  readonly keepGoing: boolean;
  /** Names an album's items by their index alone, whatever the metadata say. */
  readonly indexNames: boolean;
  /** Indices of the items to decode; all if undefined. */
  readonly items?: readonly number[];
  /** Format to write, in place of the file that was packed. */
  readonly to?: MediumFormat;
}

/** Runs the command; answers the exit status. */
export async function decodeCommand(
  paths: readonly string[],
  options: DecodeCommandOptions,
): Promise<number> {
  const media = new MediumWriter();
  try {
    return await runCommand('decode', paths, options, isLlmcName, async (run) => {
      const { files } = run.inputs;
      const intoFolder = await outputIsFolder(options.output, run.inputs);
      await mapConcurrently(files, options.jobs, async (file) => {
        for (const result of await decodeFile(file, intoFolder, run, media, options)) run.report.add(result);
        run.progress.update(file.path, file.size, 1);
      });
    });
  } finally {
    await media.close();
  }
}

async function decodeFile(
  file: InputFile,
  intoFolder: boolean,
  { models, progress }: Run,
  media: MediumWriter,
  options: DecodeCommandOptions,
): Promise<FileResult[]> {
  const results: FileResult[] = [];
  try {
    await withSource(file.path, async (source) => {
      const container = await openContainer(source, { lenient: options.keepGoing });
      const { items } = container.header;
      const album = items.length > 1;
      const parameters = album ? undefined : items[0].parameters;
      const target = resolveOutput(file, options.output, intoFolder, (name) =>
        outputName(stripSuffix(name), parameters, options.to),
      );
      if (album && target === STDIO && options.items?.length !== 1) {
        throw new LlmcError('argument', 'an album cannot go to standard output; choose one item with --item');
      }
      const format = options.to ?? mediumFormat(target, parameters);
      const comparable = !album && !options.force && format === undefined && target !== STDIO;
      if (comparable && (await isDecodingOf(target, items[0]))) {
        results.push({ input: file.path, output: target, status: 'skipped', text: 'is done already' });
        return;
      }
      const { keepGoing, items: wanted, signal } = options;
      const onProgress = (fraction: number) => progress.update(file.path, file.size, fraction);
      const decoded = decodeItems(container, models, {
        keepGoing,
        signal,
        onProgress,
        ...(wanted ? { items: wanted } : {}),
        ...latentsFormat(format, parameters),
      });
      const names = new Set<string>();
      for await (const item of decoded) {
        const { parameters } = items[item.index];
        const stored = item.name === undefined ? undefined : outputName(item.name, parameters, options.to);
        const name = () =>
          options.indexNames ? String(item.index) : itemFileName({ ...item, name: stored }, names);
        const output = !album || target === STDIO ? target : join(target, name());
        const parts = async (bytes: Uint8Array) =>
          media.parts(bytes, parameters, options.to ?? mediumFormat(output, parameters), item.metadata);
        results.push(await writeItem(file, item, output, parts, options));
      }
    });
  } catch (error) {
    results.push({ input: file.path, status: 'failed', error: toLlmcError(error) });
  }
  return results;
}

async function writeItem(
  file: InputFile,
  item: DecodedItem,
  output: string,
  partsOf: (bytes: Uint8Array) => Promise<OutputParts>,
  options: DecodeCommandOptions,
): Promise<FileResult> {
  const input = item.index > 0 ? `${file.path}#${item.index}` : file.path;
  try {
    const { bytes, damage } = item;
    const losses = damage.map((loss) => describeDamage(loss, item.codec)).join('\n');
    const details = { damage: damage.map(({ error, span }) => ({ ...errorToJson(error), span })) };
    if (bytes === undefined) {
      return { input, status: 'failed', text: `nothing could be recovered:\n${losses}`, details };
    }
    const parts = await partsOf(bytes);
    let bytesOut = 0;
    const counted = async function* () {
      for await (const part of parts()) {
        bytesOut += part.length;
        yield part;
      }
    };
    if (output === STDIO) {
      await writeStdout(counted());
    } else {
      if (!options.force && damage.length === 0 && (await holds(output, parts))) {
        return { input, output, status: 'skipped', text: 'is done already' };
      }
      await claimOutput(output, [file.path]);
      const modified = file.path === STDIO ? undefined : (await stat(file.path)).mtime;
      await writeOutput(output, counted(), { force: options.force, ...(modified ? { modified } : {}) });
    }
    const facts = { input, output, bytesIn: file.size, bytesOut };
    if (damage.length === 0) {
      return { ...facts, status: 'done', text: `${formatCount(bytesOut)} bytes` };
    }
    return {
      ...facts,
      status: 'damaged',
      text: `recovered in part:\n${losses}`,
      details,
    };
  } catch (error) {
    return { input, status: 'failed', error: toLlmcError(error) };
  }
}

/** Whether the output is there already, by the length and digest that the item must have. */
async function isDecodingOf(path: string, item: ItemEntry): Promise<boolean> {
  const { digest, originalLength } = item;
  if (digest.type !== 'sha256') return false;
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile() || info.size !== originalLength) return false;
  return equalBytes((digest as { value: Uint8Array }).value, await sha256(await readInput(path)));
}

/** Whether the output is there already, by its bytes. */
async function holds(path: string, parts: OutputParts): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile()) return false;
  return withSource(path, async (source) => {
    let at = 0;
    for await (const part of parts()) {
      if (at + part.length > source.byteLength) return false;
      if (Buffer.compare(await source.read(at, part.length), part) !== 0) return false;
      at += part.length;
    }
    return at === source.byteLength;
  });
}

/** One line on what is lost, and where in the image or file that is. */
function describeDamage({ error, span }: Damage, codec: DecodedItem['codec']): string {
  if (span === undefined) return `  lost: ${errorToText(error)}`;
  const region =
    formatRows(span) ??
    `${codec === 'raw' ? 'bytes' : codec === 'text' ? 'tokens' : 'indices'} ${span.firstToken} to ${span.firstToken + span.tokens - 1}`;
  const place = error.offset === undefined ? '' : ` at byte ${error.offset}`;
  return `  lost: ${region}, item ${span.item} (${error.message}${place} [${error.code}])`;
}

function stripSuffix(name: string): string {
  if (isLlmcName(name)) return name.slice(0, -5);
  throw new LlmcError('argument', `${name} does not end in .llmc; name the output with -o`);
}
