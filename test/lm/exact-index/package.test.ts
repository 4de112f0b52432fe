/** Packages of codebook indices that break a rule of spec/exact-index.md are refused. */

import { describe, expect, it } from 'vitest';
import type { TestTensor } from '../exact/random-package.js';
import { indexPackageOf, randomIndexTensors, readIndexPackage } from './random-index-package.js';

const RVQ = { codec: 'rvq', codebooks: [16, 3] } as const;

function withTensor(name: string, change: (tensor: TestTensor) => TestTensor): Map<string, TestTensor> {
  const tensors = randomIndexTensors(1, RVQ);
  tensors.set(`index.${name}`, change(tensors.get(`index.${name}`) as TestTensor));
  return tensors;
}

/** The first of a tensor's integers replaced. */
const first = (name: string, value: number) =>
  withTensor(name, (tensor) => ({ ...tensor, values: [value, ...tensor.values.slice(1)] }));

describe('a package of indices', () => {
  it('is read where it keeps the rules, to their very ends', async () => {
    for (const tensors of [
      randomIndexTensors(1, RVQ),
      first('cell', 65535),
      first('own', -65535),
      randomIndexTensors(1, { codec: 'rvq', codebooks: new Array(256).fill(1), neighbours: 64 }),
      randomIndexTensors(1, { codec: 'rvq', codebooks: [16384], width: 1 }),
    ]) {
      await expect(readIndexPackage(indexPackageOf(tensors, 'rvq'))).resolves.toMatchObject({
        profile: 'exact',
      });
    }
    const grid = randomIndexTensors(1, { codec: 'vq', codebooks: [7], neighbours: 12 });
    await expect(readIndexPackage(indexPackageOf(grid, 'vq'))).resolves.toMatchObject({ profile: 'exact' });
  });

  it.each<[string, Map<string, TestTensor>, 'vq' | 'rvq']>([
    ['a codebook without entries', randomIndexTensors(1, { ...RVQ, codebooks: [16, 0] }), 'rvq'],
    ['a codebook of 16,385', randomIndexTensors(1, { ...RVQ, codebooks: [16385], width: 1 }), 'rvq'],
    ['257 layers', randomIndexTensors(1, { ...RVQ, codebooks: new Array(257).fill(1) }), 'rvq'],
    ['two layers of a grid', randomIndexTensors(1, { codec: 'vq', codebooks: [4, 4] }), 'vq'],
    ['65 frames before', randomIndexTensors(1, { ...RVQ, neighbours: 65 }), 'rvq'],
    ['13 neighbours in a grid', randomIndexTensors(1, { codec: 'vq', codebooks: [4], neighbours: 13 }), 'vq'],
    ['an entry of cell that is too large', first('cell', 65536), 'rvq'],
    ['an entry of own that is too large', first('own', -65536), 'rvq'],
    ['sums of context_1 with context_depth beyond 2^24', first('context_depth', 2 ** 24), 'rvq'],
    ['sums of token_1 with token_layer beyond 2^24', first('token_layer', -(2 ** 24)), 'rvq'],
    ['sums of token_3 beyond 2^24', first('token_3.bias', 2 ** 24), 'rvq'],
    [
      'rows of token_3 that no entry has',
      withTensor('codebooks', (tensor) => ({ ...tensor, values: [16, 2] })),
      'rvq',
    ],
    [
      'a tensor that no net uses',
      randomIndexTensors(1, RVQ).set('index.more', { type: 'I32', shape: [1], values: [1] }),
      'rvq',
    ],
  ])('is refused for %s', async (_, tensors, codec) => {
    await expect(readIndexPackage(indexPackageOf(tensors, codec))).rejects.toMatchObject({
      code: 'model-invalid',
    });
  });
});
