/** Language models in the pipeline: what they code, where they are found, and what is refused. */

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import type { FloatModelEntry, ModelEntry } from '../../../src/container/header.js';
import { openContainer } from '../../../src/container/reader.js';
import {
  type CodecChoice,
  decode,
  encode,
  type FloatModel,
  inspect,
  LlmcError,
  openLanguageModel,
  verify,
} from '../../../src/index.js';
import { floatDevices } from '../../../src/lm/float/float-model-node.js';
import { createModelProvider, type ModelHost } from '../../../src/lm/model-provider.js';
import { failure } from '../../failure.js';
import { npyFile } from './npy.js';
import { rename, type TestPackage, writePackage } from './packages.js';

const folders: string[] = [];
const models: FloatModel[] = [];
afterAll(async () => {
  for (const model of models) await model.close();
  for (const folder of folders) rmSync(dirname(folder), { recursive: true });
});

function makePackage(options: TestPackage = {}): string {
  const folder = writePackage(options);
  folders.push(folder);
  return folder;
}

async function open(options: TestPackage = {}, choices = {}): Promise<FloatModel> {
  const model = await openLanguageModel(makePackage(options), { jobs: 1, ...choices });
  models.push(model);
  return model;
}

const alone = { jobs: 1, modelPath: [] };

/** A codebook index that depends on the one before it. */
function indices(count: number, size: number): number[] {
  let index = 0;
  return Array.from({ length: count }, (_, i) => {
    index = (index * 5 + (i % 7) + 1) % size;
    return index;
  });
}

const vq = (codebookSize: number): CodecChoice => ({ codec: 'vq', codebookSize });
const rvq: CodecChoice = {
  codec: 'rvq',
  codebookSizes: [20, 15],
  frameRate: { numerator: 50, denominator: 1 },
  sampleRate: 16000,
};

interface Case {
  readonly name: string;
  readonly input: () => Uint8Array | Promise<Uint8Array>;
  readonly package: TestPackage;
  readonly codec: CodecChoice;
  readonly lanes: readonly number[];
}

const photo = async () => {
  const sample = new URL('../../../fixtures/sample.jpg', import.meta.url).pathname;
  const crop = sharp(sample).extract({ left: 300, top: 200, width: 20, height: 18 });
  return new Uint8Array(await crop.jpeg({ quality: 80 }).toBuffer());
};
const rvqPackage = (arrangement: string, graph: TestPackage['graph'] = 'llama-half') => ({
  graph,
  manifest: { codec: 'rvq', arrangement, offsets: [1, 21] },
});
const dctPackage = (arrangement: string) => ({
  manifest: { codec: 'dct', arrangement, offsets: [1, 113] },
});

const cases: readonly Case[] = [
  {
    name: 'grids of indices, a vocabulary of more than one step',
    input: () => npyFile([3, 11, 7], indices(231, 300)),
    package: {},
    codec: vq(300),
    lanes: [1, 3, 16],
  },
  {
    name: 'streams of layers by frames, in float16',
    input: () => npyFile([3, 2, 19], indices(114, 15)),
    package: rvqPackage('rvq-frames'),
    codec: rvq,
    lanes: [1, 3, 16],
  },
  {
    name: 'streams of layers by layers, in float16',
    input: () => npyFile([2, 40], indices(80, 15)),
    package: rvqPackage('rvq-layers'),
    codec: rvq,
    lanes: [1, 3, 16],
  },
  {
    name: 'streams by a recurrent model',
    input: () => npyFile([2, 2, 33], indices(132, 15)),
    package: rvqPackage('rvq-frames', 'recurrent'),
    codec: rvq,
    lanes: [1, 3, 16],
  },
  {
    name: 'a photo in raster order',
    input: photo,
    package: dctPackage('dct-raster'),
    codec: 'jpeg',
    lanes: [16],
  },
  {
    name: 'a photo in zigzag order',
    input: photo,
    package: dctPackage('dct-zigzag'),
    codec: 'jpeg',
    lanes: [16],
  },
];

describe.each(cases)('$name', ({ input, package: options, codec, lanes: each }) => {
  it.each(each)('comes back with %i lane(s), in chunks of unequal length', async (lanes) => {
    const model = await open(options, { lanes });
    const bytes = await input();
    const chunkTokens = codec === 'jpeg' ? 700 : 50;
    const choices = { ...alone, models: [model], model: model.id, codec, chunkTokens };
    const packed = await encode([{ bytes }, { bytes }], choices);
    const { models: entries, items, chunks } = await inspect(packed);
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({
      profile: 'float',
      name: 'tiny-1',
      contextLength: 64,
      lanes,
      device: `cpu ${process.arch} ${cpus()[0].model}`.replace(/\s+/g, ' ').trim(),
    });
    expect(entries[0].runtime).toMatch(/^onnxruntime-node \d/);
    expect(items.map((item) => item.model)).toEqual([0, 0]);
    expect(chunks.length).toBeGreaterThan(1);
    const decoded = await decode(packed, { ...alone, models: [model] });
    for (const item of decoded) expect(item.bytes).toEqual(bytes);
    expect((await verify(packed, { ...alone, models: [model], deep: true })).faults).toEqual([]);
  });
});

describe('a language model', () => {
  const grids = npyFile([2, 9, 7], indices(126, 300));
  const encodeWith = (model: FloatModel, options = {}) =>
    encode(grids, { ...alone, models: [model], model: model.id, codec: vq(300), ...options });

  it('is found by folder and by fingerprint', async () => {
    const folder = makePackage();
    const packed = await encode(grids, { ...alone, model: folder, codec: vq(300) });
    const [{ bytes }] = await decode(packed, { jobs: 1, modelPath: [folder] });
    expect(bytes).toEqual(grids);
    const { code, message } = await failure(decode(packed, { jobs: 1, modelPath: ['/nowhere'] }));
    expect(code).toBe('model-missing');
    expect(message).toMatch(/tiny-1.*\/nowhere/);
  });

  it('of another fingerprint is not used', async () => {
    const packed = await encodeWith(await open());
    const other = await open({ manifest: { startToken: 1 } });
    expect((await failure(decode(packed, { ...alone, models: [other] }))).code).toBe('model-missing');
  });

  it('has a fingerprint of what it computes, and of nothing else', async () => {
    const print = async (options: TestPackage) =>
      Buffer.from((await open(options)).package.fingerprint).toString('hex');
    const original = await print({});
    expect(await print({ manifest: { name: 'other', version: 7, training: 'none' } })).toBe(original);
    const others: TestPackage[] = [
      { manifest: { startToken: 1 } },
      { manifest: { contextLength: 63 } },
      { manifest: { offsets: [1, 2] } },
      { manifest: { codec: 'rvq', arrangement: 'rvq-frames' } },
      { edit: rename('llmc fixtures', 'llmc_fixtures') },
    ];
    const prints = await Promise.all(others.map(print));
    expect(new Set([original, ...prints]).size).toBe(others.length + 1);
  });

  it('that gives other numbers is noticed, and the chunk, runtimes and devices are named', async () => {
    const model = await open();
    const packed = await encodeWith(model, { chunkTokens: 63 });
    // Another net under the fingerprint of the first: what another machine may compute.
    const graph = readFileSync(join(model.package.folder, 'model.onnx'));
    graph[graph.length - 2000] ^= 0x40;
    const other = await open({ edit: () => graph });
    const disguised = { ...other, package: { ...other.package, fingerprint: model.package.fingerprint } };
    const error = await failure(decode(packed, { ...alone, models: [disguised] }));
    expect(['chunk-tokens-crc', 'chunk-corrupt']).toContain(error.code);
    expect(error.chunk).toBe(0);
    const { runtime, device } = model.entry;
    expect(error.message).toContain(`encoded by ${runtime} on ${device}, decoded by ${runtime} on ${device}`);
    const [{ damage }] = await decode(packed, { ...alone, models: [disguised], keepGoing: true });
    expect(damage.map(({ error: { chunk } }) => chunk)).toEqual([0, 1]);
  });

  it('is refused, or does without, where its numbers do not come again', async () => {
    const unsteady = (model: FloatModel): FloatModel => ({
      ...model,
      coderOf(entry) {
        const coder = model.coderOf(entry);
        return {
          encode: (chunks) => coder.encode(chunks),
          decode: async (jobs) => jobs.map(() => new LlmcError('chunk-corrupt', 'other numbers')),
          close: () => coder.close(),
        };
      },
    });
    const error = await failure(encodeWith(unsteady(await open())));
    expect(error.code).toBe('verification');
    expect(error.message).toContain('tiny-1 does not give the same numbers again here');

    const model = unsteady(await open({ manifest: { codec: 'dct', arrangement: 'dct-raster' } }));
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const bytes = await photo();
    const choices = { ...alone, models: [model], model: model.id, codec: 'jpeg', onWarning } as const;
    const [item] = await decode(await encode(bytes, choices), { ...alone });
    expect(item.bytes).toEqual(bytes);
    expect(warnings).toEqual([expect.stringMatching(/stored raw, since tiny-1 does not give/)]);
  });

  it('says how many lanes its memory allows, if those are few', async () => {
    const warnings: string[] = [];
    const options = { onWarning: (message: string) => warnings.push(message) };
    const model = await open({}, { ...options, memory: 300_000 });
    expect(model.entry.lanes).toBeLessThan(16);
    const lanes = `${model.entry.lanes} lane\\(s\\) of 64 tokens, 1 MB`;
    expect(warnings).toEqual([expect.stringMatching(`^tiny-1: of 1 MB allowed, ${lanes}`)]);
  });

  it('warns where another runtime or device encoded the file', async () => {
    const warnings: string[] = [];
    const model = await open({}, { onWarning: (message: string) => warnings.push(message) });
    await encodeWith(model);
    expect(warnings).toEqual([]);
    const moved = { ...model, entry: { ...model.entry, device: 'cuda arm64' } };
    await encodeWith(moved);
    expect(warnings[0]).toMatch(/encoded by .* on cuda arm64, decoded by .* on cpu/);
  });

  it('is opened once a device, on the CPU where the recorded device is not there', async () => {
    const model = await open();
    const recordedOn = async (device: string) => {
      const packed = await encodeWith({ ...model, entry: { ...model.entry, device } });
      return (await openContainer(packed)).header.models[0];
    };
    const opened: string[] = [];
    const models = createModelProvider({
      store: { places: [], findPackage: async () => model.package },
      floatDevices: (recorded: FloatModelEntry | undefined) => floatDevices('auto', recorded),
      openFloat: async (_: unknown, device: string) => {
        opened.push(device);
        if (device === 'cuda') throw new LlmcError('argument', 'no CUDA here');
        return { ...model, close: async () => {} };
      },
    } as unknown as ModelHost);
    for (const device of ['cuda x64', 'cpu x64', 'webgpu arm64', 'cuda arm64', 'cpu', 'webgpu x64']) {
      await models.openEntry(await recordedOn(device));
    }
    expect(opened).toEqual(['cuda', 'cpu', 'webgpu']);
    await models.close();

    const packed = await encodeWith({ ...model, entry: { ...model.entry, device: 'cuda x64' } });
    const warnings: string[] = [];
    const onWarning = (message: string) => warnings.push(message);
    const [{ bytes }] = await decode(packed, { jobs: 1, modelPath: [model.package.folder], onWarning });
    expect(bytes).toEqual(grids);
    expect(warnings).toEqual([expect.stringMatching(/encoded by .* on cuda x64, decoded by .* on cpu/)]);
  });

  it('tells why no device will do', async () => {
    const model = await open();
    const packed = await encodeWith({ ...model, entry: { ...model.entry, device: 'cuda x64' } });
    const { header } = await openContainer(packed);
    const models = createModelProvider({
      store: { places: [], findPackage: async () => model.package },
      floatDevices: (recorded: FloatModelEntry | undefined) => floatDevices('auto', recorded),
      openFloat: async (_: unknown, device: string) => {
        if (device === 'cuda') throw new LlmcError('argument', 'no CUDA here');
        throw new LlmcError('limit', 'the CPU has too little memory');
      },
    } as unknown as ModelHost);
    const error = await failure(models.openEntry(header.models[0]));
    expect(error).toMatchObject({
      code: 'limit',
      message: 'no CUDA here; then the CPU has too little memory',
    });
  });

  it('never gives wrong bytes of a damaged payload', async () => {
    const model = await open();
    const packed = await encodeWith(model, { digest: 'none' });
    const { chunks } = await inspect(packed);
    const [{ offset, length }] = chunks;
    const { default: crc32 } = await import('crc-32');
    await fc.assert(
      fc.asyncProperty(fc.nat(length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const damaged = packed.slice();
        damaged[offset + at] ^= flip;
        expect((await failure(decode(damaged, { ...alone, models: [model] }))).code).toBe('chunk-crc');
        // With the payload's CRC and the header's made right again, as by one who means harm.
        const view = new DataView(damaged.buffer);
        const old = crc32.buf(packed.subarray(offset, offset + length)) >>> 0;
        const header = offset - (await inspect(packed)).sizes.sections;
        let field = 0;
        while (view.getUint32(field, true) !== old) field++;
        view.setUint32(field, crc32.buf(damaged.subarray(offset, offset + length)), true);
        view.setUint32(header - 4, crc32.buf(damaged.subarray(0, header - 4)), true);
        const { code } = await failure(decode(damaged, { ...alone, models: [model] }));
        expect(['chunk-corrupt', 'chunk-tokens-crc']).toContain(code);
      }),
      { numRuns: 20 },
    );
  });

  it('refuses what it has no tokens for, and latents that are not its own', async () => {
    const model = await open();
    const large = await failure(encodeWith(model, { codec: vq(400) }));
    expect([large.code, large.message]).toEqual([
      'argument',
      expect.stringMatching(/400 symbols .* vocabulary of 384/),
    ]);
    const streams = await failure(encodeWith(model, { codec: { ...(rvq as object), codebookSizes: [300] } }));
    expect([streams.code, streams.message]).toEqual(['argument', expect.stringContaining('vq-raster')]);
  });

  it('refuses a context that is longer than its own, and more memory than is allowed', async () => {
    const long = await failure(open({}, { contextLength: 65 }));
    expect([long.code, long.message]).toEqual(['argument', expect.stringMatching(/65 tokens.*64 at most/)]);
    const short = await open({}, { contextLength: 5, lanes: 3 });
    const packed = await encodeWith(short);
    expect((await decode(packed, { ...alone, models: [short] }))[0].bytes).toEqual(grids);
    const little = await open({}, { memory: 10000, lanes: 8 });
    const refused = await failure(encodeWith(little));
    expect([refused.code, refused.message]).toEqual(['limit', expect.stringContaining('--max-memory')]);
    const other = await encodeWith(await open({}, { lanes: 8 }));
    const [{ damage }] = await decode(other, { ...alone, models: [little], keepGoing: true });
    expect(damage.map(({ error }) => error.code)).toEqual(['limit']);
    const frames = await open(
      { graph: 'llama-half', manifest: { ...rvqPackage('rvq-frames').manifest } },
      {
        contextLength: 1,
      },
    );
    const cut = await failure(
      encode(npyFile([2, 4], indices(8, 15)), { ...alone, models: [frames], model: 'tiny-1', codec: rvq }),
    );
    expect([cut.code, cut.message]).toEqual(['argument', expect.stringContaining('2 stand together')]);
  });

  it('refuses a file that asks for more than the package has', async () => {
    const model = await open();
    const forged = { ...model, entry: { ...model.entry, contextLength: 65 } };
    expect((await failure(encodeWith(forged))).code).toBe('model-mismatch');
  });

  it('has no arrangement of another profile', async () => {
    const packed = await encodeWith(await open());
    const models = createModelProvider({ store: {} } as ModelHost);
    const { header } = await openContainer(packed);
    for (const arrangement of ['dct-wavefront', 'dct-blocks'] as const) {
      const opening = models.openEntry({ ...header.models[0], arrangement } as ModelEntry);
      expect((await failure(opening)).code).toBe('arrangement-unknown');
    }
  });
});

describe('a package', () => {
  it.each<[string, TestPackage, RegExp]>([
    ['an unknown input', { edit: rename('position_ids', 'position_idx') }, /position_idx.*states/],
    [
      'a cache without its output',
      { edit: rename('present.1.key', 'presenx.1.key') },
      /no output present\.1\.key/,
    ],
    ['no logits', { edit: rename('logits', 'logitz') }, /no output logits/],
    ['no cache', { graph: 'recurrent', manifest: { states: {} } }, /input state/],
    ['a state that is not there', { manifest: { states: { memory: 'logits' } } }, /no input memory/],
    ['a start token beyond its vocabulary', { manifest: { startToken: 384 } }, /token 384|two tokens/],
    ['bytes that are no graph', { edit: () => Buffer.from('hello') }, /cannot be opened/],
    ['another codec', { manifest: { codec: 'rvq' } }, /codec/],
    ['an arrangement of another profile', { manifest: { arrangement: 'dct-wavefront' } }, /arrangement/],
    ['no context', { manifest: { contextLength: 0 } }, /contextLength/],
    ['no offsets', { manifest: { offsets: [] } }, /offsets/],
    ['offsets that are no tokens', { manifest: { offsets: [-1] } }, /offsets/],
    ['no files', { manifest: { files: undefined } }, /models add/],
    ['no graph', { manifest: { files: {} } }, /model\.onnx/],
    [
      'a file outside of its folder',
      { manifest: { files: { 'model.onnx': { bytes: 1, sha256: '0'.repeat(64) }, '../x': {} } } },
      /no name of a file/,
    ],
    [
      'a graph of another length',
      { manifest: { files: { 'model.onnx': { bytes: 1, sha256: '0'.repeat(64) } } } },
      /length/,
    ],
  ])('with %s is refused', async (_, options, message) => {
    const error = await failure(open(options));
    expect(['model-invalid', 'argument']).toContain(error.code);
    expect(error.message).toMatch(message);
  });

  it('with files that are changed, missing or not listed is refused', async () => {
    const folder = makePackage();
    const graph = join(folder, 'model.onnx');
    const bytes = readFileSync(graph);
    const openIt = () => failure(openLanguageModel(folder));
    writeFileSync(join(folder, 'README.md'), 'made by nobody');
    writeFileSync(join(folder, 'model.onnx_data'), 'weights');
    expect((await openIt()).message).toContain('model.onnx_data');
    rmSync(join(folder, 'model.onnx_data'));
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(graph, bytes);
    expect((await openIt()).message).toContain('SHA-256');
    rmSync(graph);
    expect((await openIt()).code).toBe('model-missing');
  });
});
