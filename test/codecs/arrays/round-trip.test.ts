import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  concat,
  ecdc,
  elements,
  NPY_TYPES,
  npy,
  randomIndices,
  SAFETENSORS_TYPES,
  safetensors,
} from '../../../fixtures/array-files.js';
import type { CodecChoice } from '../../../src/codecs/codec.js';
import { decode, encode, inspect, verify } from '../../../src/index.js';

const options = { jobs: 1 };
const rvq = { codec: 'rvq', frameRate: { numerator: 50, denominator: 1 }, sampleRate: 16000 } as const;

async function expectRoundTrip(file: Uint8Array, codec: CodecChoice, more = {}) {
  const packed = await encode(file, { ...options, codec, ...more });
  const [item] = await decode(packed, options);
  expect(item.damage).toEqual([]);
  expect(Buffer.compare(item.bytes as Uint8Array, file)).toBe(0);
  return { packed, inspection: await inspect(packed) };
}

/** The array of `decode --to npy`, as numbers. */
async function npyOf(packed: Uint8Array) {
  const [{ bytes }] = await decode(packed, { ...options, to: 'npy' });
  const file = bytes as Uint8Array;
  const header = Buffer.from(file.subarray(10, 128)).toString();
  const type = /'descr': '(.*?)'/.exec(header)?.[1] as string;
  const shape = String(/\(([^)]*)\)/.exec(header)?.[1])
    .split(',')
    .filter(Boolean)
    .map(Number);
  const size = NPY_TYPES[type];
  const values = Array.from({ length: (file.length - 128) / size }, (_, i) =>
    Buffer.from(file).readUIntLE(128 + size * i, size),
  );
  return { type, shape, values };
}

const type = fc.constantFrom(...Object.keys(NPY_TYPES));
const seed = fc.integer();
const axis = fc.integer({ min: 1, max: 7 });

describe('npy', () => {
  it('of grids, of any type, shape and order', async () => {
    await fc.assert(
      fc.asyncProperty(
        type,
        fc.array(axis, { minLength: 2, maxLength: 4 }),
        fc.integer({ min: 1, max: 128 }),
        fc.boolean(),
        seed,
        fc.integer({ min: 1, max: 60 }),
        async (descr, shape, codebookSize, wanted, start, chunkTokens) => {
          const fortran = wanted && shape.length < 4;
          const count = shape.reduce((a, b) => a * b, 1);
          const values = randomIndices(count, codebookSize, start);
          const file = npy(descr, shape, values, fortran);
          const { packed, inspection } = await expectRoundTrip(
            file,
            { codec: 'vq', codebookSize },
            { chunkTokens },
          );
          const [height, width] = shape.slice(-2);
          expect(inspection).toMatchObject({ codec: 'vq', width, height, vq: { codebookSize } });
          const back = await npyOf(packed);
          if (!fortran) expect(back.values).toEqual(values);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of streams, with axes in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        type,
        fc.constantFrom('KT', 'TK', 'NKT', 'NTK', 'KNT', 'KTN', 'TNK', 'TKN'),
        fc.record({ N: axis, K: axis, T: axis }),
        fc.boolean(),
        seed,
        async (descr, axes, sizes, fortran, start) => {
          const shape = [...axes].map((name) => sizes[name as 'N']);
          const values = randomIndices(
            shape.reduce((a, b) => a * b, 1),
            100,
            start,
          );
          const choice = { ...rvq, codebookSizes: [100], depth: sizes.K, axes };
          const { packed, inspection } = await expectRoundTrip(npy(descr, shape, values, fortran), choice);
          const count = axes.includes('N') ? sizes.N : 1;
          expect(inspection.rvq).toMatchObject({ depth: sizes.K, count, frames: count * sizes.T });
          // The value at [n, k, t], wherever the file has it.
          const names = fortran ? [...axes].reverse() : [...axes];
          const expected = [];
          for (let n = 0; n < count; n++) {
            for (let k = 0; k < sizes.K; k++) {
              for (let t = 0; t < sizes.T; t++) {
                const at = { N: n, K: k, T: t };
                expected.push(values[names.reduce((i, name) => i * sizes[name as 'N'] + at[name as 'N'], 0)]);
              }
            }
          }
          const back = await npyOf(packed);
          expect(back.values).toEqual(expected);
          expect(back.shape).toEqual(count === 1 ? [sizes.K, sizes.T] : [count, sizes.K, sizes.T]);
        },
      ),
      { numRuns: 80 },
    );
  });

  it('of flat grids, of one stream of one layer, and with bytes after the data', async () => {
    const values = randomIndices(512, 1024, 5);
    const flat = npy('<i8', [2, 256], values);
    const choice = { codec: 'vq', codebookSize: 1024, grid: { width: 16, height: 16 } } as const;
    const { inspection } = await expectRoundTrip(flat, choice);
    expect(inspection.vq).toMatchObject({ groups: [{ count: 2, width: 16, height: 16 }] });
    await expectRoundTrip(npy('<u2', [512], values), choice);
    await expectRoundTrip(npy('<u2', [512], values), { ...rvq, codebookSizes: [1024] });
    await expectRoundTrip(concat(flat, Uint8Array.of(1, 2, 3)), choice);
  });

  it('in the smallest type needs no side data', async () => {
    const file = npy('<u2', [4, 20], randomIndices(80, 1024, 7));
    const { inspection } = await expectRoundTrip(file, { ...rvq, codebookSizes: [1024] });
    expect(inspection.sections).toEqual([]);
  });

  it('takes a header of 12 bytes, where indices are as random as can be', async () => {
    const file = npy('<i8', [8, 50], randomIndices(400, 1024, 1));
    const { inspection } = await expectRoundTrip(file, { ...rvq, codebookSizes: [1024] });
    expect(inspection.sizes.payload).toBeLessThanOrEqual(500);
    expect(inspection.sections[0].length).toBeLessThanOrEqual(20);
  });
});

describe('safetensors', () => {
  const tensor = (name: string, shape: number[], start: number) => ({
    name,
    type: 'I32',
    shape,
    data: elements(
      '<i4',
      randomIndices(
        shape.reduce((a, b) => a * b, 1),
        1024,
        start,
      ),
    ),
  });

  const sizes = fc.array(axis, { minLength: 2, maxLength: 4 });
  const integerType = fc.constantFrom(...Object.keys(SAFETENSORS_TYPES));

  it('of arrays of any types and shapes, beside others', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(integerType, sizes, seed), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        axis,
        fc.integer({ min: 1, max: 128 }),
        fc.option(fc.uint8Array({ maxLength: 9 })),
        async (arrays, streams, depth, size, rest) => {
          const tensors = arrays.map(([dtype, shape, start], i) => {
            // Streams of one file have the same number of layers.
            const placed = streams ? [...shape.slice(0, -2), depth, shape.at(-1) as number] : shape;
            const count = placed.reduce((a, b) => a * b, 1);
            const data = elements(SAFETENSORS_TYPES[dtype], randomIndices(count, size, start));
            return { name: `codes.${i}`, type: dtype, shape: placed, data };
          });
          const others = rest ? [{ name: 'a/rest', type: 'U8', shape: [rest.length], data: rest }] : [];
          const file = safetensors([...others, ...tensors]);
          const choice = streams
            ? { ...rvq, codebookSizes: [size] }
            : ({ codec: 'vq', codebookSize: size } as const);
          const { inspection } = await expectRoundTrip(file, choice);
          const counts = tensors.map(({ shape }) => shape.slice(0, -2).reduce((a, b) => a * b, 1));
          expect(inspection[streams ? 'rvq' : 'vq']?.count).toBe(counts.reduce((a, b) => a + b));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of ragged clips beside other tensors', async () => {
    const file = safetensors([
      tensor('a/codes', [8, 20], 1),
      { name: 'embedding', type: 'F32', shape: [5, 3], data: new Uint8Array(60).fill(7) },
      tensor('lengths', [9], 2),
      tensor('b/codes', [2, 8, 3], 3),
      { name: 'empty', type: 'I64', shape: [8, 0], data: new Uint8Array() },
      tensor('c/codes', [8, 31], 4),
    ]);
    const { packed, inspection } = await expectRoundTrip(file, { ...rvq, codebookSizes: [1024] });
    expect(inspection.rvq?.groups).toEqual([
      { count: 1, frames: 20 },
      { count: 2, frames: 3 },
      { count: 1, frames: 31 },
    ]);
    await expect(decode(packed, { ...options, to: 'npy' })).rejects.toMatchObject({ code: 'argument' });
    const [{ bytes }] = await decode(packed, { ...options, to: 'safetensors' });
    const canonical = bytes as Uint8Array;
    const again = await expectRoundTrip(canonical, { ...rvq, codebookSizes: [1024] });
    expect(again.inspection.sections).toEqual([]);
  });

  it('of images of several sizes, chosen by key', async () => {
    const file = safetensors([tensor('x', [4, 6], 1), tensor('mask', [4, 6], 2), tensor('y', [3, 5, 2], 3)]);
    const { inspection } = await expectRoundTrip(file, { codec: 'vq', codebookSize: 1024, keys: ['x', 'y'] });
    expect(inspection.vq).toMatchObject({ count: 4, groups: [{ height: 4 }, { height: 5 }] });
  });
});

describe('ecdc', () => {
  it('of any length, depth and model', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('encodec_24khz', 'encodec_48khz'),
        fc.integer({ min: 1, max: 150_000 }),
        fc.integer({ min: 1, max: 8 }),
        seed,
        async (model, samples, depth, start) => {
          const [length, stride] = model === 'encodec_48khz' ? [48000, 47520] : [samples, samples];
          const frames: number[] = [];
          for (let at = 0; at < samples; at += stride) {
            frames.push(Math.ceil(Math.min(length, samples - at) / 320));
          }
          const segments = frames.map((count, i) => randomIndices(depth * count, 1024, start + i));
          const { inspection } = await expectRoundTrip(
            ecdc({ m: model, al: samples, nc: depth, lm: false }, segments),
            { codec: 'rvq' },
          );
          const total = frames.reduce((a, b) => a + b);
          expect(inspection.rvq).toMatchObject({ depth, frames: total });
        },
      ),
      { numRuns: 30 },
    );
  });

  it('of one stream, understood by itself', async () => {
    const codes = randomIndices(8 * 76, 1024, 3);
    const file = ecdc({ m: 'encodec_24khz', al: 24001, nc: 8, lm: false }, [codes]);
    const { packed, inspection } = await expectRoundTrip(file, 'auto', { chunkTokens: 100 });
    expect(inspection).toMatchObject({
      codec: 'rvq',
      rvq: { depth: 8, frames: 76, frameRate: 75, sampleRate: 24000 },
    });
    const { shape, values } = await npyOf(packed);
    expect(shape).toEqual([8, 76]);
    expect(values[1]).toBe(codes[8]);
    await expectRoundTrip(file, { codec: 'rvq' });
  });

  it('of segments with scales', async () => {
    const sizes = [150, 150, 17];
    const file = ecdc(
      { m: 'encodec_48khz', al: 2 * 47520 + 5400, nc: 3, lm: false },
      sizes.map((frames, i) => randomIndices(3 * frames, 1024, i)),
    );
    const { inspection } = await expectRoundTrip(file, 'auto');
    expect(inspection.rvq?.groups).toEqual(sizes.map((frames) => ({ count: 1, frames })));
  });

  it('that cannot be told apart is stored raw', async () => {
    const whole = ecdc({ m: 'encodec_24khz', al: 320, nc: 4, lm: false }, [randomIndices(4, 1024, 3)]);
    const files = [
      ecdc({ m: 'encodec_24khz', al: 24000, nc: 8, lm: true }, [randomIndices(600, 1024, 3)]),
      ecdc({ m: 'other', al: 320, nc: 4, lm: false }, [randomIndices(4, 1024, 3)]),
      whole.subarray(0, whole.length - 1),
      concat(whole, Uint8Array.of(0)),
      whole.subarray(0, 7),
    ];
    for (const file of files) {
      const { inspection } = await expectRoundTrip(file, 'auto');
      expect(inspection.codec).toBe('raw');
    }
    const odd = ecdc({ m: 'encodec_24khz', al: 320, nc: 3, lm: false }, [randomIndices(3, 1024, 3)]);
    odd[odd.length - 1] |= 0x80;
    await expectRoundTrip(odd, 'auto');
  });
});

describe('damage', () => {
  it('costs one chunk, and the rest comes back', async () => {
    const values = randomIndices(8 * 500, 1024, 1);
    const file = npy('<i8', [8, 500], values);
    const { packed, inspection } = await expectRoundTrip(
      file,
      { ...rvq, codebookSizes: [1024] },
      { chunkTokens: 800 },
    );
    expect(inspection.chunks).toHaveLength(5);
    packed[inspection.chunks[2].offset + 3] ^= 4;
    expect((await verify(packed, { ...options, deep: true })).faults.map(({ code }) => code)).toEqual([
      'chunk-crc',
    ]);
    const [{ bytes, damage }] = await decode(packed, { ...options, keepGoing: true });
    expect(damage).toHaveLength(1);
    const restored = bytes as Uint8Array;
    // Frames 200 to 299 are lost: zero in every layer.
    for (let k = 0; k < 8; k++) {
      for (const t of [0, 199, 300, 499]) {
        const at = 128 + 8 * (500 * k + t);
        expect(restored.subarray(at, at + 8)).toEqual(file.subarray(at, at + 8));
      }
      const at = 128 + 8 * (500 * k + 250);
      expect([...restored.subarray(at, at + 8)]).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    }
  });

  it('of the side data still gives the indices', async () => {
    const file = npy('<i8', [4, 20], randomIndices(80, 1024, 7));
    const { packed, inspection } = await expectRoundTrip(file, { ...rvq, codebookSizes: [1024] });
    packed[inspection.sections[0].offset + 2] ^= 1;
    const [{ bytes, damage }] = await decode(packed, { ...options, keepGoing: true });
    expect(damage.map(({ error }) => error.code)).toContain('section-crc');
    expect(Buffer.from(bytes as Uint8Array).toString('latin1', 0, 40)).toContain("'<u2'");
  });
});
