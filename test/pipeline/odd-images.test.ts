/** What is no photo: screenshots, drawings, scans, extreme tables, tiny and long images, CMYK, 12 bits. */

import { readdirSync, readFileSync } from 'node:fs';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decode, type ExactModel, encode, inspect, openModel } from '../../src/index.js';

/** Bytes that the exact model may take in a file's header. */
const HEADER_BYTES = 128;

let model: ExactModel;
beforeAll(async () => {
  model = await openModel();
});
afterAll(() => model.close());

/** Right bytes by the exact model alone, and by `auto` never more than by the adaptive model and the header. */
async function check(bytes: Uint8Array): Promise<void> {
  const options = { jobs: 1, models: [model] };
  const forced = await encode(bytes, { ...options, model: model.id });
  expect(Buffer.compare((await decode(forced, options))[0].bytes as Uint8Array, bytes)).toBe(0);
  const automatic = await encode(bytes, options);
  const adaptive = await encode(bytes, { ...options, model: 'adaptive' });
  expect(automatic.length).toBeLessThanOrEqual(adaptive.length);
  const smaller = forced.length < adaptive.length ? forced : adaptive;
  expect(automatic.length).toBeLessThanOrEqual(smaller.length + HEADER_BYTES);
}

const folder = new URL('../../fixtures/jpeg/', import.meta.url);

describe('fixtures/jpeg', () => {
  it.each(readdirSync(folder).filter((name) => name.endsWith('.jpg')))('%s', async (name) => {
    await check(new Uint8Array(readFileSync(new URL(name, folder))));
  });
});

const WIDTH = 200;
const HEIGHT = 136;

/** An image of RGB values by place. */
function image(pixel: (x: number, y: number) => readonly [number, number, number]): Sharp {
  const pixels = new Uint8Array(WIDTH * HEIGHT * 3);
  for (let y = 0, at = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++, at += 3) pixels.set(pixel(x, y), at);
  }
  return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
}

const grayTone = (value: number) => [value, value, value] as const;
const noise = (x: number, y: number) => Math.imul(x * 7919 + y * 104729 + 1, 2654435761) >>> 24;
const screenshot = image((x, y) =>
  y < 16 ? [40, 60, 120] : (x * 5 + (y >> 3) * 7) % 11 < 3 && y % 8 < 6 ? grayTone(20) : grayTone(250),
);
const drawing = image((x, y) =>
  Math.abs(Math.hypot(x - 100, y - 68) - 50) < 1.5 ? [200, 0, 0] : grayTone(255),
);
const scan = image((x, y) => grayTone(225 + (noise(x, y) >> 4) - ((x + 2 * y) % 37 === 0 ? 90 : 0)));
const randomness = image((x, y) => [noise(x, y), noise(y, x), noise(x + y, x)]);

describe('procedural images', () => {
  const images: readonly [string, Sharp, Parameters<Sharp['jpeg']>[0]][] = [
    ['a screenshot', screenshot, { quality: 80 }],
    ['a screenshot, 4:4:4', screenshot, { quality: 95, chromaSubsampling: '4:4:4' }],
    ['a drawing', drawing, { quality: 75 }],
    ['a scan', scan, { quality: 60, progressive: true }],
    ['noise, all steps 1', randomness, { quality: 100, chromaSubsampling: '4:4:4' }],
    ['noise, steps up to 255', randomness, { quality: 1 }],
    ['one colour', image(() => [10, 200, 30]), { quality: 90 }],
  ];
  it.each(images)('%s', async (_, pixels, jpeg) => {
    await check(new Uint8Array(await pixels.clone().jpeg(jpeg).toBuffer()));
  });

  it('gray and CMYK', async () => {
    await check(new Uint8Array(await scan.clone().toColourspace('b-w').jpeg().toBuffer()));
    await check(new Uint8Array(await drawing.clone().toColourspace('cmyk').jpeg().toBuffer()));
  });

  it('every size from 1 x 1 to 17 x 17 in steps', async () => {
    for (const width of [1, 7, 8, 9, 16, 17]) {
      for (const height of [1, 8, 17]) {
        const resized = randomness.clone().resize(width, height, { kernel: 'nearest', fit: 'fill' });
        await check(new Uint8Array(await resized.jpeg({ quality: 70 }).toBuffer()));
      }
    }
  });

  it('an image of 5 megapixels is cut into chunks that come back', async () => {
    const pixels = screenshot.clone().resize(2700, 1900, { kernel: 'nearest', fit: 'fill' });
    const bytes = new Uint8Array(await pixels.jpeg({ quality: 30 }).toBuffer());
    const packed = await encode(bytes, { jobs: 1, models: [model], model: model.id });
    expect((await inspect(packed)).chunks.length).toBeGreaterThan(1);
    const [item] = await decode(packed, { jobs: 1, models: [model] });
    expect(Buffer.compare(item.bytes as Uint8Array, bytes)).toBe(0);
  });
});
