/** Images through the codec package of images. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNpy } from '../../../src/codecs/arrays/npy.js';
import { namedCodecPackage } from '../../../src/codecs/package/codec-folders-node.js';
import { parseCodecManifest } from '../../../src/codecs/package/manifest.js';
import {
  gridChoiceOf,
  ImageDecoder,
  ImageEncoder,
  type ImagePackage,
  parseImageSize,
} from '../../../src/codecs/vq/image-node.js';
import { decode, encode, inspect } from '../../../src/index.js';

const bundled = fileURLToPath(new URL('../../../codecs/vq-photo', import.meta.url));
const photo = new Uint8Array(readFileSync(new URL('../../../fixtures/sample.jpg', import.meta.url)));

const imagePackage = async (name: string) => (await namedCodecPackage(name)) as ImagePackage;
const scaled = async (width: number, height: number) =>
  new Uint8Array(await sharp(photo).resize(width, height, { fit: 'fill' }).png().toBuffer());
const indicesOf = (npy: Uint8Array) => Buffer.from(npy.subarray(parseNpy(npy).offset));
const pixelsOf = async (image: Uint8Array) => sharp(image).removeAlpha().raw().toBuffer();

function meanSquare(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0) / a.length;
}

describe('vq-photo', () => {
  let codec: ImagePackage;
  let encoder: ImageEncoder;
  let decoder: ImageDecoder;
  beforeAll(async () => {
    codec = await imagePackage('vq-photo');
    encoder = await ImageEncoder.open(codec);
    decoder = await ImageDecoder.open(codec);
  });
  afterAll(async () => {
    await encoder.close();
    await decoder.close();
  });

  it('gives an image that is like the one it was, of its size', async () => {
    const image = await scaled(250, 190);
    const { bytes, bits, size } = await encoder.encode(image);
    expect(parseNpy(bytes).shape).toEqual([12, 16]);
    expect(bits).toBe(12 * 16 * 10);
    expect(size).toEqual({ width: 250, height: 190 });
    const png = await decoder.decode(bytes, size);
    expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width: 250, height: 190 });
    const [before, after] = [await pixelsOf(image), await pixelsOf(png)];
    const mean = before.reduce((sum, x) => sum + x, 0) / before.length;
    const gray = new Uint8Array(before.length).fill(mean);
    expect(meanSquare(before, after)).toBeLessThan(meanSquare(before, gray) / 3);
  });

  it('takes any size, and gives that of the grid where none is told or it does not fit', async () => {
    for (const [width, height] of [
      [1, 1],
      [16, 17],
      [900, 3],
    ]) {
      const { bytes, size } = await encoder.encode(await scaled(width, height));
      const [rows, columns] = [Math.ceil(height / 16), Math.ceil(width / 16)];
      expect(parseNpy(bytes).shape).toEqual([rows, columns]);
      expect(await sharp(await decoder.decode(bytes, size)).metadata()).toMatchObject({ width, height });
      for (const none of [undefined, { width: width + 16, height }]) {
        const whole = await sharp(await decoder.decode(bytes, none)).metadata();
        expect(whole).toMatchObject({ width: 16 * columns, height: 16 * rows });
      }
    }
  });

  it('is filled to whole cells by its last column and row', async () => {
    // Black, and white at the last column and row: what is filled in must be white.
    const [width, height] = [37, 21];
    const white = (i: number) => i % width === width - 1 || i >= width * (height - 1);
    const gray = Uint8Array.from({ length: width * height }, (_, i) => (white(i) ? 255 : 0));
    const raw = { width, height, channels: 1 } as const;
    const image = new Uint8Array(await sharp(gray, { raw }).png().toBuffer());
    const edges = { right: 11, bottom: 11, extendWith: 'copy' } as const;
    const filled = new Uint8Array(await sharp(image).extend(edges).png().toBuffer());
    expect(indicesOf((await encoder.encode(image)).bytes)).toEqual(
      indicesOf((await encoder.encode(filled)).bytes),
    );
  });

  it('cut into tiles gives what it gives in one', async () => {
    const manifest = { ...codec.manifest, cellsPerCall: 2 * codec.manifest.marginCells + 2 };
    const [tiles, joints] = await Promise.all([
      ImageEncoder.open({ ...codec, manifest }),
      ImageDecoder.open({ ...codec, manifest }),
    ]);
    const image = await scaled(16 * 21, 16 * 17);
    const [whole, cut] = [await encoder.encode(image), await tiles.encode(image)];
    expect(indicesOf(cut.bytes).equals(indicesOf(whole.bytes))).toBe(true);
    const [one, other] = [await decoder.decode(whole.bytes), await joints.decode(whole.bytes)];
    const [a, b] = [await pixelsOf(one), await pixelsOf(other)];
    expect(a.every((x, i) => Math.abs(x - b[i]) <= 1)).toBe(true);
    await tiles.close();
    await joints.close();
  });

  it('takes gray as gray, and transparent pixels with a background only', async () => {
    const gray = new Uint8Array(await sharp(photo).resize(64, 48).toColourspace('b-w').png().toBuffer());
    const colours = new Uint8Array(await sharp(gray).toColourspace('srgb').png().toBuffer());
    expect(indicesOf((await encoder.encode(gray)).bytes)).toEqual(
      indicesOf((await encoder.encode(colours)).bytes),
    );
    const clear = { r: 9, g: 9, b: 9, alpha: 0.5 };
    const transparent = new Uint8Array(
      await sharp({ create: { width: 20, height: 20, channels: 4, background: clear } })
        .png()
        .toBuffer(),
    );
    await expect(encoder.encode(transparent)).rejects.toMatchObject({ code: 'input-invalid' });
    expect((await encoder.encode(transparent, 'white')).size).toEqual({ width: 20, height: 20 });
    await expect(encoder.encode(photo.subarray(0, 100))).rejects.toMatchObject({ code: 'input-invalid' });
  });

  it('has a model of its indices', async () => {
    const choice = { codec: 'package', name: 'vq-photo' } as const;
    const image = await scaled(320, 240);
    const [own, adaptive] = [
      await encode(image, { codec: choice }),
      await encode(image, { codec: choice, model: 'adaptive' }),
    ];
    expect((await inspect(own)).models.map(({ name }) => name)).toEqual(['vq-photo-1']);
    expect(own.length).toBeLessThan(0.95 * adaptive.length);
    expect((await decode(own))[0].bytes).toEqual((await decode(adaptive))[0].bytes);
  });

  it('is an item of type vq that names it, and the size of the image', async () => {
    const packed = await encode(await scaled(100, 60), { codec: { codec: 'package', name: 'vq-photo' } });
    const [item] = (await inspect(packed)).items;
    expect(item).toMatchObject({
      codec: 'vq',
      vq: { codebookSize: 1024, codecPackage: { name: 'vq-photo-1' } },
      metadata: { pixels: '100x60' },
    });
    const [{ bytes, metadata }] = await decode(packed);
    expect(parseNpy(bytes as Uint8Array).shape).toEqual([4, 7]);
    expect(parseImageSize(metadata)).toEqual({ width: 100, height: 60 });
    expect(parseImageSize({ pixels: '0x5' })).toBeUndefined();
    const again = await encode(bytes as Uint8Array, { codec: gridChoiceOf(codec) });
    expect((await decode(again))[0].bytes).toEqual(bytes);
    const layers = encode(photo, { codec: { codec: 'package', name: 'vq-photo', depth: 1 } });
    await expect(layers).rejects.toMatchObject({ code: 'argument' });
  });
});

describe('a package of images', () => {
  it('must have a manifest by the rules', () => {
    const text = readFileSync(join(bundled, 'codec.json'), 'utf8');
    expect(parseCodecManifest(text)).toMatchObject({ name: 'vq-photo', codebook: 1024, cellPixels: 16 });
    for (const change of [
      { codebook: 0 },
      { cellPixels: 257 },
      { cellsPerCall: 0 },
      { cellsPerCall: 2 },
      { marginCells: -1 },
      { marginCells: 24 },
      { codec: 'rvq' },
    ]) {
      const broken = JSON.stringify({ ...JSON.parse(text), ...change });
      expect(() => parseCodecManifest(broken)).toThrow(expect.objectContaining({ code: 'package-invalid' }));
    }
  });

  it('must give indices of its codebook, a cell each', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'llmc-vq-'));
    try {
      cpSync(bundled, folder, { recursive: true });
      for (const change of [{ codebook: 2 }, { cellPixels: 32 }]) {
        const manifest = JSON.parse(readFileSync(join(bundled, 'codec.json'), 'utf8'));
        writeFileSync(join(folder, 'codec.json'), JSON.stringify({ ...manifest, ...change }));
        const encoder = await ImageEncoder.open(await imagePackage(folder));
        await expect(encoder.encode(photo)).rejects.toMatchObject({ code: 'package-invalid' });
        await encoder.close();
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
