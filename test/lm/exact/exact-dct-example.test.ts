import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exactDctExample, scheduleOf, symbolsOf } from '../../../fixtures/exact-dct-example.js';
import type { DctBand } from '../../../src/lm/entropy-model.js';
import { NetBatch } from '../../../src/lm/exact/batch.js';
import { ChunkCoder, type Symbols } from '../../../src/lm/exact/chunk-coder.js';
import { randomBand } from './random-frame.js';

/** Notes what an encoder codes, and codes nothing. */
class Recorder implements Symbols {
  readonly values = new Int32Array(8);
  readonly symbols: number[] = [];

  load(): void {}

  codeLast(...[, , , last]: Parameters<Symbols['codeLast']>): number {
    this.symbols.push(last);
    return last;
  }

  codeValues(...[, , count, , surprise]: Parameters<Symbols['codeValues']>): number {
    this.symbols.push(...this.values.subarray(0, count));
    return surprise;
  }
}

/** The symbols of each step, as the engine has them. */
function stepsOf(bands: readonly DctBand[]): number[][] {
  const recorder = new Recorder();
  const table = { rows: 1, values: new Int32Array(64) };
  const coder = new ChunkCoder({ bands }, recorder, [table, table], true);
  const batches = [new NetBatch(0, 1), new NetBatch(1, 1)];
  const steps: number[][] = [];
  while (coder.collect(batches)) {
    coder.code(batches);
    steps.push(recorder.symbols.splice(0));
    for (const batch of batches) batch.clear();
  }
  return steps;
}

it('spec/exact-dct-example.md is what `tsx fixtures/exact-dct-example.ts` writes', async () => {
  const page = readFileSync(new URL('../../../spec/exact-dct-example.md', import.meta.url), 'utf8');
  expect(page).toBe(await exactDctExample());
});

/** The schedule of the specification and the engine's, each as the symbols of its steps. */
function bothSchedules(bands: readonly DctBand[]): { specified: number[][]; found: number[][] } {
  const bandOf = new Map(bands.flatMap((band) => band.planes.map((plane) => [plane, band])));
  const specified = scheduleOf({ bands }).map((items) =>
    items.flatMap((item) => symbolsOf(bandOf.get(item.plane) as DctBand, item)),
  );
  return { specified, found: stepsOf(bands) };
}

it.each([
  ['gray', '1x1'],
  ['two components', '1x1 1x1'],
  ['4:4:4', '1x1 1x1 1x1'],
  ['4:2:0', '2x2 1x1 1x1'],
  ['chroma of unlike sampling', '3x2 2x1 1x2'],
  ['CMYK', '1x1 1x1 1x1 1x1'],
])('the schedule of the specification is that of the engine: %s', (_, factors) => {
  const samplings = factors.split(' ').map((pair) => pair.split('x').map(Number));
  const shape = { samplings, stepSize: 30, density: 8, size: 40 };
  const { specified, found } = bothSchedules([
    randomBand({ ...shape, seed: 11, mcus: [3, 2] }),
    randomBand({ ...shape, seed: 12, mcus: [1, 3] }),
    randomBand({ ...shape, seed: 13, mcus: [5, 1] }),
  ]);
  expect(found).toEqual(specified);
});

it('the schedule of the specification is that of the engine: more bands than are coded at once', () => {
  const bands = Array.from({ length: 150 }, (_, seed) =>
    randomBand({
      seed,
      samplings: [[1, 1]],
      mcus: [1 + (seed % 3), 1],
      stepSize: 9,
      density: seed % 7,
      size: 5,
    }),
  );
  const { specified, found } = bothSchedules(bands);
  expect(found).toEqual(specified);
});
