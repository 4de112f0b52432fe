/** Rate and distortion of images: as DCT coefficients, or by a codec package, beside other formats. */

import { jpegOfPixels } from '../codecs/dct/pixels-node.js';
import { imageError, loadSharp, openStill } from '../codecs/image/still-node.js';
import { gridChoiceOf, ImageDecoder, ImageEncoder, type ImagePackage } from '../codecs/vq/image-node.js';
import type { ModelProvider } from '../lm/model-provider.js';
import { imageFormats } from './image-formats.js';
import { readInput } from './inputs.js';
import { psnr } from './rate-distortion.js';
import { type CodingChoices, type Measure, type Medium, packedBytes, type Score } from './rd-medium.js';
import { warn } from './report.js';

/** Choices of images. */
export interface ImageChoices extends CodingChoices {
  readonly qualities: readonly number[];
  readonly sampling: '4:2:0' | '4:4:4';
}

/** An image as samples of 8 bits. */
interface Pixels {
  readonly rgb: Uint8Array;
  readonly rgba: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** The JPEG file of a quality. */
interface Jpeg {
  readonly setting: number;
  readonly bytes: Uint8Array;
  readonly scores: readonly number[];
}

/** What a codec makes of an image. */
type Coding = (reference: Reference, jpegs: readonly Jpeg[], models: ModelProvider) => Promise<Measure[]>;

/** The image that all formats are given: upright, opaque, 8-bit sRGB. */
interface Reference {
  readonly png: Uint8Array;
  readonly pixels: Pixels;
}

const JPEG = 'JPEG';
const PACKED = 'packed indices';
/** Least side of an image that MS-SSIM's five scales take. */
const MS_SSIM_SIDE = 176;

const SCORES: readonly Score[] = [
  { name: 'PSNR dB', column: 'psnr_db', digits: 2 },
  { name: 'MS-SSIM', column: 'ms_ssim', digits: 4, scale: (value) => -10 * Math.log10(1 - value) },
];

/** Images as DCT coefficients, whose own coder is JPEG's Huffman codes. */
export function dctImages(choices: ImageChoices): Medium {
  const format = 'llmc (dct)';
  const code: Coding = (_, jpegs, models) =>
    Promise.all(
      jpegs.map(async ({ setting, bytes, scores }) => {
        const { file } = await packedBytes(bytes, { codec: 'dct' }, models, choices);
        return { format, setting, bytes: file, scores };
      }),
    );
  return {
    ...images(choices, code),
    anchor: { format: JPEG, name: 'JPEG with its standard Huffman tables' },
    sameLatents: [format, 'JPEG (optimised)'],
    close: async () => undefined,
  };
}

/** Images by a codec package, whose indices have bits of equal number without a coder. */
export async function packageImages(codecPackage: ImagePackage, choices: ImageChoices): Promise<Medium> {
  const encoder = await ImageEncoder.open(codecPackage);
  const decoder = await ImageDecoder.open(codecPackage);
  const { name } = codecPackage.manifest;
  const code: Coding = async ({ png, pixels }, _, models) => {
    const { bytes, bits, size } = await encoder.encode(png);
    const scores = await scoresOf(pixels, await decoder.decode(bytes, size));
    const { file, payload } = await packedBytes(bytes, gridChoiceOf(codecPackage), models, choices);
    return [
      { format: PACKED, bytes: Math.ceil(bits / 8), scores },
      { format: `llmc (${name}), payload`, bytes: payload, scores },
      { format: `llmc (${name})`, bytes: file, scores },
    ];
  };
  return {
    ...images(choices, code),
    anchor: { format: PACKED, name: PACKED },
    sameLatents: [`llmc (${name}), payload`, `llmc (${name})`],
    async close() {
      await encoder.close();
      await decoder.close();
    },
  };
}

function images({ qualities, sampling, signal }: ImageChoices, code: Coding) {
  const { formats, missing } = imageFormats();
  if (missing.length > 0) warn(`left out, for they are not installed: ${missing.join(', ')}`);
  return {
    unit: 'pixel',
    setting: 'quality',
    plain: '24-bit',
    scores: SCORES,
    accepts: (name: string) => /\.(png|webp|tiff?|jpe?g|gif|avif)$/i.test(name),
    async measure(path: string, models: ModelProvider) {
      const png = await upright(await readInput(path));
      const pixels = await pixelsOf(png);
      const { width, height } = pixels;
      const jpegs: Jpeg[] = [];
      for (const setting of qualities) {
        const bytes = await jpegOfPixels(png, setting, { sampling });
        jpegs.push({ setting, bytes, scores: await scoresOf(pixels, bytes) });
      }
      const measures = await code({ png, pixels }, jpegs, models);
      for (const { setting, bytes: jpeg, scores } of jpegs) {
        measures.push({ format: JPEG, setting, bytes: jpeg.length, scores });
        const input = { image: png, width, height, sampling, jpegBytes: jpeg.length, signal };
        for (const format of formats) {
          const { bytes, decoded } = await format.encode({ ...input, quality: setting });
          measures.push({ format: format.name, setting, bytes, scores: await scoresOf(pixels, decoded) });
        }
      }
      return { extent: width * height, plainBits: 24 * width * height, measures };
    },
  } as const;
}

async function upright(file: Uint8Array): Promise<Uint8Array> {
  const image = await openStill(file);
  return imageError('cannot be read as an image', () =>
    image.toColourspace('srgb').png({ compressionLevel: 1 }).toBuffer(),
  );
}

async function pixelsOf(image: Uint8Array): Promise<Pixels> {
  const sharp = await loadSharp();
  const { data, info } = await sharp(image)
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const rgba = await sharp(data, { raw: info }).ensureAlpha().raw().toBuffer();
  return { rgb: data, rgba, width: info.width, height: info.height };
}

/** PSNR, and MS-SSIM where the image is large enough. */
async function scoresOf(original: Pixels, image: Uint8Array): Promise<number[]> {
  const { msssim } = await import('@blazediff/ssim/msssim');
  const found = await pixelsOf(image);
  const { width, height } = original;
  const large = Math.min(width, height) >= MS_SSIM_SIDE;
  return [
    psnr(original.rgb, found.rgb),
    large ? msssim(original.rgba, found.rgba, undefined, width, height) : Number.NaN,
  ];
}
