/**
 * `npm run bench:commands -- FILE...`: seconds and peak memory of the whole commands `llmc encode` and `llmc decode`,
 * start-up included, as a user meets them; medians of `--runs` runs. `--megapixels 3,12` scales each photo to these sizes first, at
 * quality 75 and 4:2:0.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import sharp from 'sharp';
import { listPhotos } from './photos.js';

const llmc = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
/** Runs in the command's process, and has it tell its peak memory, in KiB, on descriptor 3. */
const PROBE = `import { writeSync } from 'node:fs';
process.on('exit', () => writeSync(3, String(process.resourceUsage().maxRSS)));`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    device: { type: 'string', default: 'auto' },
    model: { type: 'string', default: 'auto' },
    megapixels: { type: 'string' },
  },
});
if (positionals.length === 0) {
  console.error(
    'usage: npm run bench:commands -- [--runs N] [--device NAME] [--model NAME] [--megapixels N,N,...] FOLDER|FILE...',
  );
  process.exit(2);
}

/** Seconds and peak megabytes of a command. */
interface Cost {
  readonly seconds: number;
  readonly megabytes: number;
}

function run(args: readonly string[]): Cost {
  const start = performance.now();
  const { status, stderr, output } = spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(PROBE)}`, llmc, ...args],
    { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] },
  );
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(String(stderr));
  return { seconds, megabytes: Number(output[3]) / 1000 };
}

function medianOf(work: () => Cost): Cost {
  const costs = Array.from({ length: Number(values.runs) }, work).sort((a, b) => a.seconds - b.seconds);
  return { seconds: costs[costs.length >> 1].seconds, megabytes: Math.max(...costs.map((c) => c.megabytes)) };
}

const folder = mkdtempSync(join(tmpdir(), 'llmc-bench-'));
const table = new Table({
  head: ['file', 'bytes', 'packed', 'encode s', 'encode MB', 'decode s', 'decode MB'],
  colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  style: { head: [], border: [] },
});
try {
  for (const path of listPhotos(positionals)) {
    for (const size of values.megapixels?.split(',').map(Number) ?? [undefined]) {
      const input = size === undefined ? path : join(folder, 'scaled.jpg');
      if (size !== undefined) await scale(path, size, input);
      measure(size === undefined ? basename(path) : `${basename(path)}, ${size} MP`, input);
    }
  }
  console.log(table.toString());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** Writes the photo with this many megapixels. */
async function scale(path: string, megapixels: number, output: string): Promise<void> {
  const { width, height } = await sharp(path).metadata();
  const scaled = Math.round(Math.sqrt((megapixels * 1e6 * width) / height));
  writeFileSync(
    output,
    await sharp(path).resize(scaled).jpeg({ quality: 75, optimiseCoding: false }).toBuffer(),
  );
}

/** Adds a line to the table. */
function measure(name: string, path: string): void {
  const packed = join(folder, 'photo.llmc');
  const back = join(folder, 'photo.jpg');
  const choices = ['--force', '--quiet', '--device', values.device];
  const encoding = medianOf(() => run(['encode', path, '-o', packed, '--model', values.model, ...choices]));
  const decoding = medianOf(() => run(['decode', packed, '-o', back, ...choices]));
  if (!readFileSync(back).equals(readFileSync(path))) throw new Error(`${name} does not come back`);
  table.push([
    name,
    readFileSync(path).length.toLocaleString('en-GB'),
    readFileSync(packed).length.toLocaleString('en-GB'),
    encoding.seconds.toFixed(2),
    encoding.megabytes.toFixed(0),
    decoding.seconds.toFixed(2),
    decoding.megabytes.toFixed(0),
  ]);
}
