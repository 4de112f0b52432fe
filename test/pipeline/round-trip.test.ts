import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encode, inspect, LlmcError, verify } from '../../src/index.js';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../fixtures/${name}`, import.meta.url)));
const jpegNames = readdirSync(new URL('../../fixtures/jpeg/', import.meta.url)).filter(
  (name) => !name.endsWith('.md'),
);
const sample = fixture('sample.jpg');
const options = { jobs: 1, model: 'adaptive' };

async function expectRoundTrip(bytes: Uint8Array, encodeOptions = {}): Promise<Uint8Array> {
  const packed = await encode(bytes, { ...options, ...encodeOptions });
  const [item] = await decode(packed, options);
  expect(item.damage).toEqual([]);
  expect(Buffer.compare(item.bytes as Uint8Array, bytes)).toBe(0);
  return packed;
}

describe('any file comes back byte for byte', () => {
  it.each(jpegNames)('fixtures/jpeg/%s', async (name) => {
    await expectRoundTrip(fixture(`jpeg/${name}`));
  });

  it('the sample photo, smaller, in chunks of any size', async () => {
    const packed = await expectRoundTrip(sample);
    expect(packed.length).toBeLessThan(0.85 * sample.length);
    for (const chunkTokens of [1, 50_000, 200_000]) await expectRoundTrip(sample, { chunkTokens });
  });

  it('any bytes at all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 3000 }),
        fc.integer({ min: 1, max: 4000 }),
        async (bytes, chunkTokens) => {
          await expectRoundTrip(bytes, { chunkTokens });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('JPEGs with any one byte changed', async () => {
    const small = fixture('jpeg/baseline-420.jpg');
    await fc.assert(
      fc.asyncProperty(fc.nat(small.length - 1), fc.integer({ min: 1, max: 255 }), async (place, change) => {
        const bytes = small.slice();
        bytes[place] ^= change;
        await expectRoundTrip(bytes);
      }),
      { numRuns: 150 },
    );
  });

  it('as coefficients where that is asked for, and never as anything else then', async () => {
    const tiny = fixture('jpeg/gray.jpg');
    const [{ codec }] = (await inspect(await expectRoundTrip(tiny, { codec: 'jpeg' }))).items;
    expect(codec).toBe('jpeg');
    const refused = encode(new Uint8Array(9), { ...options, codec: 'jpeg' });
    await expect(refused).rejects.toMatchObject({ code: 'input-invalid' });
  });

  it('costs little where nothing can be saved', async () => {
    const bytes = Uint8Array.from({ length: 1000 }, (_, i) => Math.imul(i, 2654435761) >>> 24);
    const packed = await expectRoundTrip(bytes, { digest: 'none' });
    expect(packed.length - bytes.length).toBeLessThanOrEqual(64);
  });
});

describe('albums', () => {
  const inputs = [
    { bytes: sample, name: 'sample.jpg', mediaType: 'image/jpeg', metadata: { place: 'nowhere' } },
    { bytes: new Uint8Array(), name: 'empty' },
    { bytes: fixture('jpeg/baseline-420.jpg'), name: 'a.jpg' },
    { bytes: fixture('jpeg/baseline-420.jpg'), name: 'b.jpg' },
    { bytes: new TextEncoder().encode('not an image'), name: 'note.txt' },
  ];

  it('keep names, order and bytes, and share context', async () => {
    const packed = await encode(inputs, options);
    const items = await decode(packed, options);
    expect(items.map(({ name }) => name)).toEqual(inputs.map(({ name }) => name));
    items.forEach(({ bytes, damage }, i) => {
      expect(damage).toEqual([]);
      expect(Buffer.compare(bytes as Uint8Array, inputs[i].bytes)).toBe(0);
    });
    const { chunks, items: inspected } = await inspect(packed);
    expect(inspected[0].metadata).toEqual({ place: 'nowhere' });
    expect(chunks.some(({ holds }) => holds.length > 1)).toBe(true);
  });

  it('of independent items lose none with another', async () => {
    const packed = await encode(inputs, { ...options, independent: true });
    const { chunks } = await inspect(packed);
    expect(chunks.every(({ holds }) => holds.length === 1)).toBe(true);
    const first = chunks.find(({ holds }) => holds[0].item === 2);
    packed[(first as { offset: number }).offset] ^= 1;
    const items = await decode(packed, { ...options, keepGoing: true });
    expect(items.map(({ damage }) => damage.length > 0)).toEqual([false, false, true, false, false]);
    expect(Buffer.compare(items[3].bytes as Uint8Array, inputs[3].bytes)).toBe(0);
  });

  it('give single items', async () => {
    const packed = await encode(inputs, options);
    const [item] = await decode(packed, { ...options, items: [3] });
    expect(item.index).toBe(3);
    expect(Buffer.compare(item.bytes as Uint8Array, inputs[3].bytes)).toBe(0);
    await expect(decode(packed, { ...options, items: [9] })).rejects.toMatchObject({ code: 'argument' });
  });
});

describe('damage', () => {
  it('costs one chunk of a photo, and says which rows', async () => {
    const packed = await encode(sample, { ...options, chunkTokens: 120_000 });
    const { chunks } = await inspect(packed);
    expect(chunks.length).toBeGreaterThan(3);
    const damaged = packed.slice();
    damaged[chunks[1].offset + 5] ^= 1;
    await expect(decode(damaged, options)).rejects.toMatchObject({ code: 'chunk-crc', chunk: 1 });
    const [item] = await decode(damaged, { ...options, keepGoing: true });
    expect(item.damage).toHaveLength(1);
    expect(item.damage[0].span?.pixelRows).toEqual(chunks[1].holds[0].pixelRows);
    expect(item.bytes?.slice(0, 2)).toEqual(Uint8Array.of(0xff, 0xd8));
    const { faults } = await verify(damaged, options);
    expect(faults.map(({ code }) => code)).toEqual(['chunk-crc']);
  });

  it('of the side data still gives a picture', async () => {
    const packed = await encode(sample, options);
    const { sections } = await inspect(packed);
    packed[sections[0].offset + 3] ^= 1;
    await expect(decode(packed, options)).rejects.toMatchObject({ code: 'section-crc' });
    const [item] = await decode(packed, { ...options, keepGoing: true });
    expect(item.damage.map(({ error }) => error.code)).toContain('section-crc');
    expect(item.bytes?.slice(0, 2)).toEqual(Uint8Array.of(0xff, 0xd8));
  });

  it('of a raw file costs the bytes of one chunk', async () => {
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => i % 251);
    const packed = await encode(bytes, { ...options, chunkTokens: 1000 });
    const { chunks } = await inspect(packed);
    packed[chunks[2].offset] ^= 0xff;
    const [item] = await decode(packed, { ...options, keepGoing: true });
    expect(item.damage[0].span).toMatchObject({ firstToken: 2000, tokens: 1000 });
    expect(item.bytes?.subarray(0, 2000)).toEqual(bytes.subarray(0, 2000));
    expect(item.bytes?.subarray(3000)).toEqual(bytes.subarray(3000));
  });

  it('a file that is cut gives its complete chunks', async () => {
    const packed = await encode(sample, { ...options, chunkTokens: 120_000 });
    const { chunks } = await inspect(packed);
    const cut = packed.subarray(0, chunks[2].offset + 10);
    await expect(decode(cut, options)).rejects.toMatchObject({ code: 'truncated' });
    const [item] = await decode(cut, { ...options, keepGoing: true });
    expect(item.damage).toHaveLength(chunks.length - 2);
    expect(item.bytes).toBeDefined();
  });
});

describe('mutated files', () => {
  it('give the right bytes or a coded error', async () => {
    const original = fixture('jpeg/baseline-420.jpg');
    const packed = await encode(original, { ...options, chunkTokens: 4096 });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(packed.length - 1),
        fc.nat(7),
        fc.boolean(),
        fc.boolean(),
        async (place, bit, cut, keepGoing) => {
          const mutated = cut ? packed.slice(0, place) : packed.slice();
          if (!cut) mutated[place] ^= 1 << bit;
          try {
            const items = await decode(mutated, { ...options, keepGoing });
            for (const { bytes, damage } of items) {
              if (damage.length === 0) expect(Buffer.compare(bytes as Uint8Array, original)).toBe(0);
            }
          } catch (error) {
            expect(error).toBeInstanceOf(LlmcError);
          }
        },
      ),
      { numRuns: 400 },
    );
  });
});

describe('options', () => {
  it('are checked', async () => {
    await expect(encode([], options)).rejects.toMatchObject({ code: 'argument' });
    await expect(encode(sample, { ...options, chunkTokens: 0 })).rejects.toMatchObject({ code: 'argument' });
  });

  it('an aborted call says so', async () => {
    const signal = AbortSignal.abort();
    await expect(encode(sample, { ...options, signal })).rejects.toMatchObject({ code: 'aborted' });
    const packed = await encode(sample, options);
    await expect(decode(packed, { ...options, signal })).rejects.toMatchObject({ code: 'aborted' });
  });

  it('progress goes from 0 to 1 and never back', async () => {
    const fractions: number[] = [];
    await encode(sample, {
      ...options,
      chunkTokens: 100_000,
      onProgress: (fraction) => fractions.push(fraction),
    });
    expect(fractions.length).toBeGreaterThan(2);
    expect([...fractions].sort((a, b) => a - b)).toEqual(fractions);
    expect(fractions.at(-1)).toBeCloseTo(1);
  });
});
