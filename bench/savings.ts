/**
 * `npm run bench -- FOLDER...`: for every JPEG the size saved and the speed, both ways, beside `jpegtran -optimize`
 * and `cjxl` (lossless transcoding) where they are installed. One process, one thread; times are medians of
 * `--runs` runs. Encoding includes its proof by decoding.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { openContainer } from '../src/container/index.js';
import { nodeModels } from '../src/lm/model-provider-node.js';
import { decodeItems } from '../src/pipeline/decode.js';
import { encodeItems } from '../src/pipeline/encode.js';

interface Row {
  readonly name: string;
  readonly bytes: number;
  readonly llmc: number;
  readonly jpegtran: number | undefined;
  readonly cjxl: number | undefined;
  readonly encodeSeconds: number;
  readonly decodeSeconds: number;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runs: { type: 'string', default: '3' }, json: { type: 'boolean', default: false } },
});
if (positionals.length === 0) {
  console.error('usage: npm run bench -- [--runs N] [--json] FOLDER|FILE...');
  process.exit(2);
}
const runs = Number(values.runs);
const models = nodeModels({ threads: 1 });
const scratch = mkdtempSync(join(tmpdir(), 'llmc-bench-'));
try {
  const rows: Row[] = [];
  for (const path of positionals.flatMap(listFiles)) rows.push(await measure(path));
  if (values.json) console.log(JSON.stringify(rows, null, 2));
  else print(rows);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function listFiles(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => /\.jpe?g$/i.test(name));
  return names.sort().map((name) => join(path, name));
}

async function measure(path: string): Promise<Row> {
  const bytes = new Uint8Array(readFileSync(path));
  const encodeTimes: number[] = [];
  const decodeTimes: number[] = [];
  let packed = new Uint8Array();
  for (let run = 0; run < runs; run++) {
    encodeTimes.push(
      await seconds(async () => {
        packed = (await encodeItems([{ bytes }], models, { model: 'adaptive' }))
          .bytes as Uint8Array<ArrayBuffer>;
      }),
    );
    decodeTimes.push(
      await seconds(async () => {
        for await (const item of decodeItems(await openContainer(packed), models)) {
          if (item.bytes === undefined || Buffer.compare(item.bytes, bytes) !== 0)
            throw new Error(`${path} differs`);
        }
      }),
    );
  }
  return {
    name: basename(path),
    bytes: bytes.length,
    llmc: packed.length,
    jpegtran: sizeFrom('jpegtran', (output) => ['-copy', 'all', '-optimize', '-outfile', output, path]),
    cjxl: sizeFrom('cjxl', (output) => [path, output, '--lossless_jpeg=1', '-e', '9', '--quiet']),
    encodeSeconds: median(encodeTimes),
    decodeSeconds: median(decodeTimes),
  };
}

/** Size of the file that another program makes; undefined where it is not installed or refuses the input. */
function sizeFrom(program: string, args: (output: string) => string[]): number | undefined {
  const output = join(scratch, program);
  const { status } = spawnSync(program, args(output), { stdio: 'ignore' });
  if (status !== 0) return undefined;
  const { size } = statSync(output);
  rmSync(output);
  return size;
}

async function seconds(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function median(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function print(rows: readonly Row[]): void {
  const head = ['file', 'bytes', 'llmc saves', 'jpegtran', 'cjxl', 'encode MB/s', 'decode MB/s'];
  const table = new Table({
    head,
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  const cells = (row: Row) => [
    row.name,
    row.bytes.toLocaleString('en-GB'),
    saving(row.llmc, row.bytes),
    saving(row.jpegtran, row.bytes),
    saving(row.cjxl, row.bytes),
    (row.bytes / 1e6 / row.encodeSeconds).toFixed(2),
    (row.bytes / 1e6 / row.decodeSeconds).toFixed(2),
  ];
  for (const row of rows) table.push(cells(row));
  const sum = (pick: (row: Row) => number) => rows.reduce((total, row) => total + pick(row), 0);
  // A program that refuses a file is charged the file as it is.
  const sumOther = (pick: (row: Row) => number | undefined) =>
    rows.some((row) => pick(row) !== undefined) ? sum((row) => pick(row) ?? row.bytes) : undefined;
  table.push(
    cells({
      name: `total of ${rows.length}`,
      bytes: sum((row) => row.bytes),
      llmc: sum((row) => row.llmc),
      jpegtran: sumOther((row) => row.jpegtran),
      cjxl: sumOther((row) => row.cjxl),
      encodeSeconds: sum((row) => row.encodeSeconds),
      decodeSeconds: sum((row) => row.decodeSeconds),
    }),
  );
  console.log(table.toString());
}

function saving(size: number | undefined, original: number): string {
  return size === undefined ? '-' : `${(100 * (1 - size / original)).toFixed(2)} %`;
}
