import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LlmcError } from '../../../src/container/errors.js';
import type { ArrangementName } from '../../../src/container/registry.js';
import { SetCoder } from '../../../src/entropy/set-coder.js';
import type { DctChunk, IndexChunk } from '../../../src/lm/entropy-model.js';
import { findMisfit, sequencesOf } from '../../../src/lm/float/sequences.js';

const FLAT = new Int16Array(2048);

/** Runs all sequences through a coder with equal logits; answers their symbols. */
function codeAll(
  chunk: IndexChunk | DctChunk,
  arrangement: ArrangementName,
  context: number,
  coder: SetCoder,
) {
  return sequencesOf(chunk, arrangement, context).map((sequence) =>
    Array.from({ length: sequence.length }, (_, i) => sequence.code(i, FLAT, coder)),
  );
}

function grid(width: number, height: number, count: number, skip: number): IndexChunk {
  const indices = Uint32Array.from({ length: width * height * count - skip }, (_, i) => i + skip);
  return {
    layered: false,
    runs: [{ width, height, codebookSizes: [width * height * count], first: skip, indices }],
  };
}

describe('sequencesOf', () => {
  it('takes every index of grids once, in order, none of two grids together', () => {
    const small = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(
        small,
        small,
        small,
        fc.nat(100),
        fc.integer({ min: 1, max: 40 }),
        (w, h, n, skip, context) => {
          const chunk = grid(w, h, n, skip % (w * h));
          const sequences = codeAll(chunk, 'vq-raster', context, new SetCoder());
          expect(sequences.flat()).toEqual([...chunk.runs[0].indices]);
          for (const symbols of sequences) {
            expect(symbols.length).toBeGreaterThan(0);
            expect(symbols.length).toBeLessThanOrEqual(context);
            expect(new Set(symbols.map((symbol) => Math.floor(symbol / (w * h)))).size).toBe(1);
          }
        },
      ),
    );
  });

  it.each(['rvq-frames', 'rvq-layers'] as const)('decodes what it encoded: %s', (arrangement) => {
    const small = fc.integer({ min: 1, max: 9 });
    const parameters = fc.record({ depth: small, frames: small, count: small, from: fc.nat(8) });
    fc.assert(
      fc.property(fc.array(parameters, { minLength: 1, maxLength: 3 }), fc.nat(30), (groups, context) => {
        const depth = groups[0].depth;
        const sizes = Array.from({ length: depth }, (_, layer) => 5 + layer);
        const empty = (): IndexChunk => ({
          layered: true,
          runs: groups.map(({ frames, count, from }) => {
            const first = (from % frames) * depth;
            const indices = new Uint32Array(depth * frames * count - first);
            return { width: depth, height: frames, codebookSizes: sizes, first, indices };
          }),
        });
        const chunk = empty();
        for (const { indices } of chunk.runs)
          indices.forEach((_, i) => {
            indices[i] = (i * 7 + 3) % sizes[i % depth];
          });
        const encoder = new SetCoder();
        codeAll(chunk, arrangement, depth + context, encoder);
        const decoded = empty();
        codeAll(decoded, arrangement, depth + context, new SetCoder(encoder.finish()));
        expect(decoded.runs.map(({ indices }) => [...indices])).toEqual(
          chunk.runs.map(({ indices }) => [...indices]),
        );
      }),
    );
  });

  it('takes a layer at a time, or a frame', () => {
    const indices = Uint32Array.of(0, 10, 1, 11, 2, 12);
    const run = { width: 2, height: 3, codebookSizes: [32, 64], first: 0, indices };
    const chunk: IndexChunk = { layered: true, runs: [run] };
    const code = (arrangement: ArrangementName, context: number) =>
      codeAll(chunk, arrangement, context, new SetCoder());
    expect(code('rvq-layers', 8)).toEqual([
      [0, 1, 2],
      [10, 11, 12],
    ]);
    expect(code('rvq-layers', 2)).toEqual([[0], [1, 2], [10], [11, 12]]);
    expect(code('rvq-frames', 8)).toEqual([[0, 10, 1, 11, 2, 12]]);
    expect(code('rvq-frames', 5)).toEqual([
      [0, 10],
      [1, 11, 2, 12],
    ]);
    const [frames] = sequencesOf(chunk, 'rvq-frames', 8);
    expect([0, 1, 2].map((i) => frames.layerOf(i))).toEqual([0, 1, 0]);
    expect([0, 1].map((layer) => frames.symbolsOf(layer))).toEqual([32, 64]);
    const [, second] = sequencesOf(chunk, 'rvq-layers', 8);
    expect([0, 1].map((i) => second.layerOf(i))).toEqual([1, 1]);
  });

  it('brings back coefficients of any size, in raster and in zigzag order', () => {
    const values = fc.oneof(
      fc.integer({ min: -127, max: 127 }),
      fc.integer({ min: -32768, max: 32767 }),
      fc.constantFrom(-128, 128, -127, 127),
    );
    fc.assert(
      fc.property(
        fc.array(fc.array(values, { minLength: 64, maxLength: 64 }), { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 64, max: 200 }),
        fc.constantFrom<ArrangementName>('dct-raster', 'dct-zigzag'),
        (blocks, context, arrangement) => {
          const plane = (coefficients: Int16Array) =>
            ({ blocksWide: blocks.length, blocksHigh: 1, h: 1, v: 1, coefficients }) as never;
          const band = (coefficients: Int16Array): DctChunk => ({
            bands: [{ mcusWide: blocks.length, mcusHigh: 1, planes: [plane(coefficients)] }],
          });
          const original = Int16Array.from(blocks.flat());
          const encoder = new SetCoder();
          codeAll(band(original.slice()), arrangement, context, encoder);
          const decoded = new Int16Array(original.length);
          codeAll(band(decoded), arrangement, context, new SetCoder(encoder.finish()));
          expect(decoded).toEqual(original);
        },
      ),
    );
  });

  it('refuses an escape before a coefficient that needs none', () => {
    const encoder = new SetCoder();
    encoder.code(FLAT, 256, 255);
    encoder.codeRaw(32768 + 127, 16);
    const coefficients = new Int16Array(64);
    const chunk = { bands: [{ planes: [{ coefficients }] }] } as unknown as DctChunk;
    expect(() => codeAll(chunk, 'dct-raster', 64, new SetCoder(encoder.finish()))).toThrow(/escape/);
  });

  it('refuses a context in which not even a block or frame fits', () => {
    const chunk: IndexChunk = { ...grid(4, 2, 1, 0), layered: true };
    expect(() => sequencesOf(chunk, 'rvq-frames', 3)).toThrow(LlmcError);
    expect(() => sequencesOf(chunk, 'rvq-frames', 4)).not.toThrow();
  });
});

describe('findMisfit', () => {
  it('names the layer whose symbols have no tokens', () => {
    const indices = new Uint32Array(6);
    const run = { width: 2, height: 3, codebookSizes: [32, 64], first: 0, indices };
    const sequences = sequencesOf({ layered: true, runs: [run] }, 'rvq-frames', 8);
    expect(findMisfit(sequences, [1, 33], 97)).toBeUndefined();
    expect(findMisfit(sequences, [1, 33], 96)).toEqual({ layer: 1, symbols: 64 });
    expect(findMisfit(sequences, [1], 65)).toBeUndefined();
    expect(findMisfit(sequences, [40], 65)).toEqual({ layer: 0, symbols: 32 });
  });
});
