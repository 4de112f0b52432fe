/** Pixels to coefficients: those of libjpeg-turbo's own program, and what becomes of images that JPEG cannot hold. */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { jpegOfPixels, pngOfJpeg } from '../../../src/codecs/dct/pixels-node.js';
import { canonicalJpeg, parseJpeg } from '../../../src/codecs/jpeg/index.js';

const folder = new URL('../../../fixtures/pixels/', import.meta.url);
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)));
const colour = fixture('colour.png');
const gray = fixture('gray.png');

function canonical(jpeg: Uint8Array): Uint8Array {
  const parsed = parseJpeg(jpeg);
  if (parsed === undefined) throw new Error('no JPEG file with coefficients');
  return canonicalJpeg(parsed.latents);
}

/** A TIFF file of one gray pixel in floating point. */
function floatTiff(value: number): Buffer {
  const entries: [number, number, number][] = [
    [256, 3, 1],
    [257, 3, 1],
    [258, 3, 32],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 3, 1],
    [279, 4, 4],
    [339, 3, 3],
  ];
  const file = Buffer.alloc(14 + 12 * entries.length + 4);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(12, 4);
  file.writeFloatLE(value, 8);
  file.writeUInt16LE(entries.length, 12);
  entries.forEach(([tag, type, content], i) => {
    const at = 14 + 12 * i;
    file.writeUInt16LE(tag, at);
    file.writeUInt16LE(type, at + 2);
    file.writeUInt32LE(1, at + 4);
    file.writeUInt32LE(content, at + 8);
  });
  return file;
}

async function pixelsOf(image: Uint8Array): Promise<{ data: Buffer; channels: number }> {
  const { data, info } = await sharp(image).raw().toBuffer({ resolveWithObject: true });
  return { data, channels: info.channels };
}

describe('coefficients', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.jpg')))(
    'are those of cjpeg: %s',
    async (name) => {
      const [image, quality, sampling] = name.replace('.jpg', '').split('-');
      const choice = { '422': { sampling: '4:2:2' }, '444': { sampling: '4:4:4' } } as const;
      const jpeg = await jpegOfPixels(
        fixture(`${image}.png`),
        Number(quality),
        choice[sampling as '422'] ?? {},
      );
      expect(Buffer.compare(jpeg, canonical(fixture(name)))).toBe(0);
    },
  );

  const hasCjpeg = spawnSync('cjpeg', ['-version']).status === 0;
  it.skipIf(!hasCjpeg)('at 4:2:2 are those of cjpeg at any size', { timeout: 120_000 }, async () => {
    const side = fc.integer({ min: 1, max: 40 });
    const seed = fc.integer({ min: 1, max: 2 ** 31 });
    await fc.assert(
      fc.asyncProperty(
        side,
        side,
        seed,
        fc.integer({ min: 1, max: 100 }),
        async (width, height, seed, quality) => {
          const pixels = Buffer.from(
            Uint8Array.from({ length: 3 * width * height }, (_, i) => Math.imul(i + 1, seed) >>> 24),
          );
          const png = await sharp(pixels, { raw: { width, height, channels: 3 } })
            .png()
            .toBuffer();
          const input = Buffer.concat([Buffer.from(`P6\n${width} ${height}\n255\n`), pixels]);
          const args = ['-quality', `${quality}`, '-baseline', '-dct', 'int', '-sample', '2x1'];
          const { stdout } = spawnSync('cjpeg', args, { input });
          const jpeg = await jpegOfPixels(png, quality, { sampling: '4:2:2' });
          expect(Buffer.compare(jpeg, canonical(stdout))).toBe(0);
        },
      ),
    );
  });

  it('at 4:2:2 are of images half as high as else', async () => {
    const tall = await sharp({ create: { width: 1, height: 32751, channels: 3, background: '#808080' } })
      .png()
      .toBuffer();
    await expect(jpegOfPixels(tall, 75, { sampling: '4:2:2' })).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringContaining('32750 are possible'),
    });
    expect(parseJpeg(await jpegOfPixels(tall, 75))).toBeDefined();
  });

  it('are the same of the same pixels in WebP and TIFF', async () => {
    const expected = await jpegOfPixels(colour, 90);
    const webp = await sharp(colour).webp({ lossless: true }).toBuffer();
    const tiff = await sharp(colour).tiff({ compression: 'lzw' }).toBuffer();
    for (const file of [webp, tiff]) expect(Buffer.compare(await jpegOfPixels(file, 90), expected)).toBe(0);
  });

  it.each(['jpeg', 'gif', 'avif'] as const)('are those of the pixels of %s', async (format) => {
    const file = await sharp(colour).toFormat(format).toBuffer();
    const pixels = await sharp(file).removeAlpha().png().toBuffer();
    expect(Buffer.compare(await jpegOfPixels(file, 90), await jpegOfPixels(pixels, 90))).toBe(0);
  });

  it('of 16 bits are those of the upper 8', async () => {
    for (const [image, space] of [
      [colour, 'rgb16'],
      [gray, 'grey16'],
    ] as const) {
      const deep = await sharp(image).toColourspace(space).png().toBuffer();
      expect((await sharp(deep).metadata()).depth).toBe('ushort');
      expect(Buffer.compare(await jpegOfPixels(deep, 75), await jpegOfPixels(image, 75))).toBe(0);
    }
  });

  it('of an image in gray are of one component, and of one pixel one block', async () => {
    const one = await jpegOfPixels(gray, 75);
    expect(parseJpeg(one)?.latents.coefficients).toHaveLength(1);
    expect(Buffer.compare(await jpegOfPixels(gray, 75, { sampling: '4:2:2' }), one)).toBe(0);
    const dot = await sharp({ create: { width: 1, height: 1, channels: 3, background: '#808080' } })
      .png()
      .toBuffer();
    const { parameters, coefficients } = parseJpeg(await jpegOfPixels(dot, 75))?.latents ?? {};
    expect(parameters).toMatchObject({ width: 1, height: 1 });
    expect(coefficients?.map((blocks) => [...blocks].every((value) => value === 0))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('are of the image turned upright', async () => {
    const turned = await sharp(colour).withMetadata({ orientation: 6 }).png().toBuffer();
    const upright = await sharp(colour).rotate(90).png().toBuffer();
    expect(Buffer.compare(await jpegOfPixels(turned, 75), await jpegOfPixels(upright, 75))).toBe(0);
  });

  it('are of the colours that an embedded profile means', async () => {
    const wide = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#c86432' } })
      .withIccProfile('p3')
      .png()
      .toBuffer();
    const { data } = await pixelsOf(await jpegOfPixels(wide, 100, { sampling: '4:4:4' }));
    [200, 100, 50].forEach((value, i) => {
      expect(Math.abs(data[i] - value)).toBeLessThanOrEqual(3);
    });
  });
});

describe('transparent pixels', () => {
  const half = () => sharp(colour).ensureAlpha(0.5).png().toBuffer();

  it('are refused, or laid over a background', async () => {
    await expect(jpegOfPixels(await half(), 75)).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringContaining('--background'),
    });
    const flat = await sharp(await half())
      .flatten({ background: 'red' })
      .png()
      .toBuffer();
    const jpeg = await jpegOfPixels(await half(), 75, { background: 'red' });
    expect(Buffer.compare(jpeg, await jpegOfPixels(flat, 75))).toBe(0);
  });

  it('are not where all are opaque', async () => {
    const opaque = await sharp(colour).ensureAlpha(1).png().toBuffer();
    expect(Buffer.compare(await jpegOfPixels(opaque, 75), await jpegOfPixels(colour, 75))).toBe(0);
  });
});

describe('refused are', () => {
  const refused = async (file: Uint8Array, message: RegExp) =>
    expect(jpegOfPixels(file, 75)).rejects.toMatchObject({
      code: 'input-invalid',
      message: expect.stringMatching(message),
    });

  it('what is no image, or cut', async () => {
    await refused(new TextEncoder().encode('text'), /cannot be read as an image/);
    await refused(new Uint8Array(), /cannot be read as an image/);
    await refused(colour.subarray(0, colour.length >> 1), /cannot be read as an image/);
  });

  it('drawings, animations and floating point', async () => {
    await refused(
      Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      /format svg/,
    );
    const frame = (background: string) =>
      sharp({ create: { width: 9, height: 9, channels: 3, background } })
        .png()
        .toBuffer();
    const frames = [await frame('red'), await frame('blue')];
    const animation = sharp(frames, { join: { animated: true } });
    await refused(await animation.gif().toBuffer(), /2 pages/);
    await refused(floatTiff(0.5), /samples of type float/);
  });

  it('qualities and colours that are none', async () => {
    for (const quality of [0, 101, 7.5, Number.NaN])
      await expect(jpegOfPixels(colour, quality)).rejects.toMatchObject({ code: 'argument' });
    await expect(jpegOfPixels(colour, 75, { background: 'nonsense' })).rejects.toMatchObject({
      code: 'argument',
    });
  });
});

describe('a JPEG file as PNG', () => {
  it.each([colour, gray])('has the pixels and channels of any decoder', async (image) => {
    const jpeg = await jpegOfPixels(image, 75);
    expect(await pixelsOf(await pngOfJpeg(jpeg))).toEqual(await pixelsOf(jpeg));
  });

  it('needs one that can be decoded', async () => {
    await expect(pngOfJpeg(colour.subarray(0, 40))).rejects.toMatchObject({ code: 'input-invalid' });
  });
});
