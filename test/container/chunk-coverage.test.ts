import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunkCoverage, itemChunks } from '../../src/container/chunk-coverage.js';
import { dctGeometry } from '../../src/container/parameters.js';
import { parseHeader } from '../../src/container/parse-header.js';
import { writeContainer } from '../../src/container/writer.js';
import { containerContent, SMALL_CONTENT } from './contents.js';

test('the chunks hold every token of every item once, in order', () => {
  fc.assert(
    fc.property(containerContent, (content) => {
      const header = parseHeader(writeContainer(content));
      const next = header.items.map(() => 0);
      header.chunks.forEach((chunk, i) => {
        const spans = chunkCoverage(header, i);
        expect(spans.reduce((sum, span) => sum + span.tokens, 0)).toBe(chunk.tokens);
        for (const { item, firstToken, tokens } of spans) {
          expect(firstToken).toBe(next[item]);
          next[item] += tokens;
          const { first, count } = itemChunks(header, item);
          expect(i).toBeGreaterThanOrEqual(first);
          expect(i).toBeLessThan(first + count);
        }
      });
      expect(next).toEqual(header.items.map((item) => item.tokens));
      const holding = header.items.map((_, i) => itemChunks(header, i).count);
      const held = header.chunks.reduce((sum, _, i) => sum + chunkCoverage(header, i).length, 0);
      expect(holding.reduce((sum, count) => sum + count, 0)).toBe(held);
    }),
  );
});

test('the rows of a frame are covered once, to its last row of pixels', () => {
  fc.assert(
    fc.property(containerContent, (content) => {
      const header = parseHeader(writeContainer(content));
      header.items.forEach(({ parameters }, item) => {
        if (parameters.codec !== 'jpeg' && parameters.codec !== 'dct') return;
        const { first, count } = itemChunks(header, item);
        const spans = Array.from({ length: count }, (_, i) => chunkCoverage(header, first + i)).flat();
        let mcuRow = 0;
        let pixelRow = 0;
        for (const span of spans.filter((s) => s.item === item)) {
          expect(span.mcuRows?.first).toBe(mcuRow);
          expect(span.pixelRows?.first).toBe(pixelRow);
          mcuRow += span.mcuRows?.count ?? 0;
          pixelRow += span.pixelRows?.count ?? 0;
        }
        expect(mcuRow).toBe(dctGeometry(parameters.dct).mcusHigh);
        expect(pixelRow).toBe(parameters.dct.height);
      });
    }),
  );
});

describe('a small file', () => {
  const header = parseHeader(writeContainer(SMALL_CONTENT));

  test('tells items and rows', () => {
    expect(header.chunks.map((_, i) => chunkCoverage(header, i))).toEqual([
      [
        {
          item: 0,
          firstToken: 0,
          tokens: 1152,
          mcuRows: { first: 0, count: 1 },
          pixelRows: { first: 0, count: 16 },
        },
      ],
      [
        {
          item: 0,
          firstToken: 1152,
          tokens: 1152,
          mcuRows: { first: 1, count: 1 },
          pixelRows: { first: 16, count: 14 },
        },
      ],
      [{ item: 1, firstToken: 0, tokens: 5 }],
    ]);
  });

  test('tells the chunks of an item', () => {
    expect(itemChunks(header, 0)).toEqual({ first: 0, count: 2 });
    expect(itemChunks(header, 1)).toEqual({ first: 2, count: 1 });
  });
});
