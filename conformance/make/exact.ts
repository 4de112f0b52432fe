/** Files of profile `exact`, with the small packages of `models/`. */

import { concatenate } from '../../src/container/bytes.js';
import type { LlmcErrorCode } from '../../src/container/errors.js';
import { packageOf, randomTensors, type TestTensor } from '../../test/lm/exact/random-package.js';
import { type BuildItem, type BuildOptions, buildFile, jpeg, rowTokens, tokensOf } from './build.js';
import { hasCarry } from './carries.js';
import { extremeImages, grayImage } from './extreme-images.js';
import { FieldFile } from './field-file.js';
import { jpegFixture, Random } from './media.js';
import { embedded, exactCoding, tinyModel } from './tiny-models.js';
import { invalid, type Vector, valid } from './vector.js';

const MODEL = ['exact-dct.md#3-schedule', 'exact-dct.md#4-nets', 'exact-dct.md#6-features'];
const PROFILE = [
  'exact-profile.md#3-layers',
  'exact-profile.md#62-decisions',
  'exact-decisions.md#2-coding-a-decision',
];
const CODER = 'range-coder.md';
const PACKAGE = 'model-package.md#3-fingerprint';
const EMBEDDED = 'container.md#52-embedded-models';

/** All of them. */
export async function exact(): Promise<Vector[]> {
  return [
    ...(await images()),
    ...(await chunks()),
    ...(await extremes()),
    ...(await packages()),
    ...(await broken()),
  ];
}

async function images(): Promise<Vector[]> {
  const coding = await exactCoding(tinyModel('tiny-1'));
  const names = [
    ...['gray', 'baseline-420', 'baseline-422', 'baseline-440', 'baseline-444', 'baseline-411'],
    ...['baseline-fractional', 'baseline-two-components', 'cmyk', 'ycck', 'extended-12-bit', 'progressive'],
    ...['quantization-ones', 'quantization-16-bit', 'quantization-255', 'size-1x1', 'zero-runs', 'restarts'],
  ];
  return Promise.all(
    names.map(async (name) => {
      const image = jpeg(jpegFixture(name));
      const purpose = `a model of 4 units a layer on a JPEG file: ${name.replaceAll('-', ' ')}`;
      const spec = [...MODEL, ...PROFILE, 'exact-dct.md#1-planes', CODER];
      return valid(
        `exact/${name}`,
        purpose,
        spec,
        await buildFile([image], { coding }),
        [image.bytes],
        ['tiny-1'],
      );
    }),
  );
}

async function chunks(): Promise<Vector[]> {
  const coding = await exactCoding(tinyModel('tiny-2'));
  const colour = jpeg(jpegFixture('baseline-420'));
  const gray = jpeg(jpegFixture('gray'));
  const row = rowTokens(colour);
  const rows = tokensOf(colour) / row;
  const spec = ['container.md#6-chunk-table', 'exact-dct.md#3-schedule'];
  const vector = async (
    name: string,
    purpose: string,
    items: readonly (typeof gray)[],
    cuts: readonly number[],
  ) =>
    valid(
      `exact/${name}`,
      purpose,
      spec,
      await buildFile(items, { coding, chunks: cuts }),
      items.map(({ bytes }) => bytes),
      ['tiny-2'],
    );
  const both = tokensOf(colour) + tokensOf(gray);
  return [
    await vector(
      'chunks',
      'a chunk an MCU row, a model of one unit a layer',
      [colour],
      Array<number>(rows).fill(row),
    ),
    await vector('items-one-chunk', 'two images of different shape in one chunk', [colour, gray], [both]),
    await vector(
      'items-across-chunks',
      'a chunk of the end of one image and the beginning of the next',
      [colour, gray],
      [row, both - row - 3 * rowTokens(gray), 3 * rowTokens(gray)],
    ),
  ];
}

async function extremes(): Promise<Vector[]> {
  const spec = [...MODEL, ...PROFILE, 'exact-dct.md#2-symbols', 'exact-profile.md#7-raw-bits', CODER];
  const vectors: Vector[] = [];
  for (const id of ['tiny-1', 'tiny-flat-1', 'tiny-steep-1']) {
    const coding = await exactCoding(tinyModel(id));
    const add = async (name: string, purpose: string, item: BuildItem) => {
      const bytes = await buildFile([item], { coding });
      vectors.push(
        valid(
          `exact/${name}-${id.replace(/-1$/, '')}`,
          `${purpose}, with the model ${id}`,
          spec,
          bytes,
          [item.bytes],
          [id],
        ),
      );
    };
    for (const { name, purpose, item } of extremeImages()) await add(name, purpose, item);
    if (id !== 'tiny-1') await add('photo', 'a JPEG file', jpeg(jpegFixture('baseline-420')));
  }
  vectors.push(await carry(spec));
  return vectors;
}

/** A payload in which the encoder carried through a byte 0xFF into one before it. */
async function carry(spec: readonly string[]): Promise<Vector> {
  const coding = await exactCoding(tinyModel('tiny-flat-1'));
  const random = new Random(9);
  for (;;) {
    const item = grayImage(8, 256, (_, k) => (k === 0 ? random.around(1000) : 0));
    if (!(await hasCarry(item, coding, tokensOf(item), rowTokens(item)))) continue;
    return valid(
      'exact/carry',
      'a carry through a byte 0xFF of the payload',
      [...spec, 'range-coder.md#1-encoder'],
      await buildFile([item], { coding }),
      [item.bytes],
      ['tiny-flat-1'],
    );
  }
}

async function packages(): Promise<Vector[]> {
  const gray = jpeg(jpegFixture('gray'));
  const model = tinyModel('tiny-1');
  const vector = async (
    name: string,
    purpose: string,
    bytes: number,
    options: BuildOptions,
    models?: readonly string[],
  ) =>
    valid(
      `exact/${name}`,
      purpose,
      [PACKAGE, EMBEDDED],
      await buildFile([gray], { coding: await exactCoding(model, bytes), ...options }),
      [gray.bytes],
      models,
    );
  return [
    await vector('embedded', 'the package is in the file, its weights deflated', 16, {
      sections: [embedded(model.files, true)],
    }),
    await vector('embedded-stored', 'the package is in the file, its weights as they are', 16, {
      sections: [embedded(model.files, false)],
    }),
    await vector(
      'embedded-other',
      'a package of another fingerprint is in the file, the right one is given',
      16,
      { sections: [embedded(tinyModel('tiny-2').files, true)] },
      ['tiny-1'],
    ),
    await vector('fingerprint-8', 'the file has 8 bytes of the fingerprint', 8, {}, ['tiny-2', 'tiny-1']),
    await vector('fingerprint-32', 'the file has the whole fingerprint', 32, {}, ['tiny-flat-1', 'tiny-1']),
  ];
}

async function broken(): Promise<Vector[]> {
  const gray = jpeg(jpegFixture('gray'));
  const model = tinyModel('tiny-1');
  const coding = await exactCoding(model);
  const file = await FieldFile.of(await buildFile([gray], { coding }));
  const payload = file.fields.find(({ name }) => name === 'chunks[0].payload')?.bytes ?? new Uint8Array();
  const altered = (
    name: string,
    purpose: string,
    bytes: Uint8Array,
    codes: LlmcErrorCode | readonly LlmcErrorCode[],
  ) =>
    invalid(
      `exact/payload-${name}`,
      purpose,
      [CODER, 'errors.md#chunks-and-items'],
      new FieldFile(file.fields).set('chunks[0].payload', bytes).build(),
      codes,
      undefined,
      ['tiny-1'],
    );
  const either = ['chunk-corrupt', 'chunk-tokens-crc'] as const;

  const missing: readonly LlmcErrorCode[] = ['model-missing', 'model-invalid'];
  const tensors = randomTensors(1, 4);
  const withTensor = (name: string, change: (tensor: TestTensor) => TestTensor) =>
    packageOf(new Map([...tensors].map(([key, tensor]) => [key, key === name ? change(tensor) : tensor])));
  const withManifest = (changes: Record<string, unknown>) =>
    packageOf(tensors, { name: 'tiny', version: 1, ...changes });
  const packageVector = async (
    name: string,
    purpose: string,
    spec: string,
    files: ReturnType<typeof packageOf>,
  ) =>
    invalid(
      `exact/package-${name}`,
      purpose,
      [spec, EMBEDDED],
      await buildFile([gray], { coding, sections: [embedded(files, true)] }),
      missing,
    );
  const first = 'luma.context_1';
  return [
    altered(
      'left-over',
      'a byte more than the tokens need',
      concatenate([payload, Uint8Array.of(1)]),
      'chunk-corrupt',
    ),
    altered('trailing-zero', 'a last byte of 0', concatenate([payload, Uint8Array.of(0)]), 'chunk-corrupt'),
    altered('cut', 'a payload without its last byte', payload.subarray(0, -1), either),
    altered('empty', 'a payload of no bytes', new Uint8Array(), either),
    altered(
      'altered',
      'another byte in the middle',
      payload.map((byte, i) => (i === payload.length >> 1 ? byte ^ 0x40 : byte)),
      either,
    ),
    await packageVector(
      'bound',
      'weights whose sums may leave the exact range',
      'model-package.md#5-bounds',
      withTensor(`${first}.bias`, (t) => ({ ...t, values: t.values.map(() => 2 ** 24) })),
    ),
    await packageVector(
      'shape',
      'a bias of fewer rows than the weights',
      'model-package.md#4-weights',
      withTensor(`${first}.bias`, (t) => ({ ...t, shape: [3], values: t.values.slice(0, 3) })),
    ),
    await packageVector(
      'type',
      'weights of 32 bits in place of 8',
      'model-package.md#4-weights',
      withTensor(`${first}.weight`, (t) => ({ ...t, type: 'I32' })),
    ),
    await packageVector(
      'shift',
      'a shift of 25',
      'exact-profile.md#3-layers',
      withTensor(`${first}.shift`, (t) => ({ ...t, values: t.values.map(() => 25) })),
    ),
    await packageVector(
      'tensor-missing',
      'a tensor fewer',
      'model-package.md#4-weights',
      packageOf(new Map([...tensors].slice(1))),
    ),
    await packageVector(
      'tensor-more',
      'a tensor more',
      'model-package.md#4-weights',
      packageOf(new Map([...tensors, ['extra', { type: 'I8', shape: [1], values: [1] }]])),
    ),
    await packageVector(
      'profile',
      'a manifest of another profile',
      'model-package.md#2-manifest',
      withManifest({ profile: 'float' }),
    ),
    await packageVector(
      'limits',
      'a manifest of other limits',
      'model-package.md#2-manifest',
      withManifest({ limits: { feature: 255, activation: 1023, carry: 131072, logit: 4095 } }),
    ),
    await packageVector(
      'self-test',
      'a manifest with another hash of the self-test',
      'exact-profile.md#9-self-test',
      withManifest({ selfTest: '0'.repeat(64) }),
    ),
    await packageVector(
      'hash',
      'a manifest with another hash of the weights',
      'model-package.md#2-manifest',
      withManifest({ files: { 'weights.safetensors': { bytes: 1, sha256: '0'.repeat(64) } } }),
    ),
  ];
}
