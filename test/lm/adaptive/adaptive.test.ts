/** The adaptive model: any chunk comes back, and no payload makes it crash or hang. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ADAPTIVE, compileModule } from '../../../scripts/assembly.js';
import { LlmcError } from '../../../src/container/errors.js';
import { ASSEMBLY_BASE64 } from '../../../src/lm/adaptive/assembly-base64.js';
import { decodeDctChunk, encodeDctChunk } from '../../../src/lm/adaptive.js';
import { chunks, coefficientsOf, emptied, photoChunk } from './chunks.js';

describe('the adaptive model', () => {
  it('gives any chunk back', async () => {
    await fc.assert(
      fc.asyncProperty(chunks(), async (chunk) => {
        const before = coefficientsOf(chunk);
        const back = emptied(chunk);
        await decodeDctChunk(await encodeDctChunk(chunk), back);
        expect(coefficientsOf(chunk)).toEqual(before);
        expect(coefficientsOf(back)).toEqual(before);
      }),
      { numRuns: 150 },
    );
  });

  it('forgets one chunk before the next', async () => {
    const chunk = photoChunk(3, 3);
    const payload = await encodeDctChunk(chunk);
    await encodeDctChunk(photoChunk(5, 5, 2));
    expect(await encodeDctChunk(chunk)).toEqual(payload);
  });

  it('learns: a second band like the first takes far less than twice the bytes', async () => {
    const { bands } = photoChunk(8, 8);
    const once = await encodeDctChunk({ bands });
    const twice = await encodeDctChunk({ bands: [...bands, ...bands] });
    expect(twice.length).toBeLessThan(once.length * 1.95);
  });

  it('codes zeros in next to nothing', async () => {
    expect((await encodeDctChunk(emptied(photoChunk(64, 64)))).length).toBeLessThan(100);
  });

  it('answers a changed payload with chunk-corrupt or other coefficients', async () => {
    await fc.assert(
      fc.asyncProperty(chunks(), fc.nat(), fc.integer({ min: 1, max: 255 }), async (chunk, at, change) => {
        const payload = await encodeDctChunk(chunk);
        fc.pre(payload.length > 0);
        payload[at % payload.length] ^= change;
        expect(await outcome(payload, emptied(chunk))).not.toEqual(coefficientsOf(chunk));
      }),
      { numRuns: 60 },
    );
  });

  it('answers a cut payload with chunk-corrupt or other coefficients', async () => {
    await fc.assert(
      fc.asyncProperty(chunks(), fc.nat(), async (chunk, at) => {
        const payload = await encodeDctChunk(chunk);
        fc.pre(payload.length > 0);
        const cut = payload.slice(0, at % payload.length);
        expect(await outcome(cut, emptied(chunk))).not.toEqual(coefficientsOf(chunk));
      }),
      { numRuns: 60 },
    );
  });

  it('takes any bytes for a payload', async () => {
    await fc.assert(
      fc.asyncProperty(chunks(), fc.uint8Array({ maxLength: 300 }), async (chunk, payload) => {
        await outcome(payload, emptied(chunk));
      }),
      { numRuns: 100 },
    );
  });
});

describe('the WebAssembly module', () => {
  it('is what its sources compile to', async () => {
    expect(await compileModule(ADAPTIVE)).toBe(readFileSync(ADAPTIVE.output, 'utf8'));
  });

  it('imports nothing from its host', async () => {
    const module = await WebAssembly.compile(Buffer.from(ASSEMBLY_BASE64, 'base64'));
    expect(WebAssembly.Module.imports(module)).toEqual([]);
  });
});

describe('spec/adaptive-dct.md', () => {
  it('lists the tables of the sources', () => {
    const text = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8');
    const numbers = (line: string) => line.match(/\d+/g)?.map(Number) ?? [];
    const source = (name: string, table: string) => {
      const match = text(`src/lm/${name}`).match(new RegExp(`${table} = memory.data<u16>\\(\\[([^\\]]*)\\]`));
      return numbers(match?.[1] ?? '');
    };
    const page = text('spec/adaptive-dct.md');
    const points = page.match(/POINT = ([\d\s]+)/)?.[1] ?? '';
    const limits = page.match(/ L = ([\d ]+)/)?.[1] ?? '';
    expect(numbers(points)).toEqual(source('assembly/logistic.ts', 'SQUASH_POINTS'));
    expect(numbers(limits)).toEqual(source('adaptive/assembly/arithmetic.ts', 'CLASS_LIMITS'));
  });
});

/** The coefficients that a payload decodes to, or the code of its error; any other error is thrown. */
async function outcome(
  payload: Uint8Array,
  chunk: ReturnType<typeof photoChunk>,
): Promise<number[] | string> {
  try {
    await decodeDctChunk(payload, chunk);
    return coefficientsOf(chunk);
  } catch (error) {
    if (!(error instanceof LlmcError)) throw error;
    expect(error.code).toBe('chunk-corrupt');
    return error.code;
  }
}
