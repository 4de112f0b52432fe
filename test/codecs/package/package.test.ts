/** Codec packages: manifests, networks, and the bundled one beside what TFLite computed. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNpy } from '../../../src/codecs/arrays/npy.js';
import { namedCodecPackage, referencedCodecPackage } from '../../../src/codecs/package/codec-folders-node.js';
import { parseCodecManifest, referenceTo } from '../../../src/codecs/package/manifest.js';
import {
  choiceOf,
  SoundDecoder,
  SoundEncoder,
  type SoundPackage,
} from '../../../src/codecs/rvq/sound-node.js';
import { readSound } from '../../../src/codecs/sound/read-node.js';
import { bytesSource } from '../../../src/container/source.js';
import { decode, encode, inspect } from '../../../src/index.js';

const fixture = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../fixtures/sound/${name}`, import.meta.url)));
const voice = fixture('voice.wav');
const bundled = fileURLToPath(new URL('../../../codecs/rvq-lyra', import.meta.url));

const soundPackage = async (name: string) => (await namedCodecPackage(name)) as SoundPackage;

function layersOf(npy: Uint8Array): Uint8Array[] {
  const { shape, offset } = parseNpy(npy);
  const [layers, frames] = shape;
  return Array.from({ length: layers }, (_, layer) =>
    npy.slice(offset + layer * frames, offset + (layer + 1) * frames),
  );
}

function agreement(a: readonly Uint8Array[], b: readonly Uint8Array[]): number {
  const equal = a.map((layer, k) => layer.filter((index, t) => index === b[k][t]).length);
  return equal.reduce((sum, count) => sum + count, 0) / (a.length * a[0].length);
}

describe('rvq-lyra', () => {
  let lyra: SoundPackage;
  let encoder: SoundEncoder;
  let decoder: SoundDecoder;
  beforeAll(async () => {
    lyra = await soundPackage('rvq-lyra');
    encoder = await SoundEncoder.open(lyra);
    decoder = await SoundDecoder.open(lyra);
  });
  afterAll(async () => {
    await encoder.close();
    await decoder.close();
  });

  it('gives the indices that TFLite gives', async () => {
    const { bytes, bits } = await encoder.encode(bytesSource(voice), 46);
    expect(bits).toBe(75 * 46 * 4);
    const [found, expected] = [layersOf(bytes), layersOf(fixture('voice.npy'))];
    expect(found).toHaveLength(46);
    expect(agreement(found.slice(0, 8), expected.slice(0, 8))).toBeGreaterThan(0.98);
  });

  it('gives of fewer layers the first, and of two recordings at once those of each', async () => {
    const all = layersOf((await encoder.encode(bytesSource(voice), 46)).bytes);
    const both = await Promise.all([3, 5].map((depth) => encoder.encode(bytesSource(voice), depth)));
    expect(both.map(({ bytes }) => layersOf(bytes))).toEqual([all.slice(0, 3), all.slice(0, 5)]);
  });

  it('decodes to sound that is as loud as it was, piece by piece', async () => {
    const { bytes } = await encoder.encode(bytesSource(voice), 46);
    const parts: Uint8Array[] = [];
    for await (const part of decoder.decode(bytes)) parts.push(part);
    expect(parts).toHaveLength(1 + 75);
    const power = async (file: Uint8Array) => {
      let sum = 0;
      for await (const piece of readSound(bytesSource(file), 16000)) for (const x of piece) sum += x * x;
      return sum;
    };
    const ratio = (await power(Buffer.concat(parts))) / (await power(voice));
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it('is named in the file, whose indices decode without it', async () => {
    const packed = await encode(voice, { jobs: 1, codec: { codec: 'package', name: 'rvq-lyra', depth: 4 } });
    const { rvq, sections } = await inspect(packed);
    expect(sections).toEqual([]);
    expect(rvq).toMatchObject({ depth: 4, frames: 75, frameRate: 50, sampleRate: 16000 });
    expect(rvq?.codecPackage?.name).toBe('rvq-lyra-1');
    const [{ bytes, damage }] = await decode(packed, { jobs: 1 });
    expect(damage).toEqual([]);
    const { bytes: expected } = await encoder.encode(bytesSource(voice), 4);
    expect(Buffer.compare(bytes as Uint8Array, expected)).toBe(0);
  });

  it('takes arrays of its indices as they are', async () => {
    const npy = fixture('voice.npy');
    const packed = await encode(npy, { jobs: 1, codec: { codec: 'package', name: 'rvq-lyra' } });
    expect((await inspect(packed)).rvq).toMatchObject({ depth: 46, frames: 75 });
    const [{ bytes }] = await decode(packed, { jobs: 1 });
    expect(Buffer.compare(bytes as Uint8Array, npy)).toBe(0);
  });

  it('is found by its fingerprint; another is missing', async () => {
    const reference = choiceOf(lyra).codecPackage ?? referenceTo(lyra.manifest, lyra.fingerprint);
    expect((await referencedCodecPackage(reference)).folder).toBe(lyra.folder);
    const other = { ...reference, fingerprint: reference.fingerprint.map((byte) => byte ^ 1) };
    await expect(referencedCodecPackage(other)).rejects.toMatchObject({ code: 'package-missing' });
  });

  it('has 46 layers, and one stream a WAV file', async () => {
    expect(() => choiceOf(lyra, 47)).toThrow(expect.objectContaining({ code: 'argument' }));
    const streams = fixture('voice.npy').slice();
    const text = new TextDecoder('latin1').decode(streams).replace('(46, 75), ', '(2, 23, 75)');
    const several = decoder.decode(Uint8Array.from(text, (character) => character.charCodeAt(0)));
    await expect(several.next()).rejects.toMatchObject({ code: 'argument' });
  });
});

describe('a package in a folder', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'llmc-codec-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('must hold the networks that its manifest means', async () => {
    const copy = join(folder, 'copy');
    cpSync(bundled, copy, { recursive: true });
    await (await SoundEncoder.open(await soundPackage(copy))).close();
    const network = readFileSync(join(copy, 'encoder.onnx'));
    network[network.length >> 1] ^= 1;
    writeFileSync(join(copy, 'encoder.onnx'), network);
    const changed = SoundEncoder.open(await soundPackage(copy));
    await expect(changed).rejects.toMatchObject({ code: 'package-invalid' });
    await expect(namedCodecPackage(join(folder, 'nowhere'))).rejects.toMatchObject({
      code: 'package-missing',
    });
    await expect(namedCodecPackage('nonsense')).rejects.toMatchObject({ code: 'argument' });
  });

  it('must have a manifest by the rules', () => {
    const text = readFileSync(join(bundled, 'codec.json'), 'utf8');
    expect(parseCodecManifest(text)).toMatchObject({ name: 'rvq-lyra', sampleRate: 16000 });
    const manifest = JSON.parse(text);
    const wrong = [
      { name: 'A b' },
      { name: '-a' },
      { codec: 'vq' },
      { codebooks: [] },
      { codebooks: [0] },
      { version: 0 },
      { sampleRate: 1.5 },
      { frameSamples: null },
      { framesPerCall: { encoder: 1 } },
      { files: { 'encoder.onnx': manifest.files['encoder.onnx'] } },
    ].map((change) => JSON.stringify({ ...manifest, ...change }));
    for (const broken of [...wrong, '', 'null', '[]', '{']) {
      expect(() => parseCodecManifest(broken)).toThrow(expect.objectContaining({ code: 'package-invalid' }));
    }
  });
});
