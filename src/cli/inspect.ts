/** `llmc inspect`: what a file is, for a person, as JSON, or byte by byte. */

import Table from 'cli-table3';
import type { MappedField } from '../container/bytes.js';
import type { LlmcError } from '../container/errors.js';
import { type InspectedChunk, type InspectedItem, type Inspection, inspect } from '../container/inspect.js';
import { mapBytes } from '../container/map-bytes.js';
import type { ByteSource } from '../container/source.js';
import { errorColours, outputColours } from './colours.js';
import { formatCount, formatRows, formatSaving } from './format.js';
import { isLlmcName, listInputs, withSource } from './inputs.js';
import { ExitStatus, errorToJson, errorToText, toLlmcError } from './report.js';
import { PLAIN_TABLE } from './tables.js';

/** Options of the command, as commander hands them over. */
export interface InspectCommandOptions {
  readonly recursive: boolean;
  readonly json: boolean;
  readonly hex: boolean;
}

/** Runs the command; answers the exit status. With `json` one file gives an object; several, or a folder, an array. */
export async function inspectCommand(
  paths: readonly string[],
  options: InspectCommandOptions,
): Promise<number> {
  let failed = false;
  const documents: unknown[] = [];
  const fail = (path: string, error: LlmcError) => {
    failed = true;
    documents.push({ file: path, error: errorToJson(error) });
    process.stderr.write(`${errorColours.red('llmc:')} ${path}: ${errorToText(error)}\n`);
  };
  const { files, fromFolder, failures } = await listInputs(paths, options.recursive, isLlmcName);
  for (const { path, error } of failures) fail(path, error);
  for (const { path } of files) {
    try {
      await withSource(path, async (source) => {
        if (options.hex) {
          await printHex(source);
          return;
        }
        const inspection = await inspect(source);
        if (inspection.faults.length > 0) failed = true;
        if (options.json) documents.push({ file: path, ...inspection });
        else print(path, inspection);
      });
    } catch (error) {
      fail(path, toLlmcError(error));
    }
  }
  if (options.json) {
    write(JSON.stringify(documents.length === 1 && !fromFolder ? documents[0] : documents, null, 2));
  }
  return failed ? ExitStatus.failed : ExitStatus.ok;
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Rows shown of a table before the rest is only counted. */
const MAX_ROWS = 20;

function print(path: string, inspection: Inspection): void {
  const { sizes, items, models, sections, chunks, faults } = inspection;
  write(outputColours.bold(path));
  const facts: [string, string][] = [
    ['format', `LLMC ${inspection.version}`],
    [
      'size',
      `${formatCount(sizes.file)} bytes for ${formatCount(sizes.original)}, ${formatSaving(sizes.original, sizes.file)}`,
    ],
    [
      'parts',
      `payload ${formatCount(sizes.payload)}, sections ${formatCount(sizes.sections)}, header ${formatCount(sizes.overhead)} bytes`,
    ],
  ];
  for (const model of models) {
    const { name, profile, arrangement, fingerprint, embedded } = model;
    const print = fingerprint === null ? '' : `, fingerprint ${fingerprint}`;
    const where = embedded ? ', embedded' : '';
    facts.push([
      'model',
      `${name || '(unnamed)'}, profile ${profile}, arrangement ${arrangement}${print}${where}`,
    ]);
    if (model.runtime !== undefined) {
      const { runtime, device, contextLength, lanes } = model;
      facts.push(['computed by', `${runtime} on ${device}, ${lanes} lane(s) of ${contextLength} tokens`]);
    }
  }
  if (items.length === 1) facts.push(...itemFacts(items[0]));
  for (const [key, value] of Object.entries(inspection.metadata)) facts.push([key, value]);
  for (const [name, value] of facts) write(`  ${outputColours.dim(name.padEnd(12))}${value}`);
  for (const { code, message } of faults)
    write(`  ${outputColours.red('fault'.padEnd(12))}${message} [${code}]`);

  if (items.length > 1) {
    printTable(
      ['item', 'name', 'codec', 'size', 'bytes'],
      items.map((item, i) => [
        `${i}`,
        item.name ?? '',
        describeCodec(item),
        dimensions(item),
        formatCount(item.originalLength),
      ]),
    );
  }
  printTable(
    ['section', 'item', 'offset', 'bytes', 'crc32'],
    sections.map(({ type, item, offset, length, crc32 }) => [
      type,
      item === null ? 'all' : `${item}`,
      formatCount(offset),
      formatCount(length),
      crc32,
    ]),
  );
  printTable(
    ['chunk', 'holds', 'offset', 'bytes', 'tokens', 'crc32'],
    chunks.map((chunk, i) => [
      `${i}`,
      describeChunk(chunk, items),
      formatCount(chunk.offset),
      formatCount(chunk.length),
      formatCount(chunk.tokens),
      chunk.crc32,
    ]),
  );
}

function itemFacts(item: InspectedItem): [string, string][] {
  const facts: [string, string][] = [['codec', describeCodec(item)]];
  if (item.width !== undefined) facts.push(['dimensions', dimensions(item)]);
  if (item.dct) {
    const { qf, exact, sampling, process, precision, components } = item.dct;
    facts.push([
      'dct',
      `quality ${exact ? '' : 'about '}${qf}, ${sampling}, ${process}, ${components} component(s) of ${precision} bits`,
    ]);
  }
  if (item.nested) {
    facts.push(['within', item.nested.map(({ width, height }) => `JPEG of ${width} x ${height}`).join(', ')]);
  }
  if (item.vq) facts.push(['vq', `${item.vq.count} grid(s), codebook of ${item.vq.codebookSize}`]);
  if (item.rvq) {
    const { depth, count, frames, frameRate, sampleRate } = item.rvq;
    facts.push([
      'rvq',
      `depth ${depth}, ${count} stream(s) of ${frames} frames, ${frameRate} frames/s, ${sampleRate} Hz`,
    ]);
  }
  const codecPackage = item.vq?.codecPackage ?? item.rvq?.codecPackage;
  if (codecPackage) facts.push(['package', `${codecPackage.name}, fingerprint ${codecPackage.fingerprint}`]);
  if (item.name !== null) facts.push(['name', item.name]);
  if (item.mediaType !== null) facts.push(['media type', item.mediaType]);
  for (const [key, value] of Object.entries(item.metadata)) facts.push([key, value]);
  const { type, value } = item.digest;
  facts.push(['digest', value === null ? 'none' : `${type} ${value}`]);
  if (item.fault !== null)
    facts.push(['fault', outputColours.red(`${item.fault.message} [${item.fault.code}]`)]);
  return facts;
}

function describeCodec(item: InspectedItem): string {
  return typeof item.codec === 'number' ? `codec type ${item.codec}` : item.codec;
}

function dimensions({ width, height }: InspectedItem): string {
  return width === undefined ? '' : `${width} x ${height}`;
}

function describeChunk({ holds }: InspectedChunk, items: readonly InspectedItem[]): string {
  if (holds.length > 1) return `items ${holds[0].item} to ${holds[holds.length - 1].item}`;
  const [span] = holds;
  if (span === undefined) return '';
  const item = items.length > 1 ? `item ${span.item}, ` : '';
  const rows = formatRows(span);
  if (rows !== undefined) return `${item}${rows}`;
  return `${item}tokens ${span.firstToken} to ${span.firstToken + span.tokens - 1}`;
}

function printTable(head: string[], rows: readonly string[][]): void {
  if (rows.length === 0) return;
  const table = new Table({ head, style: { head: [], border: [] }, chars: PLAIN_TABLE });
  for (const row of rows.slice(0, MAX_ROWS)) table.push(row);
  write(table.toString().replaceAll(/^/gm, '  '));
  if (rows.length > MAX_ROWS) write(`  ... and ${rows.length - MAX_ROWS} more; --json lists all`);
}

/** Bytes in one line of the map, and lines shown of one field. */
const BYTES_PER_LINE = 16;
const LINES_PER_FIELD = 4;

/** One field after the other: its bytes, coloured by field, its name and value. Long payloads are cut short. */
async function printHex(source: ByteSource): Promise<void> {
  const colours = [
    outputColours.cyan,
    outputColours.green,
    outputColours.yellow,
    outputColours.magenta,
    outputColours.blue,
  ];
  let field = 0;
  for (const mapped of await mapBytes(source)) {
    await printField(source, mapped, colours[field++ % colours.length]);
  }
}

async function printField(
  source: ByteSource,
  mapped: MappedField,
  colour: (text: string) => string,
): Promise<void> {
  const { offset, length, field, value, level } = mapped;
  const shown = Math.min(length, BYTES_PER_LINE * LINES_PER_FIELD);
  const bytes = await source.read(offset, shown);
  for (let start = 0; start < shown || start === 0; start += BYTES_PER_LINE) {
    const hex = Array.from(bytes.subarray(start, start + BYTES_PER_LINE), (byte) =>
      byte.toString(16).padStart(2, '0'),
    );
    const label = start === 0 ? `${'  '.repeat(level)}${field} ${outputColours.dim(String(value))}` : '';
    const address = (offset + start).toString(16).padStart(8, '0');
    write(
      `${outputColours.dim(address)}  ${colour(hex.join(' ').padEnd(3 * BYTES_PER_LINE - 1))}  ${label}`.trimEnd(),
    );
  }
  if (length > shown)
    write(`${' '.repeat(10)}${outputColours.dim(`... ${formatCount(length - shown)} more bytes`)}`);
}
