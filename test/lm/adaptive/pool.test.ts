/** The worker threads of the adaptive model; they run the built program. */

import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { AdaptiveDctModel } from '../../../src/lm/adaptive.js';
import { ADAPTIVE_WORKER, DctPool } from '../../../src/lm/dct-pool-node.js';
import { chunks, coefficientsOf, emptied, photoChunk } from './chunks.js';

const pool = new DctPool(2, ADAPTIVE_WORKER);
const single = new AdaptiveDctModel();
afterAll(() => pool.close());

describe('the pool', () => {
  it('gives the payloads and the coefficients of a single thread', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(chunks(), { maxLength: 4 }), async (list) => {
        const payloads = await pool.encode(list);
        expect(payloads).toEqual(await single.encode(list));
        const jobs = list.map((chunk, i) => ({ payload: payloads[i], chunk: emptied(chunk) }));
        expect(await pool.decode(jobs)).toEqual(list.map(() => undefined));
        jobs.forEach(({ chunk }, i) => {
          expect(coefficientsOf(chunk)).toEqual(coefficientsOf(list[i]));
        });
      }),
      { numRuns: 10 },
    );
  });

  it('reports a damaged payload and decodes the others', async () => {
    const chunk = photoChunk(4, 4);
    const [payload] = await pool.encode([chunk]);
    const jobs = [payload, Uint8Array.of(...payload, 1), payload].map((bytes) => ({
      payload: bytes,
      chunk: emptied(chunk),
    }));
    const errors = await pool.decode(jobs);
    expect(errors.map((error) => error?.code)).toEqual([undefined, 'chunk-corrupt', undefined]);
    expect(coefficientsOf(jobs[2].chunk)).toEqual(coefficientsOf(chunk));
  });

  it('counts every token as progress', async () => {
    const list = [photoChunk(2, 3), photoChunk(1, 1), photoChunk(5, 2)];
    let tokens = 0;
    const onProgress = (more: number) => {
      tokens += more;
    };
    await pool.encode(list, { onProgress });
    expect(tokens).toBe((6 + 1 + 10) * 64);
  });

  it('stops when it is cancelled, and codes on afterwards', async () => {
    const list = Array.from({ length: 6 }, (_, i) => photoChunk(64, 64, i));
    const controller = new AbortController();
    const onProgress = () => controller.abort();
    await expect(pool.encode(list, { signal: controller.signal, onProgress })).rejects.toMatchObject({
      code: 'aborted',
    });
    expect(await pool.encode(list.slice(0, 1))).toEqual(await single.encode(list.slice(0, 1)));
  });
});
