/** The two decoders, this one and the reference, agree on random files of every codec type. */

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { npy } from '../../fixtures/array-files.js';
import type { CodecChoice } from '../../src/codecs/codec.js';
import { decode, type ExactModel, encode, openModel } from '../../src/index.js';
import { randomPackage } from '../lm/exact/random-package.js';
import { randomIndexPackage } from '../lm/exact-index/random-index-package.js';

const reference = fileURLToPath(new URL('../../conformance/reference', import.meta.url));
// Made by .ci/run, and as conformance/reference/README.md says.
const python = join(reference, '.venv/bin/python');

/** Decodes file after file, a line each: the output in hexadecimal, or the code of the error. */
const PROGRAM = `
import pathlib, sys
from llmc_reference.decode import decode
from llmc_reference.errors import LlmcError
for line in sys.stdin:
    try:
        print(decode(pathlib.Path(line.strip()).read_bytes(), folders=[]).items[0].output.hex(), flush=True)
    except LlmcError as fault:
        print(fault.code, flush=True)
`;

interface Medium {
  readonly bytes: Uint8Array;
  readonly codec: CodecChoice;
}

const seeds = fc.integer({ min: 1, max: 1e6 });

/** Numbers of 0 to limit - 1 that seldom change, so that models have something to predict. */
function numbers(count: number, limit: number, seed: number): number[] {
  let state = seed;
  let value = 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    if (state >>> 30 === 0) value = (state >>> 8) % limit;
    return value;
  });
}

const raw: fc.Arbitrary<Promise<Medium>> = fc
  .uint8Array({ maxLength: 500 })
  .map(async (bytes) => ({ bytes, codec: 'raw' as const }));

const jpeg: fc.Arbitrary<Promise<Medium>> = fc
  .record({
    width: fc.integer({ min: 1, max: 40 }),
    height: fc.integer({ min: 1, max: 40 }),
    quality: fc.integer({ min: 1, max: 100 }),
    chromaSubsampling: fc.constantFrom('4:2:0', '4:4:4'),
    progressive: fc.boolean(),
    channels: fc.constantFrom(1 as const, 3 as const),
    seed: seeds,
  })
  .map(async ({ width, height, channels, seed, ...options }) => {
    const pixels = Uint8Array.from(numbers(width * height * channels, 256, seed));
    const image = sharp(pixels, { raw: { width, height, channels } });
    const shown = channels === 1 ? image.toColourspace('b-w') : image;
    return { bytes: new Uint8Array(await shown.jpeg(options).toBuffer()), codec: 'jpeg' as const };
  });

const vq: fc.Arbitrary<Promise<Medium>> = fc
  .record({
    shape: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 3 }),
    codebookSize: fc.constantFrom(2, 10, 1024, 16384),
    seed: seeds,
  })
  .map(async ({ shape, codebookSize, seed }) => {
    const count = shape.reduce((product, n) => product * n, 1);
    const bytes = npy('<u2', shape, numbers(count, codebookSize, seed));
    return { bytes, codec: { codec: 'vq' as const, codebookSize } };
  });

const rvq: fc.Arbitrary<Promise<Medium>> = fc
  .record({
    layers: fc.integer({ min: 1, max: 6 }),
    frames: fc.integer({ min: 1, max: 40 }),
    codebookSize: fc.constantFrom(2, 16, 1000),
    seed: seeds,
  })
  .map(async ({ layers, frames, codebookSize, seed }) => ({
    bytes: npy('<i8', [layers, frames], numbers(layers * frames, codebookSize, seed)),
    codec: {
      codec: 'rvq' as const,
      codebookSizes: [codebookSize],
      frameRate: { numerator: 50, denominator: 1 },
      sampleRate: 16000,
    },
  }));

describe.runIf(existsSync(python))('random files decode to the same bytes in both decoders', () => {
  let folder: string;
  let child: ChildProcessByStdio<Writable, Readable, null>;
  let lines: Interface;
  let models: ExactModel[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'llmc-two-decoders-'));
    child = spawn(python, ['-c', PROGRAM], { cwd: reference, stdio: ['pipe', 'pipe', 'inherit'] });
    lines = createInterface(child.stdout);
    models = await Promise.all([1, 2].map((seed) => openModel(randomPackage(seed), { jobs: 1 })));
  });
  afterAll(async () => {
    child.stdin.end();
    rmSync(folder, { recursive: true, force: true });
    await Promise.all(models.map((model) => model.close()));
  });

  async function decodedByReference(file: Uint8Array): Promise<string> {
    const path = join(folder, 'file.llmc');
    writeFileSync(path, file);
    const answer = new Promise<string>((resolve) => lines.once('line', resolve));
    child.stdin.write(`${path}\n`);
    return answer;
  }

  async function expectEqual(
    { bytes, codec }: Medium,
    model: ExactModel | undefined,
    chunkTokens: number,
  ): Promise<void> {
    const choice = model ? { models: [model], model: model.id, embedModel: true } : { model: 'adaptive' };
    const file = await encode(bytes, { jobs: 1, modelPath: [], codec, chunkTokens, ...choice });
    const [{ bytes: output }] = await decode(file, { jobs: 1, modelPath: [] });
    expect(output).toEqual(bytes);
    expect(await decodedByReference(file)).toBe(Buffer.from(bytes).toString('hex'));
  }

  it.each([
    ['raw', raw, 30],
    ['jpeg', jpeg, 40],
    ['vq', vq, 40],
    ['rvq', rvq, 40],
  ] as const)('%s, by the adaptive models', async (_, medium, numRuns) => {
    await fc.assert(
      fc.asyncProperty(medium, fc.integer({ min: 1, max: 3000 }), async (made, chunkTokens) => {
        await expectEqual(await made, undefined, chunkTokens);
      }),
      { numRuns },
    );
  });

  it('vq and rvq, by random exact models', async () => {
    const codebooks = [16, 16, 300];
    const packages = [
      randomIndexPackage(1, { codec: 'rvq', codebooks }),
      randomIndexPackage(2, { codec: 'vq', codebooks: [300], neighbours: 12 }),
    ];
    const [streams, grids] = await Promise.all(packages.map((files) => openModel(files, { jobs: 1 })));
    const rate = { frameRate: { numerator: 50, denominator: 1 }, sampleRate: 16000 };
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 3, maxLength: 3 }),
        seeds,
        fc.integer({ min: 1, max: 200 }),
        async (isGrid, [count, a, b], seed, chunkTokens) => {
          const depth = 1 + (a % 3);
          const shape = isGrid ? [count, a, b] : [count, depth, b];
          const tokens = numbers(shape[0] * shape[1] * shape[2], isGrid ? 300 : 16, seed);
          const codebookSizes = codebooks.slice(0, depth);
          const codec = isGrid
            ? { codec: 'vq' as const, codebookSize: 300 }
            : { codec: 'rvq' as const, codebookSizes, ...rate };
          await expectEqual(
            { bytes: npy('<u2', shape, tokens), codec },
            isGrid ? grids : streams,
            chunkTokens,
          );
        },
      ),
      { numRuns: 40 },
    );
    await Promise.all([streams.close(), grids.close()]);
  });

  it('jpeg, by random exact models', async () => {
    await fc.assert(
      fc.asyncProperty(
        jpeg,
        fc.nat(1),
        fc.integer({ min: 64, max: 3000 }),
        async (made, which, chunkTokens) => {
          await expectEqual(await made, models[which], chunkTokens);
        },
      ),
      { numRuns: 25 },
    );
  });
});
