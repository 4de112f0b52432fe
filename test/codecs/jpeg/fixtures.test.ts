import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { canonicalJpeg, parseJpeg, rebuildJpeg } from '../../../src/codecs/jpeg/index.js';

const folder = new URL('../../../fixtures/jpeg/', import.meta.url);
const manifest: Record<string, string> = JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8'));

function read(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, folder)));
}

describe('fixtures/jpeg', () => {
  it.each(Object.entries(manifest))('%s is %s', (name, codec) => {
    const file = read(name);
    const parsed = parseJpeg(file);
    expect(parsed === undefined ? 'raw' : 'jpeg').toBe(codec);
    if (parsed === undefined) return;
    expect(rebuildJpeg(parsed, file.length)).toEqual(file);
  });

  it.each([
    ['baseline-420.jpg', 15],
    ['optimised.jpg', 30],
    ['restarts.jpg', 25],
    ['huffman-missing.jpg', 20],
    ['lines-in-dnl.jpg', 25],
    ['fill-bytes.jpg', 25],
    ['size-1x1.jpg', 15],
  ])('%s has side data of less than %i bytes', (name, limit) => {
    expect(parseJpeg(read(name))?.sideData.length).toBeLessThan(limit);
  });

  it('names quantisation tables where they are those of the IJG', () => {
    const tables = (name: string) => parseJpeg(read(name))?.latents.parameters.tables;
    expect(tables('baseline-420.jpg')).toEqual([
      { kind: 'ijg-luma', quality: 75 },
      { kind: 'ijg-chroma', quality: 75 },
    ]);
    expect(tables('quantization-ones.jpg')?.[0]).toEqual({ kind: 'ijg-luma', quality: 100 });
    expect(tables('quantization-16-bit.jpg')?.[0].kind).toBe('explicit');
  });

  it('takes the height from DNL', () => {
    expect(parseJpeg(read('lines-in-dnl.jpg'))?.latents.parameters.height).toBe(53);
  });
});

describe('libjpeg', () => {
  const decodable = [
    'baseline-420',
    'baseline-411',
    'gray',
    'optimised',
    'progressive',
    'non-interleaved',
    'restarts',
  ];

  it.each(decodable)('decodes the canonical file of %s to the same pixels', async (name) => {
    const file = read(`${name}.jpg`);
    const parsed = parseJpeg(file);
    if (parsed === undefined) throw new Error('not parsed');
    const pixels = async (jpeg: Uint8Array) => sharp(jpeg).raw().toBuffer();
    expect(await pixels(canonicalJpeg(parsed.latents))).toEqual(await pixels(file));
  });

  const pixels = Uint8Array.from({ length: 61 * 47 * 3 }, (_, i) => 128 + 90 * Math.sin(i / 50) + (i % 13));
  const picture = () => sharp(pixels, { raw: { width: 61, height: 47, channels: 3 } });

  it.each([
    ['baseline', { quality: 80 }],
    ['optimised', { quality: 90, optimiseCoding: true, chromaSubsampling: '4:4:4' }],
    ['progressive', { quality: 60, progressive: true }],
    ['with trellis quantisation', { mozjpeg: true }],
  ])('makes %s files whose headers cost little', async (_, options) => {
    const file = new Uint8Array(await picture().jpeg(options).toBuffer());
    const parsed = parseJpeg(file);
    expect(parsed && rebuildJpeg(parsed, file.length)).toEqual(file);
    expect(parsed?.sideData.length).toBeLessThan(60);
  });

  it('makes CMYK files', async () => {
    const file = new Uint8Array(await picture().toColourspace('cmyk').jpeg().toBuffer());
    const parsed = parseJpeg(file);
    expect(parsed?.latents.parameters.components.length).toBe(4);
    expect(parsed && rebuildJpeg(parsed, file.length)).toEqual(file);
  });
});
