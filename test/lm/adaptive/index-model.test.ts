import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitsOfIndex } from '../../../src/entropy/packed-bits.js';
import { decodeIndexChunk, encodeIndexChunk } from '../../../src/lm/adaptive/index-coder.js';
import { packIndices } from '../../../src/lm/adaptive/index-packing.js';
import { AdaptiveIndexModel } from '../../../src/lm/adaptive-index.js';
import type { IndexChunk, IndexRun } from '../../../src/lm/entropy-model.js';

/** How an index follows from a number in 0..1 and its place. */
const KINDS: Record<string, (size: number, random: number, place: number) => number> = {
  zeros: () => 0,
  largest: (size) => size - 1,
  noise: (size, random) => Math.floor(random * size),
  few: (size, random) => Math.floor(random ** 8 * size),
  repeating: (size, _, place) => (place % 7) % size,
};

function indicesOf(kind: string, sizes: readonly number[], first: number, count: number, seed: number) {
  let state = seed >>> 0;
  return Uint32Array.from({ length: count }, (_, i) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return KINDS[kind](sizes[(first + i) % sizes.length], state / 2 ** 32, i);
  });
}

const codebookSize = fc.oneof(
  fc.constantFrom(1, 2, 3, 16, 1000, 1024, 16384, 2 ** 31, 2 ** 32),
  fc.integer({ min: 1, max: 2 ** 32 }),
);
const kind = fc.constantFrom(...Object.keys(KINDS));

const grids: fc.Arbitrary<IndexRun> = fc
  .record({
    width: fc.integer({ min: 1, max: 12 }),
    height: fc.integer({ min: 1, max: 12 }),
    size: codebookSize,
    first: fc.nat(200),
    count: fc.integer({ min: 1, max: 300 }),
    kind,
    seed: fc.integer(),
  })
  .map(({ width, height, size, first, count, kind: name, seed }) => {
    return {
      width,
      height,
      codebookSizes: [size],
      first,
      indices: indicesOf(name, [size], first, count, seed),
    };
  });

const frames: fc.Arbitrary<IndexRun> = fc
  .record({
    codebookSizes: fc.array(codebookSize, { minLength: 1, maxLength: 10 }),
    height: fc.integer({ min: 1, max: 20 }),
    first: fc.nat(20),
    count: fc.integer({ min: 1, max: 40 }),
    kind,
    seed: fc.integer(),
  })
  .map(({ codebookSizes, height, first, count, kind: name, seed }) => {
    const width = codebookSizes.length;
    const indices = indicesOf(name, codebookSizes, 0, width * count, seed);
    return { width, height, codebookSizes, first: first * width, indices };
  });

const chunks: fc.Arbitrary<IndexChunk> = fc.oneof(
  fc.array(grids, { minLength: 1, maxLength: 3 }).map((runs) => ({ layered: false, runs })),
  fc.array(frames, { minLength: 1, maxLength: 3 }).map((runs) => ({ layered: true, runs })),
);

function emptied({ layered, runs }: IndexChunk): IndexChunk {
  return { layered, runs: runs.map((run) => ({ ...run, indices: new Uint32Array(run.indices.length) })) };
}

const indicesIn = ({ runs }: IndexChunk) => runs.map(({ indices }) => [...indices]);

describe('adaptive-index-1', () => {
  it('gives every index back, in no more bytes than packed bits', () => {
    fc.assert(
      fc.property(chunks, (chunk) => {
        const payload = encodeIndexChunk(chunk);
        expect(payload.length).toBeLessThanOrEqual(packIndices(chunk).length);
        const decoded = emptied(chunk);
        decodeIndexChunk(payload, decoded);
        expect(indicesIn(decoded)).toEqual(indicesIn(chunk));
      }),
      { numRuns: 300 },
    );
  });

  it('learns what repeats', () => {
    const indices = indicesOf('repeating', [1024], 0, 4096, 1);
    const chunk = {
      layered: false,
      runs: [{ width: 64, height: 64, codebookSizes: [1024], first: 0, indices }],
    };
    expect(encodeIndexChunk(chunk).length).toBeLessThan(packIndices(chunk).length / 20);
  });

  it('gives indices below the codebook size, or an error, for any payload', () => {
    fc.assert(
      fc.property(chunks, fc.uint8Array({ maxLength: 200 }), (chunk, payload) => {
        const decoded = emptied(chunk);
        try {
          decodeIndexChunk(payload, decoded);
        } catch (error) {
          expect(error).toMatchObject({ code: 'chunk-corrupt' });
          return;
        }
        for (const { indices, codebookSizes, first } of decoded.runs) {
          indices.forEach((index, i) => {
            expect(index).toBeLessThan(codebookSizes[(first + i) % codebookSizes.length]);
          });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('as a model codes chunks in order, and reports a damaged one', async () => {
    const model = new AdaptiveIndexModel();
    const [chunk, other] = fc.sample(chunks, { numRuns: 2, seed: 3 });
    let tokens = 0;
    const payloads = await model.encode([chunk, other], { onProgress: (more) => (tokens += more) });
    expect(tokens).toBe([...chunk.runs, ...other.runs].reduce((sum, { indices }) => sum + indices.length, 0));
    const jobs = [
      { payload: new Uint8Array(1e5), chunk: emptied(chunk) },
      { payload: payloads[1], chunk: emptied(other) },
    ];
    const errors = await model.decode(jobs);
    expect(errors.map((error) => error?.code)).toEqual(['chunk-corrupt', undefined]);
    expect(indicesIn(jobs[1].chunk)).toEqual(indicesIn(other));
  });
});

describe('packed bits', () => {
  it('take the bits that the largest index needs', () => {
    expect([1, 2, 3, 4, 5, 1024, 1025, 2 ** 32].map(bitsOfIndex)).toEqual([0, 1, 2, 2, 3, 10, 11, 32]);
    const runs = [
      { width: 2, height: 2, codebookSizes: [8, 32], first: 0, indices: Uint32Array.of(5, 17, 2, 31) },
    ];
    // 101 and 10001, then 010 and 11111, each from the least significant bit on.
    expect([...packIndices({ layered: true, runs })]).toEqual([0b10001_101, 0b11111_010]);
  });
});
