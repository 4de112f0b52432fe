import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { exactDctExample, scheduleOf, symbolsOf } from '../../../fixtures/exact-dct-example.js';
import type { DctBand } from '../../../src/lm/entropy-model.js';
import { NetBatch } from '../../../src/lm/exact/batch.js';
import { ChunkCoder } from '../../../src/lm/exact/chunk-coder.js';
import { SymbolCoder } from '../../../src/lm/exact/symbol-coder.js';
import { randomBand } from './random-frame.js';

/** Notes what an encoder codes, and codes nothing. */
class Recorder extends SymbolCoder {
  readonly values: number[] = [];

  override codeLast(...[, , last]: Parameters<SymbolCoder['codeLast']>): number {
    this.values.push(last);
    return last;
  }

  override codeValue(...[, , value]: Parameters<SymbolCoder['codeValue']>): number {
    this.values.push(value);
    return value;
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
    steps.push(recorder.values.splice(0));
    for (const batch of batches) batch.clear();
  }
  return steps;
}

it('spec/exact-dct-example.md is what `tsx fixtures/exact-dct-example.ts` writes', () => {
  const page = readFileSync(new URL('../../../spec/exact-dct-example.md', import.meta.url), 'utf8');
  expect(page).toBe(exactDctExample());
});

const SAMPLINGS: [string, number[][]][] = [
  ['gray', [[1, 1]]],
  [
    'two components',
    [
      [1, 1],
      [1, 1],
    ],
  ],
  [
    '4:4:4',
    [
      [1, 1],
      [1, 1],
      [1, 1],
    ],
  ],
  [
    '4:2:0',
    [
      [2, 2],
      [1, 1],
      [1, 1],
    ],
  ],
  [
    'chroma of unlike sampling',
    [
      [3, 2],
      [2, 1],
      [1, 2],
    ],
  ],
  [
    'CMYK',
    [
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
    ],
  ],
];

it.each(SAMPLINGS)('the schedule of the specification is that of the engine: %s', (_, samplings) => {
  const shape = { samplings, stepSize: 30, density: 8, size: 40 };
  const bands = [
    randomBand({ ...shape, seed: 11, mcus: [3, 2] }),
    randomBand({ ...shape, seed: 12, mcus: [1, 3] }),
    randomBand({ ...shape, seed: 13, mcus: [5, 1] }),
  ];
  const bandOf = new Map(bands.flatMap((band) => band.planes.map((plane) => [plane, band])));
  const expected = scheduleOf({ bands }).map((items) =>
    items.flatMap((item) => symbolsOf(bandOf.get(item.plane) as DctBand, item)),
  );
  expect(stepsOf(bands)).toEqual(expected);
});
