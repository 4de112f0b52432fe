import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LlmcError } from '../../../src/container/errors.js';
import { formatFingerprint } from '../../../src/container/fingerprint.js';
import { type PackageFiles, readExactPackage } from '../../../src/lm/exact/package.js';
import { packageOf, randomPackage, randomTensors, type TestTensor } from './random-package.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** As spec/model-package.md, section 3 says it, from the tensors themselves. */
function canonicalForm(tensors: ReadonlyMap<string, TestTensor>): Buffer {
  const parts = [Buffer.from('llmc exact dct-wavefront 32\n')];
  for (const name of [...tensors.keys()].sort()) {
    const { type, shape, values } = tensors.get(name) as TestTensor;
    parts.push(Buffer.from(`${name} ${type} ${shape.join('x')}\n`));
    for (const value of values) {
      const integer = Buffer.alloc(type === 'I8' ? 1 : 4);
      integer.writeIntLE(value, 0, integer.length);
      parts.push(integer);
    }
  }
  return Buffer.concat(parts);
}

async function refusal(files: PackageFiles): Promise<string> {
  try {
    await readExactPackage(files);
  } catch (error) {
    expect(error).toBeInstanceOf(LlmcError);
    return (error as LlmcError).code;
  }
  return 'accepted';
}

describe('the fingerprint', () => {
  it('is the SHA-256 of the canonical form', async () => {
    const tensors = randomTensors(7);
    const { fingerprint, id } = await readExactPackage(packageOf(tensors));
    expect(formatFingerprint(fingerprint)).toBe(sha256(canonicalForm(tensors)));
    expect(id).toBe('random-1');
  });

  it('depends on every integer, and on neither manifest nor order of the file', async () => {
    const tensors = randomTensors(7);
    const print = async (files: PackageFiles) =>
      formatFingerprint((await readExactPackage(files)).fingerprint);
    const expected = await print(packageOf(tensors));
    const shuffled = new Map([...tensors].reverse());
    expect(await print(packageOf(shuffled, { name: 'other', version: 9, results: { saving: 1 } }))).toBe(
      expected,
    );
    const [name, tensor] = [...tensors][5];
    const changed = new Map(tensors);
    changed.set(name, { ...tensor, values: tensor.values.map((value, i) => (i === 0 ? value + 1 : value)) });
    expect(await print(packageOf(changed))).not.toBe(expected);
  });
});

describe('a package is refused', () => {
  it.each([
    ['another profile', { profile: 'float' }],
    ['another codec', { codec: 'vq' }],
    ['another arrangement', { arrangement: 'dct-blocks' }],
    ['other units', { logitsABit: 16 }],
    ['other limits', { limits: { feature: 255, activation: 4095, carry: 131072, logit: 2047 } }],
    ['no list of files', { files: undefined }],
    ['another hash', { files: { 'weights.safetensors': { bytes: 1, sha256: '' } } }],
    ['a name that is a path', { name: '../random' }],
    ['a name in capitals', { name: 'Random' }],
    ['an empty name', { name: '' }],
    ['a long name', { name: 'a'.repeat(65) }],
    ['a version that is a string', { version: '1' }],
    ['version 0', { version: 0 }],
  ])('for %s', async (_, changes) => {
    expect(await refusal(randomPackage(1, changes))).toBe('model-invalid');
  });

  const change = (name: string, edit: (tensor: TestTensor) => TestTensor) => {
    const tensors = randomTensors(1);
    tensors.set(name, edit(tensors.get(name) as TestTensor));
    return packageOf(tensors);
  };

  it('for sums that may leave the exact range', async () => {
    const large = change('luma.context_1.bias', (tensor) => ({
      ...tensor,
      values: tensor.values.map(() => 2 ** 24),
    }));
    expect(await refusal(large)).toBe('model-invalid');
    const carried = change('chroma.group_last', (tensor) => ({
      ...tensor,
      values: tensor.values.map((value, i) => (i === 11 ? -(2 ** 31) : value)),
    }));
    expect(await refusal(carried)).toBe('model-invalid');
  });

  it('for shapes that do not fit, types, and shifts beyond the limit', async () => {
    const one = change('luma.context_2.weight', (tensor) => ({
      ...tensor,
      shape: [...tensor.shape].reverse(),
    }));
    expect(await refusal(one)).toBe('accepted');
    const wide = change('luma.last_2.weight', (tensor) => ({
      ...tensor,
      shape: [...tensor.shape].reverse(),
    }));
    expect(await refusal(wide)).toBe('model-invalid');
    const typed = change('luma.last_2.shift', (tensor) => ({ ...tensor, type: 'I32' }));
    expect(await refusal(typed)).toBe('model-invalid');
    const shifted = change('luma.last_2.shift', (tensor) => ({
      ...tensor,
      values: tensor.values.map(() => 25),
    }));
    expect(await refusal(shifted)).toBe('model-invalid');
  });

  it('for tensors too many or too few', async () => {
    const more = randomTensors(1);
    more.set('luma.extra', { type: 'I8', shape: [1], values: [0] });
    expect(await refusal(packageOf(more))).toBe('model-invalid');
    const fewer = randomTensors(1);
    fewer.delete('chroma.coefficient_index');
    expect(await refusal(packageOf(fewer))).toBe('model-invalid');
  });

  it('for its size, before it is read', async () => {
    const { manifest, weights } = randomPackage();
    expect(await refusal({ manifest: new Uint8Array(2 ** 20 + 1), weights })).toBe('limit');
    expect(await refusal({ manifest, weights: new Uint8Array(2 ** 26 + 1) })).toBe('limit');
  });

  it('or accepted, whatever bytes change, without any other error', async () => {
    const tensors = randomTensors(3);
    const sound = packageOf(tensors);
    const resealed = (weights: Uint8Array): PackageFiles =>
      randomPackage(3, {
        files: { 'weights.safetensors': { bytes: weights.length, sha256: sha256(weights) } },
      });
    await fc.assert(
      fc.asyncProperty(
        fc.nat(9000),
        fc.integer({ min: 1, max: 255 }),
        fc.nat(40),
        async (place, bits, cut) => {
          const weights = sound.weights.slice(0, cut === 0 ? place : undefined);
          weights[place] ^= bits;
          const code = await refusal({ ...resealed(weights), weights });
          expect(['accepted', 'model-invalid', 'limit']).toContain(code);
        },
      ),
      { numRuns: 300 },
    );
  });
});
