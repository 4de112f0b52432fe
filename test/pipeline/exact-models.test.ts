/** Exact models in the pipeline: which items they code, where they are found, and what a file says of them. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  decode,
  type EncodeInput,
  type ExactModel,
  encode,
  inspect,
  openModel,
  verify,
} from '../../src/index.js';
import type { DctChunk, EntropyModel } from '../../src/lm/entropy-model.js';
import { itemsForSecond } from '../../src/pipeline/candidates.js';
import type { PlannedChunk } from '../../src/pipeline/chunk-plan.js';
import { failure } from '../failure.js';
import { randomPackage } from '../lm/exact/random-package.js';

const jpeg = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/jpeg/${name}.jpg`, import.meta.url)));
let colour: Uint8Array;
const gray = jpeg('gray');
/** Nothing but what a call is given: no folder of this machine. */
const alone = { jobs: 1, modelPath: [] };

let model: ExactModel;
beforeAll(async () => {
  const sample = fileURLToPath(new URL('../../fixtures/sample.jpg', import.meta.url));
  const crop = sharp(sample).extract({ left: 300, top: 200, width: 200, height: 120 });
  colour = new Uint8Array(await crop.jpeg({ quality: 35 }).toBuffer());
  model = await openModel(randomPackage(1), { jobs: 1 });
});
afterAll(() => model.close());

describe('a file of an exact model', () => {
  const encodeWith = (options = {}) =>
    encode(colour, { ...alone, models: [model], model: model.id, ...options });

  it('says which model it needs, without loading it', async () => {
    const { profile, arrangement, model: described } = await inspect(await encodeWith());
    expect({ profile, arrangement }).toEqual({ profile: 'exact', arrangement: 'dct-wavefront' });
    const fingerprint = Buffer.from(model.package.fingerprint.subarray(0, 16)).toString('hex');
    expect(described).toMatchObject({ name: 'random-1', fingerprint, embedded: false });
  });

  it('decodes with that model, on any device', async () => {
    const packed = await encodeWith();
    const integers = await openModel(randomPackage(1), { device: 'integers' });
    expect(await encode(colour, { ...alone, models: [integers], model: integers.id })).toEqual(packed);
    for (const given of [model, integers]) {
      const [{ bytes }] = await decode(packed, { ...alone, models: [given] });
      expect(bytes).toEqual(colour);
    }
    expect((await verify(packed, { ...alone, models: [model], deep: true })).faults).toEqual([]);
  });

  it('without the model is refused, with its fingerprint, its name and where it was looked for', async () => {
    const other = await openModel(randomPackage(2), { device: 'integers' });
    const packed = await encodeWith();
    const { code, message, item } = await failure(
      decode(packed, { jobs: 1, modelPath: ['/nowhere'], models: [other] }),
    );
    expect(code).toBe('model-missing');
    expect(item).toBe(0);
    const fingerprint = Buffer.from(model.package.fingerprint.subarray(0, 16)).toString('hex');
    for (const part of [fingerprint, 'random-1', '/nowhere', 'bundled', 'the file']) {
      expect(message).toContain(part);
    }
    const { faults } = await verify(packed, { ...alone, deep: true });
    expect(faults.map((fault) => fault.code)).toEqual(['model-missing']);
    expect((await verify(packed, alone)).faults).toEqual([]);
  });

  it('without the model costs only its items', async () => {
    const packed = await encode([{ bytes: colour }, { bytes: new TextEncoder().encode('text') }], {
      ...alone,
      models: [model],
      model: model.id,
    });
    const [lost, whole] = await decode(packed, { ...alone, keepGoing: true });
    expect(lost.bytes).toBeUndefined();
    expect(lost.damage.map(({ error }) => error.code)).toEqual(['model-missing']);
    expect(whole.damage).toEqual([]);
    expect(whole.bytes).toEqual(new TextEncoder().encode('text'));
  });

  it('may carry the model, and then needs no other', async () => {
    const packed = await encodeWith({ embedModel: true });
    expect((await inspect(packed)).models).toMatchObject([{ name: 'random-1', embedded: true }]);
    const [{ bytes }] = await decode(packed, alone);
    expect(bytes).toEqual(colour);
  });

  it('whose embedded model is damaged needs another copy of it', async () => {
    const packed = await encodeWith({ embedModel: true });
    const { sections } = await inspect(packed);
    const damaged = packed.slice();
    damaged[sections[0].offset + 400] ^= 1;
    expect((await failure(decode(damaged, alone))).code).toBe('model-missing');
    const [{ bytes }] = await decode(damaged, { ...alone, models: [model] });
    expect(bytes).toEqual(colour);
  });
});

describe('auto', () => {
  it('keeps the adaptive model where an exact one predicts badly', async () => {
    const automatic = await encode(colour, { ...alone, models: [model], embedModel: true });
    expect(automatic).toEqual(await encode(colour, { ...alone, model: 'adaptive' }));
  });

  it('chooses item by item in an album', async () => {
    const inputs: EncodeInput[] = [
      { bytes: colour },
      { bytes: new TextEncoder().encode('between them') },
      { bytes: gray },
      { bytes: new TextEncoder().encode('and after') },
      { bytes: colour },
    ];
    const partial: ExactModel = { ...model, coder: new RememberingCoder() };
    const packed = await encode(inputs, { ...alone, models: [partial] });
    const { items, models } = await inspect(packed);
    const names = items.map((item) => (item.model === null ? null : models[item.model].name));
    expect(names).toEqual(['random-1', null, 'adaptive-dct-1', null, 'random-1']);
    const decoded = await decode(packed, { ...alone, models: [partial] });
    expect(decoded.map(({ bytes }) => bytes)).toEqual(inputs.map(({ bytes }) => bytes));
  });

  it('takes nothing that saves less than the model costs in the header', () => {
    const chunk = (...items: number[]) =>
      ({ parts: items.map((item) => ({ item })) }) as unknown as PlannedChunk;
    const sized = (...sizes: number[]) => sizes.map((size) => new Uint8Array(size));
    // Items 1 and 2 share a chunk, item 3 has two.
    const chunks = [chunk(0), chunk(1, 2), chunk(3), chunk(3)];
    const first = sized(10, 20, 30, 30);
    expect(itemsForSecond(chunks, [first, sized(9, 15, 20, 35)], 10)).toEqual(new Set([0, 1, 2, 3]));
    expect(itemsForSecond(chunks, [first, sized(9, 15, 20, 35)], 11)).toEqual(new Set());
    expect(itemsForSecond(chunks, [first, sized(11, 15, 20, 41)], 4)).toEqual(new Set([1, 2]));
  });
});

/** Codes colour images in one byte, since it remembers them, and gray ones in many. */
class RememberingCoder implements EntropyModel<DctChunk> {
  readonly #known: DctChunk[] = [];

  async encode(chunks: readonly DctChunk[]): Promise<Uint8Array[]> {
    return chunks.map((chunk) => {
      const copy = structuredClone(chunk);
      const size = chunk.bands[0].planes.length === 1 ? 1e5 : 1;
      return new Uint8Array(size).fill(this.#known.push(copy) - 1);
    });
  }

  async decode(jobs: readonly { payload: Uint8Array; chunk: DctChunk }[]): Promise<undefined[]> {
    return jobs.map(({ payload, chunk }) => {
      chunk.bands.forEach((band, b) => {
        band.planes.forEach((plane, p) => {
          plane.coefficients.set(this.#known[payload[0]].bands[b].planes[p].coefficients);
        });
      });
      return undefined;
    });
  }

  async close(): Promise<void> {}
}

describe('openModel', () => {
  it('finds the bundled model by itself, by name and by fingerprint', async () => {
    const bundled = await openModel(undefined, alone);
    const fingerprint = Buffer.from(bundled.package.fingerprint).toString('hex');
    for (const name of [bundled.id, bundled.package.manifest.name, fingerprint, fingerprint.slice(0, 16)]) {
      const found = await openModel(name, { ...alone, device: 'integers' });
      expect(found.package.fingerprint).toEqual(bundled.package.fingerprint);
    }
    await bundled.close();
  });

  it('says what is wrong with its arguments', async () => {
    expect((await failure(openModel('no-such-model', alone))).code).toBe('model-missing');
    expect((await failure(openModel('./no-such-folder', alone))).code).toBe('model-missing');
    const text = new TextEncoder().encode('no image');
    expect((await failure(encode(text, { ...alone, model: 'no-such-model' }))).code).toBe('model-missing');
    expect((await failure(openModel(randomPackage(1, { profile: 'float' })))).code).toBe('model-invalid');
  });
});
