/** Files as a whole: what is written is what is read. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Container, openContainer } from '../../src/container/reader.js';
import { type ContainerContent, containerParts, writeContainer } from '../../src/container/writer.js';
import { containerContent, SMALL_CONTENT } from './contents.js';

/** The content that a file was written from, read back. */
async function contentOf(container: Container): Promise<ContainerContent> {
  const { models, items, sections, chunks } = container.header;
  return {
    models,
    items: items.map(({ tokens: _, firstToken: __, ...item }) => item),
    sections: await Promise.all(
      sections.map(async ({ type, item }, i) => {
        const body = await container.readSection(i);
        return item === undefined ? { type, body } : { type, item, body };
      }),
    ),
    chunks: await Promise.all(
      chunks.map(async ({ tokens, tokensCrc }, i) => ({
        tokens,
        payload: await container.readChunk(i),
        tokensCrc,
      })),
    ),
  };
}

test('any content comes back as it was written', async () => {
  await fc.assert(
    fc.asyncProperty(containerContent, async (content) => {
      const container = await openContainer(writeContainer(content));
      expect(await contentOf(container)).toEqual(content);
      expect(container.faults).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

test('the parts of a file, one after another, are the file', () => {
  fc.assert(
    fc.property(containerContent, (content) => {
      const parts = containerParts(content);
      expect(parts.flatMap((part) => [...part])).toEqual([...writeContainer(content)]);
      expect(parts.slice(1)).toEqual([
        ...(content.sections ?? []).map((section) => section.body),
        ...content.chunks.map((chunk) => chunk.payload),
      ]);
    }),
    { numRuns: 30 },
  );
});

test('offsets follow from the lengths, and the file ends with the last chunk', async () => {
  await fc.assert(
    fc.asyncProperty(containerContent, async (content) => {
      const file = writeContainer(content);
      const { header } = await openContainer(file);
      let offset = header.headerLength;
      let token = 0;
      for (const section of header.sections) {
        expect(section.offset).toBe(offset);
        offset += section.length;
      }
      for (const chunk of header.chunks) {
        expect(chunk).toMatchObject({ offset, firstToken: token });
        offset += chunk.length;
        token += chunk.tokens;
      }
      expect(header.fileLength).toBe(offset);
      expect(file.length).toBe(offset);
      expect(header.items.reduce((sum, item) => sum + item.tokens, 0)).toBe(token);
    }),
  );
});

test('sections are found by type and item', async () => {
  const container = await openContainer(writeContainer(SMALL_CONTENT));
  expect(container.findSection('JPEG', 0)).toBe(0);
  expect(container.findSection('mETA', 1)).toBe(1);
  expect(container.findSection('mETA')).toBeUndefined();
  expect(container.findSection('JPEG', 1)).toBeUndefined();
});

describe('overhead of a file of one chunk, digests off', () => {
  const dct = (codec: 'jpeg' | 'dct', exact: boolean, width: number, height: number): ContainerContent => ({
    models: [
      exact
        ? { profile: 'exact', arrangement: 'dct-blocks', fingerprint: new Uint8Array(8).fill(0xaa), name: '' }
        : { profile: 'adaptive', arrangement: 'dct-blocks', model: 'adaptive-dct-1' },
    ],
    items: [
      {
        parameters: {
          codec,
          dct: {
            process: 0,
            precision: 8,
            width,
            height,
            components: [
              { h: 2, v: 2, table: 0 },
              { h: 1, v: 1, table: 1 },
              { h: 1, v: 1, table: 1 },
            ],
            tables: [
              { kind: 'ijg-luma', quality: 75 },
              { kind: 'ijg-chroma', quality: 75 },
            ],
          },
        },
        model: 0,
        originalLength: (width * height) >> 2,
      },
    ],
    sections: codec === 'jpeg' ? [{ type: 'JPEG', item: 0, body: new Uint8Array(300) }] : [],
    chunks: [
      {
        tokens: Math.ceil(width / 16) * Math.ceil(height / 16) * 6 * 64,
        payload: new Uint8Array((width * height) >> 3),
        tokensCrc: 0,
      },
    ],
  });

  test.each([
    ['jpeg', false, 768, 512, 62],
    ['jpeg', false, 4000, 3000, 63],
    ['dct', false, 768, 512, 51],
    ['dct', true, 768, 512, 60],
    ['dct', true, 4000, 3000, 61],
  ] as const)(
    '%s, exact model %s, %d x %d: %d bytes, at most 64',
    (codec, exact, width, height, overhead) => {
      const content = dct(codec, exact, width, height);
      const bodies = [
        ...(content.sections ?? []).map((s) => s.body),
        ...content.chunks.map((c) => c.payload),
      ];
      const found = writeContainer(content).length - bodies.reduce((sum, body) => sum + body.length, 0);
      expect(found).toBe(overhead);
      expect(found).toBeLessThanOrEqual(64);
    },
  );
});
