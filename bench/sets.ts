/**
 * `npm run bench:sets -- FILE...`: what files save by sharing context, as one file each, as an album of independent
 * items, and as an album whose items share chunks.
 */

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { type CodecOptions, codecChoice, parseCodebook, parseFrameRate } from '../src/cli/codec-choice.js';
import { type EncodeInput, type EncodeOptions, encode } from '../src/index.js';

const USAGE = `usage: npm run bench:sets -- [options] FILE...
  --model NAME        entropy model, as of llmc encode; adaptive by default
  --codec NAME        as of llmc encode, with --qf, --depth, --codebook, --frame-rate and --sample-rate
  --sizes N,N,...     numbers of files in an album; all in one by default`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    model: { type: 'string', default: 'adaptive' },
    codec: { type: 'string', default: 'auto' },
    qf: { type: 'string' },
    depth: { type: 'string' },
    codebook: { type: 'string' },
    'frame-rate': { type: 'string' },
    'sample-rate': { type: 'string' },
    sizes: { type: 'string' },
  },
});
if (positionals.length === 0) {
  console.error(USAGE);
  process.exit(2);
}

const given = {
  codec: values.codec,
  qf: values.qf && Number(values.qf),
  depth: values.depth && Number(values.depth),
  codebook: values.codebook && parseCodebook(values.codebook),
  frameRate: values['frame-rate'] && parseFrameRate(values['frame-rate']),
  sampleRate: values['sample-rate'] && Number(values['sample-rate']),
};
const known = Object.entries(given).filter(([, value]) => value !== undefined);
const codec = codecChoice(Object.fromEntries(known) as unknown as CodecOptions);
const options: EncodeOptions = { model: values.model, codec, digest: 'none' };
const inputs: EncodeInput[] = positionals.map((path) => ({
  bytes: new Uint8Array(readFileSync(path)),
  name: basename(path),
}));

/** Bytes of all albums of `size` inputs. */
async function albumBytes(size: number, independent: boolean): Promise<number> {
  let bytes = 0;
  for (let first = 0; first < inputs.length; first += size) {
    bytes += (await encode(inputs.slice(first, first + size), { ...options, independent })).length;
  }
  return bytes;
}

const single = await albumBytes(1, true);
const table = new Table({
  head: ['files in an album', 'independent', 'shared', 'sharing saves', 'than single files'],
});
for (const size of (values.sizes ?? String(inputs.length)).split(',').map(Number)) {
  const [independent, shared] = [await albumBytes(size, true), await albumBytes(size, false)];
  const percent = (before: number) => `${(100 * (1 - shared / before)).toFixed(2)} %`;
  table.push([size, independent, shared, percent(independent), percent(single)]);
}
console.log(`${inputs.length} files, ${single} bytes as files of their own`);
console.log(table.toString());
