import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ParsedItem } from '../../src/codecs/codec.js';
import { allocateDctLatents } from '../../src/codecs/dct-latents.js';
import { rawItem } from '../../src/codecs/registry.js';
import { type DctParameters, tokenCount } from '../../src/container/parameters.js';
import { planChunks } from '../../src/pipeline/chunk-plan.js';

const parameters = (width: number, height: number): DctParameters => ({
  process: 0,
  precision: 8,
  width,
  height,
  components: [
    { h: 2, v: 2, table: 0 },
    { h: 1, v: 1, table: 0 },
    { h: 1, v: 1, table: 0 },
  ],
  tables: [{ kind: 'ijg-luma', quality: 50 }],
});

function jpegItem(width: number, height: number, thumbnails = 0): ParsedItem {
  const dct = parameters(width, height);
  const nested = Array.from({ length: thumbnails }, () => parameters(32, 24));
  const latents = {
    kind: 'dct' as const,
    coefficients: allocateDctLatents(dct).coefficients,
    nested: nested.map((frame) => allocateDctLatents(frame).coefficients),
  };
  return { parameters: { codec: 'jpeg', dct, nested }, latents, sections: [] };
}

const items = fc.array(
  fc.oneof(
    fc.nat(3000).map((length) => ({ item: rawItem(new Uint8Array(length)), length })),
    fc
      .tuple(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 300 }), fc.nat(2))
      .map(([width, height, thumbnails]) => ({ item: jpegItem(width, height, thumbnails), length: 0 })),
  ),
  { minLength: 1, maxLength: 8 },
);

describe('planChunks', () => {
  it('covers every token of every item once, in order, and keeps codecs apart', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 40000 }), (list, target) => {
        const parsed = list.map(({ item }) => item);
        const models = parsed.map(({ latents }) => (latents.kind === 'bytes' ? undefined : 0));
        const targets = parsed.map(() => target);
        const chunks = planChunks(parsed, models, targets);
        const expected = list.map(({ item, length }) => tokenCount(item.parameters, length));
        expect(chunks.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(expected.reduce((a, b) => a + b, 0));
        const next = new Array(list.length).fill(0);
        let lastItem = 0;
        for (const { parts, tokens } of chunks) {
          expect(tokens).toBeGreaterThan(0);
          const codecs = new Set(parts.map(({ item }) => parsed[item].parameters.codec));
          expect(codecs.size).toBe(1);
          if (parts.length > 1) expect(tokens).toBeLessThanOrEqual(target);
          for (const { item, firstToken, tokens: count } of parts) {
            expect(item).toBeGreaterThanOrEqual(lastItem);
            expect(firstToken).toBe(next[item]);
            next[item] += count;
            lastItem = item;
          }
        }
      }),
    );
  });

  it('keeps thumbnails whole, with the last rows of their photo', () => {
    const photo = jpegItem(64, 160, 2);
    const chunks = planChunks([photo], [0], [3072]);
    const { coefficients = [] } = allocateDctLatents(parameters(32, 24));
    const thumbnail = coefficients.reduce((sum, plane) => sum + plane.length, 0);
    expect(chunks.map(({ tokens }) => tokens)).toEqual([3072, 3072, 3072, 3072, 3072 + 2 * thumbnail]);
  });

  it('lets small images share a chunk', () => {
    const pair = [jpegItem(16, 16), jpegItem(32, 16)];
    expect(planChunks(pair, [0, 0], [], false)).toHaveLength(2);
    const chunks = planChunks(pair, [0, 0]);
    expect(chunks).toHaveLength(1);
    expect(chunks[0].parts).toHaveLength(2);
  });
});
