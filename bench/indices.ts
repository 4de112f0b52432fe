/**
 * `npm run bench:indices -- FILE...`: what entropy models save of the packed bits of codebook indices, for streams cut to their
 * first layers: one model beside the adaptive one and xz and zstd, all clips together and each by itself.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { indexGeometry } from '../src/arrangement/indices.js';
import { codecChoice, parseCodebook, parseFrameRate } from '../src/cli/codec-choice.js';
import { parseFile } from '../src/codecs/registry.js';
import { openModel } from '../src/index.js';
import { packIndices } from '../src/lm/adaptive/index-packing.js';
import { AdaptiveIndexModel } from '../src/lm/adaptive-index.js';
import type { EntropyModel, IndexChunk, IndexRun } from '../src/lm/entropy-model.js';

const USAGE = `usage: npm run bench:indices -- --codec vq|rvq --codebook N [options] FILE|FOLDER...
  --model NAME        exact model beside the adaptive one
  --depths N,N,...    layers to keep of streams; all by default
  --clips N           most arrays of each folder`;

/** Tokens of a chunk, as files have them. */
const CHUNK_TOKENS = 2 ** 20;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    codec: { type: 'string' },
    codebook: { type: 'string' },
    model: { type: 'string' },
    depths: { type: 'string' },
    clips: { type: 'string', default: '1000000' },
  },
});
if (positionals.length === 0 || values.codec === undefined || values.codebook === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const codebook = parseCodebook(values.codebook);
const choice = codecChoice({
  codec: values.codec,
  codebook,
  ...(values.codec === 'rvq' ? { frameRate: parseFrameRate('50'), sampleRate: 0 } : {}),
} as never);

const runs = positionals.flatMap(filesOf).flatMap((path) => runsOf(new Uint8Array(readFileSync(path))));
const model = values.model === undefined ? undefined : await openModel(values.model);
const depths = values.depths?.split(',').map(Number) ?? [runs[0].codebookSizes.length];
const table = new Table({
  head: [
    'layers',
    'indices',
    'packed',
    'zstd -19',
    'xz -9e',
    'adaptive',
    'exact',
    'adaptive alone',
    'exact alone',
  ],
});
for (const depth of depths) {
  const cut = runs.map((run) => firstLayers(run, depth));
  const layered = values.codec === 'rvq';
  const packed = packIndices({ layered, runs: cut });
  const together = chunksOf(cut, CHUNK_TOKENS, layered);
  const alone = chunksOf(cut, 1, layered);
  const adaptive = new AdaptiveIndexModel();
  const ratio = (bytes: number | undefined) =>
    bytes === undefined ? '' : (bytes / packed.length).toFixed(3);
  table.push([
    depth === 1 ? '1' : `1:${depth}`,
    cut.reduce((sum, { indices }) => sum + indices.length, 0),
    packed.length,
    ratio(sizeBy('zstd', ['-19', '-c'], packed)),
    ratio(sizeBy('xz', ['-9e', '-c'], packed)),
    ratio(await payloadBytes(adaptive, together)),
    ratio(model && (await payloadBytes(model.coder, together))),
    ratio(await payloadBytes(adaptive, alone)),
    ratio(model && (await payloadBytes(model.coder, alone))),
  ]);
}
await model?.close();
console.log(table.toString());

function filesOf(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith('.npy'));
  return names
    .sort()
    .slice(0, Number(values.clips))
    .map((name) => join(path, name));
}

/** The grids or streams of a file of arrays. */
function runsOf(bytes: Uint8Array): IndexRun[] {
  const { parameters, latents } = parseFile(bytes, choice);
  if (latents.kind !== 'indices') throw new TypeError('no indices');
  const { groups, codebookSizes } = indexGeometry(parameters);
  let at = 0;
  return groups.map(({ count, width, height }) => {
    const indices = latents.indices.subarray(at, at + count * width * height);
    at += indices.length;
    return { width, height, codebookSizes, first: 0, indices };
  });
}

/** A stream cut to its first layers; a grid as it is. */
function firstLayers(run: IndexRun, depth: number): IndexRun {
  const { width, codebookSizes, indices } = run;
  if (depth === codebookSizes.length) return run;
  const frames = indices.length / width;
  const kept = new Uint32Array(frames * depth);
  for (let frame = 0; frame < frames; frame++) {
    kept.set(indices.subarray(frame * width, frame * width + depth), frame * depth);
  }
  return { ...run, width: depth, codebookSizes: codebookSizes.slice(0, depth), indices: kept };
}

/** Chunks of whole runs, of at least so many tokens but for the last. */
function chunksOf(list: readonly IndexRun[], tokens: number, layered: boolean): IndexChunk[] {
  const chunks: IndexRun[][] = [[]];
  let count = 0;
  for (const run of list) {
    if (count >= tokens) {
      chunks.push([]);
      count = 0;
    }
    chunks[chunks.length - 1].push(run);
    count += run.indices.length;
  }
  return chunks.map((chunk) => ({ layered, runs: chunk }));
}

async function payloadBytes(coder: EntropyModel<IndexChunk>, chunks: readonly IndexChunk[]): Promise<number> {
  return (await coder.encode(chunks)).reduce((sum, { length }) => sum + length, 0);
}

/** Bytes that a program makes of its input; undefined where it is not installed. */
function sizeBy(program: string, options: readonly string[], input: Uint8Array): number | undefined {
  const { status, stdout } = spawnSync(program, options, { input, maxBuffer: 2 ** 30 });
  return status === 0 ? stdout.length : undefined;
}
