/** A chunk of indices comes back, and its payload is the same whatever computes it, in whatever batches. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IndexChunk, IndexRun } from '../../../src/lm/entropy-model.js';
import { openExactModel } from '../../../src/lm/exact/exact-model-node.js';
import { ExactIndexModel } from '../../../src/lm/exact-index/exact-index-model.js';
import { IntegerIndexRunner } from '../../../src/lm/exact-index/integer-index-runner.js';
import { randomIndexPackage, readIndexPackage } from './random-index-package.js';

const SIZES = [16, 3, 1, 200, 130];
const stream = await readIndexPackage(randomIndexPackage(1, { codec: 'rvq', codebooks: SIZES }));
const grid = await readIndexPackage(
  randomIndexPackage(2, { codec: 'vq', codebooks: [300], neighbours: 12, width: 40 }),
);

/** Runs of some shape; indices follow a pattern for a while, so that the slots have something to learn. */
function runOf(
  sizes: readonly number[],
  width: number,
  height: number,
  first: number,
  values: readonly number[],
): IndexRun {
  const indices = Uint32Array.from(values, (value, i) => value % sizes[(first + i) % sizes.length]);
  return { width, height, codebookSizes: sizes, first, indices };
}

const numbers = (count: number) => fc.array(fc.nat(100000), { minLength: count, maxLength: count });

const streamRun = fc
  .record({
    depth: fc.integer({ min: 1, max: SIZES.length }),
    frames: fc.integer({ min: 1, max: 9 }),
    count: fc.integer({ min: 1, max: 3 }),
  })
  .chain(({ depth, frames, count }) =>
    fc.record({
      depth: fc.constant(depth),
      frames: fc.constant(frames),
      from: fc.nat(frames * count - 1),
      values: numbers(frames * count * depth),
    }),
  )
  .map(({ depth, frames, from, values }) =>
    runOf(SIZES.slice(0, depth), depth, frames, from * depth, values.slice(from * depth)),
  );

const gridRun = fc
  .record({
    width: fc.integer({ min: 1, max: 6 }),
    height: fc.integer({ min: 1, max: 6 }),
    count: fc.integer({ min: 1, max: 3 }),
  })
  .chain(({ width, height, count }) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      from: fc.nat(width * height * count - 1),
      values: numbers(width * height * count),
    }),
  )
  .map(({ width, height, from, values }) => runOf([300], width, height, from, values.slice(from)));

function chunksOf(layered: boolean): fc.Arbitrary<IndexChunk[]> {
  const runs = fc.array(layered ? streamRun : gridRun, { minLength: 1, maxLength: 3 });
  return fc.array(
    runs.map((list) => ({ layered, runs: list })),
    { minLength: 1, maxLength: 3 },
  );
}

function emptied({ layered, runs }: IndexChunk): IndexChunk {
  return {
    layered,
    runs: runs.map((run) => ({ ...run, indices: new Uint32Array(run.indices.length).fill(9) })),
  };
}

async function decoded(
  model: ExactIndexModel,
  chunks: readonly IndexChunk[],
  payloads: readonly Uint8Array[],
): Promise<IndexChunk[]> {
  const jobs = chunks.map((chunk, i) => ({ payload: payloads[i], chunk: emptied(chunk) }));
  expect(await model.decode(jobs)).toEqual(jobs.map(() => undefined));
  return jobs.map(({ chunk }) => chunk);
}

describe.each([
  ['streams', stream, true],
  ['grids', grid, false],
] as const)('%s', (_, modelPackage, layered) => {
  const { nets } = modelPackage;
  const reference = new ExactIndexModel(nets, new IntegerIndexRunner(nets), { encoderCells: 1 });

  it('come back, with the same payload in any batch', async () => {
    const { coder } = await openExactModel(modelPackage, { device: 'integers' });
    const kernel = coder as ExactIndexModel;
    const few = new ExactIndexModel(nets, new IntegerIndexRunner(nets), {
      encoderCells: 7,
      tokensInProgress: 10,
    });
    await fc.assert(
      fc.asyncProperty(chunksOf(layered), async (chunks) => {
        const payloads = await reference.encode(chunks);
        for (const model of [kernel, few]) {
          expect(await model.encode(chunks)).toEqual(payloads);
          expect(await decoded(model, chunks, payloads)).toEqual(chunks);
        }
        const [alone] = await kernel.encode(chunks.slice(0, 1));
        expect(alone).toEqual(payloads[0]);
      }),
      { numRuns: 40 },
    );
    await coder.close();
  });

  it('are the same on ONNX Runtime', async () => {
    const { coder, device } = await openExactModel(modelPackage, { device: 'cpu' });
    expect(device).toBe('cpu');
    const chunks = fc.sample(chunksOf(layered), { numRuns: 3, seed: 5 }).flat();
    const payloads = await reference.encode(chunks);
    expect(await coder.encode(chunks)).toEqual(payloads);
    expect(await decoded(coder as ExactIndexModel, chunks, payloads)).toEqual(chunks);
    await coder.close();
  });

  it('are found to be corrupt, each by itself', async () => {
    const chunks = fc.sample(chunksOf(layered), { numRuns: 6, seed: 6 }).flat();
    const payloads = await reference.encode(chunks);
    const jobs = chunks.map((chunk, i) => ({
      payload: i % 2 === 0 ? payloads[i] : Uint8Array.of(...payloads[i], 0),
      chunk: emptied(chunk),
    }));
    const errors = await reference.decode(jobs);
    expect(errors.map((error) => error?.code)).toEqual(
      chunks.map((_chunk, i) => (i % 2 === 0 ? undefined : 'chunk-corrupt')),
    );
    jobs.forEach(({ chunk }, i) => {
      if (i % 2 === 0) expect(chunk).toEqual(chunks[i]);
    });
  });

  it('of other codebooks are refused', async () => {
    const chunk = { layered, runs: [runOf([17], 1, 4, 0, [1, 2, 3, 4])] };
    await expect(reference.encode([chunk])).rejects.toMatchObject({ code: 'model-mismatch' });
    const [error] = await reference.decode([{ payload: new Uint8Array(4), chunk }]);
    expect(error).toMatchObject({ code: 'model-mismatch' });
  });
});

it('learns within a chunk', async () => {
  const model = new ExactIndexModel(stream.nets, new IntegerIndexRunner(stream.nets));
  const values = Array.from({ length: 5 * 400 }, (_, i) => (i % 5) + (i % 35 === 0 ? 1 : 0));
  const [payload] = await model.encode([{ layered: true, runs: [runOf(SIZES, 5, 400, 0, values)] }]);
  // 400 frames of 4 + 2 + 0 + 8 + 8 bits take 1100 bytes.
  expect(payload.length).toBeLessThan(250);
});
