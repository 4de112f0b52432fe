/** A chunk's payload is the same whatever computes it, in whatever batches, beside whatever other chunks. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DctPool } from '../../../src/lm/dct-pool-node.js';
import type { DctBand, DctChunk } from '../../../src/lm/entropy-model.js';
import type { NetRunner } from '../../../src/lm/exact/batch.js';
import { type BatchOptions, ExactDctModel } from '../../../src/lm/exact/exact-dct-model.js';
import { openExactModel } from '../../../src/lm/exact/exact-model-node.js';
import { ExactDctPool } from '../../../src/lm/exact/exact-pool-node.js';
import { GrowingPayload } from '../../../src/lm/exact/growing-payload.js';
import { IntegerRunner } from '../../../src/lm/exact/integer-runner.js';
import { openRunner } from '../../../src/lm/exact/open-runner-node.js';
import type { ExactDctPackage } from '../../../src/lm/exact/package.js';
import { hasSwiftShader, useSwiftShader } from '../../swiftshader.js';
import { randomBand } from './random-frame.js';
import { packageOf, randomTensors, readDctPackage } from './random-package.js';

const frame = { seed: 1, mcus: [3, 3], stepSize: 60, density: 12, size: 40 };
const one = (h = 1, v = 1) => [h, v];
const FRAMES = {
  '4:2:0': { ...frame, samplings: [one(2, 2), one(), one()] },
  '4:4:4': { ...frame, seed: 2, samplings: [one(), one(), one()] },
  '4:2:2': { ...frame, seed: 3, samplings: [one(2, 1), one(), one()] },
  '4:1:1, chroma of two sizes': { ...frame, seed: 4, samplings: [one(4, 1), one(), one(2, 1)] },
  'chroma larger than luma': { ...frame, seed: 5, samplings: [one(), one(2, 2), one(2, 2)] },
  gray: { ...frame, seed: 6, samplings: [one()] },
  'two components': { ...frame, seed: 7, samplings: [one(), one()] },
  CMYK: { ...frame, seed: 8, samplings: [one(2, 2), one(), one(), one(2, 2)] },
  'one block': { ...frame, seed: 9, mcus: [1, 1], samplings: [one()] },
  'one row, wide': { ...frame, seed: 10, mcus: [60, 1], samplings: [one(), one(), one()] },
  'one column, tall': { ...frame, seed: 11, mcus: [1, 60], samplings: [one(), one(), one()] },
  'all zero': { ...frame, seed: 12, density: 0, size: 0, samplings: [one(2, 2), one(), one()] },
  '12 bits, steps of 1': {
    ...frame,
    seed: 13,
    stepSize: 1,
    size: 32767,
    samplings: [one(2, 2), one(), one()],
  },
  'steps of 16 bits': {
    ...frame,
    seed: 14,
    stepSize: 65535,
    size: 2000,
    samplings: [one(2, 2), one(), one()],
  },
};
const chunks = Object.values(FRAMES).map((shape): DctChunk => ({ bands: [randomBand(shape)] }));
/** Many images in a chunk, more than are in progress at once, of unequal sizes. */
const many: DctChunk = {
  bands: Array.from({ length: 70 }, (_, seed) =>
    randomBand({
      ...frame,
      seed,
      mcus: [1 + (seed % 2), 1 + (seed % 3)],
      density: 2,
      samplings: [one(), one(), one()],
    }),
  ),
};
chunks.push(many);

const emptied = (chunk: DctChunk): DctChunk => ({
  bands: chunk.bands.map(
    (band): DctBand => ({
      ...band,
      planes: band.planes.map((plane) => ({
        ...plane,
        coefficients: new Int16Array(plane.coefficients.length),
      })),
    }),
  ),
});
const coefficientsOf = (chunk: DctChunk) =>
  chunk.bands.flatMap((band) =>
    band.planes.map((plane) => Buffer.from(plane.coefficients.buffer).toString('base64')),
  );

let model: ExactDctPackage;
let payloads: Uint8Array[];
const opened: NetRunner[] = [];

async function open(device: 'integers' | 'cpu' | 'webgpu', threads: number): Promise<NetRunner> {
  const { runner } = await openRunner(model, { device, threads });
  opened.push(runner);
  return runner;
}

beforeAll(async () => {
  // 37 units: a multiple of nothing that an engine pads to.
  model = await readDctPackage(packageOf(randomTensors(3, 37)));
  payloads = await new ExactDctModel(model.classes, await open('integers', 1)).encode(chunks);
}, 100_000);
afterAll(() => Promise.all(opened.map((runner) => runner.close())));

/** Some of the chunks, with their payloads. */
function some(...names: (keyof typeof FRAMES)[]) {
  const indices = names.map((name) => Object.keys(FRAMES).indexOf(name));
  return { few: indices.map((i) => chunks[i]), expected: indices.map((i) => payloads[i]) };
}

async function expectSame(
  coder: ExactDctModel | ExactDctPool,
  given = chunks,
  expected = payloads,
): Promise<void> {
  expect(await coder.encode(given)).toEqual(expected);
  const jobs = given.map((chunk, i) => ({ payload: expected[i], chunk: emptied(chunk) }));
  expect((await coder.decode(jobs)).filter((error) => error !== undefined)).toEqual([]);
  jobs.forEach((job, i) => {
    expect(coefficientsOf(job.chunk)).toEqual(coefficientsOf(given[i]));
  });
}

const WAYS: [string, 'integers' | 'cpu', number, BatchOptions][] = [
  ['integers, step by step, one chunk at a time', 'integers', 1, { encoderPairs: 1, tokensInProgress: 1 }],
  ['integers, whole images at once, all chunks at once', 'integers', 1, { encoderPairs: 1e9 }],
  ['integers, a few steps at a time', 'integers', 1, { encoderPairs: 7, tokensInProgress: 10_000 }],
  ['ONNX Runtime, 1 thread, step by step', 'cpu', 1, { encoderPairs: 1, tokensInProgress: 1 }],
  ['ONNX Runtime, 1 thread, all at once', 'cpu', 1, { encoderPairs: 1e9 }],
  ['ONNX Runtime, 2 threads', 'cpu', 2, { encoderPairs: 100 }],
];

describe('the bytes of every kind of frame', () => {
  it.each(WAYS)('are the same with %s', async (_, device, threads, options) => {
    await expectSame(new ExactDctModel(model.classes, await open(device, threads), options));
  });

  it('are the same in plain TypeScript', async () => {
    const coder = new ExactDctModel(model.classes, new IntegerRunner(model.classes));
    const { few, expected } = some('4:2:0', 'one block', 'CMYK');
    await expectSame(coder, few, expected);
  });

  it('are the same on two worker threads', async () => {
    const pool = new ExactDctPool(model.classes, new IntegerRunner(model.classes), 2);
    await expectSame(pool);
    await pool.close();
  });

  it('are the same where the worker starts while the model is opened', async () => {
    const { coder, close } = await openExactModel(model, { threads: 2, encodes: true });
    const { few, expected } = some('4:2:0');
    const proven = await coder.encodeProven?.(few[0]);
    expect(proven?.payload).toEqual(expected[0]);
    const decoded = emptied(few[0]);
    expect(await proven?.decodeInto(decoded)).toBeUndefined();
    expect(coefficientsOf(decoded)).toEqual(coefficientsOf(few[0]));
    await close();
  });

  it('are the same while another thread decodes them', async () => {
    const pool = new ExactDctPool(model.classes, new IntegerRunner(model.classes), 2);
    const { few, expected } = some('4:2:0', 'one block', 'all zero', '12 bits, steps of 1');
    for (const [i, chunk] of few.entries()) {
      const proven = await pool.encodeProven(chunk);
      expect(proven.payload).toEqual(expected[i]);
      const decoded = emptied(chunk);
      expect(await proven.decodeInto(decoded)).toBeUndefined();
      expect(coefficientsOf(decoded)).toEqual(coefficientsOf(chunk));
    }
    await pool.close();
  });

  it('are cancelled with the thread that decodes them', async () => {
    const pool = new ExactDctPool(model.classes, new IntegerRunner(model.classes), 2);
    const { few } = some('4:2:0');
    const cancelled = pool.encodeProven(few[0], { signal: AbortSignal.abort() });
    await expect(cancelled).rejects.toMatchObject({ code: 'aborted' });
    expect(await (await pool.encodeProven(few[0])).decodeInto(emptied(few[0]))).toBeUndefined();
    await pool.close();
  });

  it.runIf(hasSwiftShader)('are the same on WebGPU, by SwiftShader', async () => {
    useSwiftShader();
    const runner = await open('webgpu', 0);
    // A step takes many dispatches, each slow here.
    const { few, expected } = some('4:2:0', 'one block');
    await expectSame(new ExactDctModel(model.classes, runner, { encoderPairs: 1e9 }), few, expected);
  });
});

it('a payload that grows byte by byte decodes to the same', async () => {
  const pool = new DctPool(1, { path: 'exact/exact-worker-node.js', data: model.classes });
  const growing = GrowingPayload.create(payloads[0].length + 2);
  const decoding = pool.decodeGrowing(chunks[0], growing.memory);
  for (const byte of payloads[0]) {
    growing.add(Uint8Array.of(byte));
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  // An encoder may have sent zeros that do not belong to the payload.
  growing.add(Uint8Array.of(0, 0));
  growing.end(payloads[0].length);
  const chunk = emptied(chunks[0]);
  expect((await decoding)(chunk)).toBeUndefined();
  expect(coefficientsOf(chunk)).toEqual(coefficientsOf(chunks[0]));
  await pool.close();
});

it('a payload that outgrows its memory is given up', async () => {
  const pool = new DctPool(1, { path: 'exact/exact-worker-node.js', data: model.classes });
  const growing = GrowingPayload.create(payloads[0].length - 1);
  const decoding = pool.decodeGrowing(chunks[0], growing.memory);
  growing.add(payloads[0]);
  growing.end(payloads[0].length);
  await expect(decoding).rejects.toThrow('not completed');
  await pool.close();
});

it('what was decoded beside the encoder serves a chunk of the same shape alone', async () => {
  const pool = new ExactDctPool(model.classes, new IntegerRunner(model.classes), 2);
  const { payload, decodeInto } = await pool.encodeProven(chunks[0]);
  const [other, again] = [emptied(chunks[0]), emptied(chunks[0])].map(({ bands }) => ({
    bands: bands.map((band) => ({
      ...band,
      planes: band.planes.map((plane) => ({ ...plane, quantization: plane.quantization.map((q) => q + 1) })),
    })),
  }));
  const [error] = await pool.decode([{ payload, chunk: again }]);
  expect((await decodeInto(other))?.message).toBe(error?.message);
  if (!error) expect(coefficientsOf(other)).toEqual(coefficientsOf(again));
  await pool.close();
});

it('chunks that come one by one at the same time are coded to the same bytes', async () => {
  const pool = new ExactDctPool(model.classes, new IntegerRunner(model.classes), 2);
  const proven = await Promise.all(chunks.slice(0, 4).map((chunk) => pool.encodeProven(chunk)));
  expect(proven.map(({ payload }) => payload)).toEqual(payloads.slice(0, 4));
  const decoded = chunks.slice(0, 4).map((chunk) => emptied(chunk));
  const errors = await Promise.all(
    decoded.map(async (chunk, i) =>
      i % 2 === 0 ? proven[i].decodeInto(chunk) : (await pool.decode([{ payload: payloads[i], chunk }]))[0],
    ),
  );
  expect(errors).toEqual([undefined, undefined, undefined, undefined]);
  expect(decoded.map(coefficientsOf)).toEqual(chunks.slice(0, 4).map(coefficientsOf));
  await pool.close();
});

it('a damaged payload fails alone, or decodes to other coefficients', async () => {
  const coder = new ExactDctModel(model.classes, await open('integers', 1));
  for (let bit = 0; bit < 200; bit += 13) {
    const damaged = payloads[0].slice();
    damaged[bit >> 3] ^= 1 << (bit & 7);
    const jobs = [damaged, payloads[1]].map((payload, i) => ({ payload, chunk: emptied(chunks[i]) }));
    const [first, second] = await coder.decode(jobs);
    if (first) expect(first.code).toBe('chunk-corrupt');
    else expect(coefficientsOf(jobs[0].chunk)).not.toEqual(coefficientsOf(chunks[0]));
    expect(second).toBeUndefined();
    expect(coefficientsOf(jobs[1].chunk)).toEqual(coefficientsOf(chunks[1]));
  }
});
