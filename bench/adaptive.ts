/**
 * `npm run bench:adaptive -- [--runs N] [--chunk-tokens N,N,...] FOLDER|FILE...`: size and speed of the adaptive model on one thread, at
 * each size of chunks. Times are medians of the runs, of wall clock and over all files. Encoding proves itself by a
 * decoding, whose time is also shown taken off.
 */

import { parseArgs } from 'node:util';
import { decode, encode } from '../src/index.js';
import { listPhotos, loadPhoto, type Photo } from './photos.js';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '3' },
    'chunk-tokens': { type: 'string', default: '' },
  },
});
if (positionals.length === 0) {
  console.error('usage: npm run bench:adaptive -- [--runs N] [--chunk-tokens N,N,...] FOLDER|FILE...');
  process.exit(2);
}
const photos = await Promise.all(listPhotos(positionals).map((path) => loadPhoto(path)));
const before = photos.reduce((sum, { bytes }) => sum + bytes.length, 0);
console.log(`${photos.length} files, ${before} bytes`);
for (const chunkTokens of values['chunk-tokens'].split(',').map(Number)) {
  const runs = [];
  for (let run = 0; run < Number(values.runs); run++) runs.push(await measure(photos, chunkTokens));
  const encodeSeconds = median(runs.map((run) => run.encodeSeconds));
  const decodeSeconds = median(runs.map((run) => run.decodeSeconds));
  const speed = (seconds: number) => `${(before / 1e6 / seconds).toFixed(2)} MB/s`;
  const saving = (100 * (1 - runs[0].bytes / before)).toFixed(2);
  console.log(
    `chunks of ${chunkTokens || 'the default size'}: ${runs[0].bytes} bytes, ${saving} % smaller; ` +
      `encode ${speed(encodeSeconds - decodeSeconds)} and with proof ${speed(encodeSeconds)}, decode ${speed(decodeSeconds)}`,
  );
}

/** Sum over the photos; `chunkTokens` of 0 is the default. */
async function measure(list: readonly Photo[], chunkTokens: number) {
  const total = { bytes: 0, encodeSeconds: 0, decodeSeconds: 0 };
  for (const { name, bytes } of list) {
    const start = performance.now();
    const packed = await encode(bytes, {
      model: 'adaptive',
      jobs: 1,
      ...(chunkTokens > 0 ? { chunkTokens } : {}),
    });
    const middle = performance.now();
    const [item] = await decode(packed, { jobs: 1 });
    total.decodeSeconds += (performance.now() - middle) / 1000;
    total.encodeSeconds += (middle - start) / 1000;
    total.bytes += packed.length;
    if (Buffer.compare(item.bytes as Uint8Array, bytes) !== 0) throw new Error(`${name} differs`);
  }
  return total;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
}
