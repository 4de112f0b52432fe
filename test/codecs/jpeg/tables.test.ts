import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildHuffmanTable } from '../../../src/codecs/jpeg/huffman-table.js';
import { optimalTable } from '../../../src/codecs/jpeg/optimal-table.js';
import { classifyQuantization, stepsOf } from '../../../src/codecs/jpeg/quantization.js';

describe('the steps of an IJG table', () => {
  it('are the tables of Annex K at quality 50, and ones at 100', () => {
    expect([...stepsOf({ kind: 'ijg-luma', quality: 50 })].slice(0, 8)).toEqual([
      16, 11, 12, 14, 12, 10, 16, 14,
    ]);
    expect([...stepsOf({ kind: 'ijg-chroma', quality: 50 })].slice(0, 8)).toEqual([
      17, 18, 18, 24, 21, 24, 47, 26,
    ]);
    expect(new Set(stepsOf({ kind: 'ijg-luma', quality: 100 }))).toEqual(new Set([1]));
    expect(stepsOf({ kind: 'ijg-luma', quality: 1 })[0]).toBe(255);
  });

  it('are recognised at every quality', () => {
    for (let quality = 1; quality <= 99; quality++) {
      for (const kind of ['ijg-luma', 'ijg-chroma'] as const) {
        const named = classifyQuantization(stepsOf({ kind, quality }));
        expect(named.kind).not.toBe('explicit');
        if (named.kind !== 'explicit') expect(stepsOf(named)).toEqual(stepsOf({ kind, quality }));
      }
    }
    const steps = stepsOf({ kind: 'ijg-luma', quality: 75 });
    steps[63]++;
    expect(classifyQuantization(steps)).toEqual({ kind: 'explicit', steps });
  });
});

describe('optimalTable', () => {
  it('reserves the code of all ones', () => {
    const one = new Uint32Array(256);
    one[7] = 5;
    expect(optimalTable(one)?.codes[7]).toBe(1);
    expect([...(optimalTable(one)?.counts ?? [])]).toEqual([1, ...Array(15).fill(0)]);
  });

  it('gives shorter codes to what is more frequent, at most 16 bits, none of all ones', () => {
    const frequencies = fc.array(fc.nat({ max: 1 << 20 }), { minLength: 1, maxLength: 256 });
    fc.assert(
      fc.property(frequencies, fc.boolean(), (list, skewed) => {
        const counts = new Uint32Array(256);
        list.forEach((count, i) => {
          counts[i] = skewed ? Math.floor(1.6 ** (i % 40)) : count;
        });
        const table = optimalTable(counts);
        if (list.every((_, i) => counts[i] === 0)) {
          expect(table).toBeUndefined();
          return;
        }
        const lengths = [...(table?.codes ?? [])].map((entry) => entry & 31);
        let kraft = 0;
        for (let symbol = 0; symbol < 256; symbol++) {
          expect(lengths[symbol] > 0).toBe(counts[symbol] > 0);
          expect(lengths[symbol]).toBeLessThanOrEqual(16);
          if (lengths[symbol] > 0) kraft += 2 ** -lengths[symbol];
          expect((table?.codes[symbol] ?? 0) >> 5).not.toBe((1 << lengths[symbol]) - 1 || -1);
        }
        expect(kraft).toBeLessThan(1);
      }),
      { examples: [[[0], false]] },
    );
  });

  it('gives nothing for no symbols', () => {
    expect(optimalTable(new Uint32Array(256))).toBeUndefined();
  });
});

describe('buildHuffmanTable', () => {
  it('refuses more codes than fit', () => {
    const counts = new Uint8Array(16);
    counts[0] = 3;
    expect(buildHuffmanTable(counts, Uint8Array.of(1, 2, 3))).toBeUndefined();
    counts[0] = 2;
    expect(buildHuffmanTable(counts, Uint8Array.of(1, 2))?.codes[2]).toBe((1 << 5) | 1);
  });
});
