/** A helper thread changes who computes, and nothing else. */

import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import { NetBatch } from '../../../src/lm/exact/batch.js';
import { HelpedRunner } from '../../../src/lm/exact/helped-runner-node.js';
import { IntegerRunner } from '../../../src/lm/exact/integer-runner.js';
import { GROUP_INPUTS, GROUPS, LAST_SYMBOLS, SYMBOLS } from '../../../src/lm/exact/layout.js';
import { ROOM } from '../../../src/lm/exact/shared-rows.js';
import { WasmRunner } from '../../../src/lm/exact/wasm-runner.js';
import { Random } from './random-frame.js';
import { randomPackage, readDctPackage } from './random-package.js';

interface Size {
  readonly blocks: number;
  readonly pairs: number;
  readonly coefficientsOfPair: number;
}

const { classes } = await readDctPackage(randomPackage(5));
const reference = new IntegerRunner(classes);
let runner: HelpedRunner | undefined;

afterEach(() => runner?.close());

function batchOf(kind: 0 | 1, size: Size, random: Random): NetBatch {
  const batch = new NetBatch(kind, classes[kind].group_1.rows);
  const fill = (to: Int16Array | Int32Array, from: number, count: number) => {
    for (let i = from; i < from + count; i++) to[i] = random.below(511) - 255;
  };
  for (let n = 0; n < size.blocks; n++) {
    fill(batch.context, batch.addBlock() * batch.contextInputs, batch.contextInputs);
  }
  for (let n = 0; n < size.pairs; n++) {
    const row = batch.addPair(random.below(GROUPS));
    fill(batch.group, row * GROUP_INPUTS, GROUP_INPUTS);
    fill(batch.base, row * batch.baseInputs, batch.baseInputs);
    const count = random.below(size.coefficientsOfPair + 1);
    for (let c = 0; c < count; c++) {
      const inputs = batch.coefficientInputs;
      fill(batch.coefficient, batch.addCoefficient(random.below(64)) * inputs, inputs);
    }
  }
  return batch;
}

/** Forgets the answers of a batch, and returns them. */
function takeAnswers({ blocks, coefficients, baseInputs, last, carry, logits }: NetBatch): number[][] {
  const answers = [
    last.subarray(0, blocks * LAST_SYMBOLS),
    carry.subarray(0, blocks * baseInputs),
    logits.subarray(0, coefficients * SYMBOLS),
  ];
  const taken = answers.map((rows) => [...rows]);
  for (const rows of answers) rows.fill(-1);
  return taken;
}

async function helped(program?: URL): Promise<HelpedRunner> {
  const started = new HelpedRunner(await WasmRunner.open(classes), classes, program);
  runner = started;
  const much = { blocks: 0, pairs: 5000, coefficientsOfPair: 0 };
  await started.run([batchOf(0, much, new Random(1)), batchOf(1, much, new Random(2))]);
  await expect.poll(() => started.isHelped, { timeout: 60_000 }).toBe(true);
  return started;
}

it('gives the answers of one thread, whatever the numbers of rows', async () => {
  const size = fc.record({
    blocks: fc.oneof(fc.nat(5), fc.nat(2 * ROOM.blocks + 40)),
    pairs: fc.oneof(fc.nat(12), fc.nat(80)),
    coefficientsOfPair: fc.nat(8),
  });
  const started = await helped();
  const agree = async (sizes: readonly Size[], seed: number) => {
    const random = new Random(seed);
    const batches = [batchOf(0, sizes[0], random), batchOf(1, sizes[1], random)];
    const counts = batches.map(({ blocks, pairs, coefficients }) => [blocks, pairs, coefficients]);
    await reference.run(batches);
    const expected = batches.map(takeAnswers);
    await started.run(batches);
    expect(batches.map(({ blocks, pairs, coefficients }) => [blocks, pairs, coefficients])).toEqual(counts);
    expect(batches.map(takeAnswers)).toEqual(expected);
  };
  await fc.assert(fc.asyncProperty(fc.tuple(size, size), fc.nat(), agree), { numRuns: 40 });
  // More than there is room for.
  for (const coefficientsOfPair of [1, 8]) {
    const large = { blocks: 2, pairs: 2 * ROOM.pairs + 100, coefficientsOfPair };
    await agree([large, { ...large, pairs: 3 }], coefficientsOfPair);
  }
  expect(started.isHelped).toBe(true);
}, 120_000);

it('goes on alone when the helper is gone', async () => {
  const gone = `import { parentPort } from 'node:worker_threads'; parentPort.postMessage('ready');`;
  const started = await helped(new URL(`data:text/javascript,${encodeURIComponent(gone)}`));
  const random = new Random(3);
  const size = { blocks: 4, pairs: 20, coefficientsOfPair: 4 };
  const batches = [batchOf(0, size, random), batchOf(1, size, random)];
  await reference.run(batches);
  const expected = batches.map(takeAnswers);
  await started.run(batches);
  expect(batches.map(takeAnswers)).toEqual(expected);
  expect(started.isHelped).toBe(false);
});

it('does not start one that fails, nor without need', async () => {
  const own = await WasmRunner.open(classes);
  const broken = new HelpedRunner(own, classes, new URL('data:text/javascript,throw new Error()'));
  runner = broken;
  const random = new Random(4);
  const size = { blocks: 1, pairs: 900, coefficientsOfPair: 1 };
  for (let n = 0; n < 8; n++) {
    const batches = [batchOf(0, size, random), batchOf(1, size, random)];
    await reference.run(batches);
    const expected = batches.map(takeAnswers);
    await broken.run(batches);
    expect(batches.map(takeAnswers)).toEqual(expected);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(broken.isHelped).toBe(false);
});
