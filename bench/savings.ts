/**
 * `npm run bench -- FOLDER...`: for every JPEG what each model saves and how long it takes both ways, beside other
 * programs. Times are of one process that has its models open; a time of encoding includes the proof by decoding. See
 * bench/commands.ts for whole commands.
 */

import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { decode, type EncodeOptions, encode, type ModelOptions, openModel } from '../src/index.js';
import { DEVICE_CHOICES, type DeviceChoice } from '../src/lm/exact/exact-model.js';
import { type CodingCost, codingCost } from './cross-entropy.js';
import { listPhotos, loadPhoto, type Photo, type Reencoding, SAMPLINGS } from './photos.js';
import { type Recompressor, recompressors, sizeBy } from './recompressors.js';

const USAGE = `usage: npm run bench -- [options] FOLDER|FILE...
  --reencode Q,Q,...   re-encode the photos at these IJG qualities first, by libjpeg-turbo with the standard Huffman
                       tables (progressive files: optimised ones)
  --sampling S,S,...   ${SAMPLINGS.join(', ')}; 4:2:0 by default, with --reencode
  --progressive        write progressive files, with --reencode
  --model NAME         exact model; the bundled one by default
  --device NAME        ${DEVICE_CHOICES.join(', ')}
  --sizes              print no times
  --cross-entropy      print the exact model's payload beside its own cross-entropy, and what coding costs above that
  --lepton PATH, --packjpg PATH, --paq8px PATH
                       programs to compare with; by default those on the PATH, beside jpegtran and cjxl
  --totals             print one line for each set of photos, as a Markdown table
  --json               print JSON`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    reencode: { type: 'string' },
    sampling: { type: 'string', default: '4:2:0' },
    progressive: { type: 'boolean', default: false },
    model: { type: 'string' },
    device: { type: 'string', default: 'auto' },
    sizes: { type: 'boolean', default: false },
    'cross-entropy': { type: 'boolean', default: false },
    lepton: { type: 'string' },
    packjpg: { type: 'string' },
    paq8px: { type: 'string' },
    totals: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
if (positionals.length === 0) {
  console.error(USAGE);
  process.exit(2);
}

/** What a model made of a photo. */
interface Coded {
  readonly bytes: number;
  readonly encodeSeconds: number;
  readonly decodeSeconds: number;
}

/** All that is measured of one photo, or the sum of several. */
interface Row {
  readonly name: string;
  readonly bytes: number;
  /** What `llmc encode` writes, with the exact model. */
  readonly exact: Coded;
  readonly adaptive: Coded;
  /** The exact model's payload, and its cross-entropy; undefined unless asked for. */
  readonly cost: CodingCost | undefined;
  /** Bytes by each of the other programs; undefined where it refused the file. */
  readonly others: readonly (number | undefined)[];
}

const programs: readonly Recompressor[] = recompressors(values);
const model = await openModel(values.model, { device: values.device as DeviceChoice });
const options: ModelOptions = { models: [model] };
try {
  if (values.totals) printMarkdown(['photos', ...columns().slice(1)]);
  for (const reencoding of reencodings()) {
    const rows: Row[] = [];
    for (const path of listPhotos(positionals)) rows.push(await measure(await loadPhoto(path, reencoding)));
    report(titleOf(reencoding), rows);
  }
} finally {
  await model.close();
}

function reencodings(): (Reencoding | undefined)[] {
  if (values.reencode === undefined) return [undefined];
  const samplings = values.sampling.split(',').map((name) => {
    const sampling = SAMPLINGS.find((known) => known === name);
    if (sampling === undefined) throw new Error(`--sampling ${name} is none of ${SAMPLINGS.join(', ')}`);
    return sampling;
  });
  const qualities = values.reencode.split(',').map(Number);
  return samplings.flatMap((sampling) =>
    qualities.map((quality) => ({ quality, sampling, progressive: values.progressive })),
  );
}

function titleOf(reencoding: Reencoding | undefined): string {
  if (reencoding === undefined) return 'as they are';
  const { quality, sampling, progressive } = reencoding;
  return `quality ${quality}, ${sampling}${progressive ? ', progressive' : ''}`;
}

async function measure({ name, bytes }: Photo): Promise<Row> {
  return {
    name,
    bytes: bytes.length,
    exact: await code(bytes, {}),
    adaptive: await code(bytes, { model: 'adaptive' }),
    cost:
      values['cross-entropy'] && model.package.arrangement === 'dct-wavefront'
        ? await codingCost(model.package, bytes)
        : undefined,
    others: programs.map((program) => sizeBy(program, bytes)),
  };
}

/** Encodes a photo, and decodes it too where times are asked for. */
async function code(bytes: Uint8Array, choice: EncodeOptions): Promise<Coded> {
  const start = performance.now();
  const packed = await encode(bytes, { ...options, ...choice });
  const middle = performance.now();
  if (!values.sizes) {
    const [item] = await decode(packed, options);
    if (Buffer.compare(item.bytes as Uint8Array, bytes) !== 0) throw new Error('decoding gives other bytes');
  }
  const end = performance.now();
  return {
    bytes: packed.length,
    encodeSeconds: (middle - start) / 1000,
    decodeSeconds: (end - middle) / 1000,
  };
}

function report(title: string, rows: readonly Row[]): void {
  const total = totalOf(rows);
  if (values.totals) {
    printMarkdown([`${rows.length}, ${title}`, ...cellsOf(total).slice(1)]);
    return;
  }
  if (values.json) {
    console.log(JSON.stringify({ title, model: model.id, device: model.device, rows, total }, null, 2));
    return;
  }
  const head = columns();
  const table = new Table({
    head,
    colAligns: head.map((_, i) => (i === 0 ? 'left' : 'right')),
    style: { head: [], border: [] },
  });
  for (const row of [...rows, total]) table.push(cellsOf(row));
  console.log(`\n${title}\n${table}`);
}

function columns(): string[] {
  const costs = values['cross-entropy'] ? ['payload', 'cross-entropy', 'cost'] : [];
  const times = values.sizes ? [] : ['encode s', 'decode s', 'adaptive s'];
  return ['file', 'bytes', model.id, 'adaptive', ...programs.map(({ name }) => name), ...costs, ...times];
}

/** Prints a row of a Markdown table; the first one with the line below it. */
function printMarkdown(cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
  if (cells[0] === 'photos') console.log(`| --- |${' ---: |'.repeat(cells.length - 1)}`);
}

function cellsOf({ name, bytes, exact, adaptive, cost, others }: Row): string[] {
  const sizes = [exact.bytes, adaptive.bytes, ...others].map((size) => saving(size, bytes));
  const costs = cost
    ? [
        cost.payloadBytes.toLocaleString('en-GB'),
        Math.round(cost.idealBytes).toLocaleString('en-GB'),
        `${(100 * (cost.payloadBytes / cost.idealBytes - 1)).toFixed(3)} %`,
      ]
    : ['-', '-', '-'];
  const { encodeSeconds, decodeSeconds } = exact;
  const seconds = [
    encodeSeconds.toFixed(2),
    decodeSeconds.toFixed(2),
    `${adaptive.encodeSeconds.toFixed(2)} / ${adaptive.decodeSeconds.toFixed(2)}`,
  ];
  return [
    name,
    bytes.toLocaleString('en-GB'),
    ...sizes,
    ...(values['cross-entropy'] ? costs : []),
    ...(values.sizes ? [] : seconds),
  ];
}

function totalOf(rows: readonly Row[]): Row {
  const sum = (pick: (row: Row) => number) => rows.reduce((total, row) => total + pick(row), 0);
  const codedBy = (pick: (row: Row) => Coded): Coded => ({
    bytes: sum((row) => pick(row).bytes),
    encodeSeconds: sum((row) => pick(row).encodeSeconds),
    decodeSeconds: sum((row) => pick(row).decodeSeconds),
  });
  return {
    name: `total of ${rows.length}`,
    bytes: sum((row) => row.bytes),
    exact: codedBy((row) => row.exact),
    adaptive: codedBy((row) => row.adaptive),
    cost: {
      payloadBytes: sum((row) => row.cost?.payloadBytes ?? 0),
      idealBytes: sum((row) => row.cost?.idealBytes ?? 0),
    },
    // A program that refuses a file is charged the file as it is; one that refuses all is not there.
    others: programs.map((_, i) =>
      rows.some((row) => row.others[i] !== undefined) ? sum((row) => row.others[i] ?? row.bytes) : undefined,
    ),
  };
}

function saving(size: number | undefined, original: number): string {
  return size === undefined ? '-' : `${(100 * (1 - size / original)).toFixed(2)} %`;
}
