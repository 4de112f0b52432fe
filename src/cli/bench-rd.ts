/** `llmc bench rd`: rate and distortion of images as DCT coefficients, beside other image formats. */

import { writeFile } from 'node:fs/promises';
import Table from 'cli-table3';
import { jpegOfPixels } from '../codecs/dct/pixels-node.js';
import { imageError, loadSharp, openStill } from '../codecs/image/still-node.js';
import { LlmcError } from '../container/errors.js';
import { encodeItems } from '../pipeline/encode.js';
import { readInput } from './inputs.js';
import { lineChart } from './line-chart.js';
import { deltaRate, psnr } from './rate-distortion.js';
import { type RunOptions, runCommand } from './run.js';
import { PLAIN_TABLE } from './tables.js';

/** Options of the command, as commander hands them over. */
export interface BenchRdOptions extends RunOptions {
  readonly qualities: readonly number[];
  readonly sampling: '4:2:0' | '4:4:4';
  readonly model: string;
  /** Files to write all figures, and a chart, to. */
  readonly csv?: string;
  readonly svg?: string;
}

/** A format at a quality, over all images. */
interface Point {
  readonly format: string;
  readonly quality: number;
  bytes: number;
  /** Sums over images. */
  psnr: number;
  msSsim: number;
}

/** Images as samples of 8 bits. */
interface Pixels {
  readonly rgb: Uint8Array;
  readonly rgba: Uint8Array;
  readonly width: number;
  readonly height: number;
}

const LLMC = 'llmc (dct)';
const ANCHOR = 'JPEG';
/** Least side of an image that MS-SSIM's five scales take. */
const MS_SSIM_SIDE = 176;

/** Runs the command; answers the exit status. */
export async function benchRdCommand(paths: readonly string[], options: BenchRdOptions): Promise<number> {
  const points = new Map<string, Point>();
  let pixels = 0;
  let images = 0;
  const status = await runCommand(
    'bench rd',
    paths,
    options,
    isImageName,
    async ({ inputs, models, report, progress }) => {
      for (const { path, size } of inputs.files) {
        try {
          const image = await readInput(path);
          // The image that all formats are given: upright, opaque, 8-bit sRGB.
          const reference = await upright(image);
          const original = await pixelsOf(reference);
          for (const quality of options.qualities) {
            const { sampling, model, signal } = options;
            const jpeg = await jpegOfPixels(reference, quality, { sampling });
            const codec = { codec: 'dct' } as const;
            const packed = await encodeItems([{ bytes: jpeg }], models, {
              model,
              codec,
              signal,
              digest: 'none',
            });
            const own = await measure(original, jpeg);
            add(points, { format: ANCHOR, quality, bytes: jpeg.length, ...own });
            add(points, { format: LLMC, quality, bytes: packed.bytes.length, ...own });
            for (const [format, bytes] of await others(reference, quality, sampling)) {
              add(points, { format, quality, bytes: bytes.length, ...(await measure(original, bytes)) });
            }
          }
          pixels += original.width * original.height;
          images++;
          report.add({ input: path, status: 'done' });
        } catch (error) {
          if (!(error instanceof LlmcError)) throw error;
          report.add({ input: path, status: 'failed', error });
        }
        progress.update(path, size, 1);
      }
    },
  );
  if (images === 0) return status;
  const rows = [...points.values()].map((point) => summary(point, pixels, images));
  if (!options.json) process.stdout.write(`${tableOf(rows)}\n${deltas(rows)}`);
  if (options.csv !== undefined) await writeFile(options.csv, csvOf(rows));
  if (options.svg !== undefined) await writeFile(options.svg, chartOf(rows));
  return status;
}

function isImageName(name: string): boolean {
  return /\.(png|webp|tiff?|jpe?g|gif|avif)$/i.test(name);
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

/** The formats that sharp writes, at its quality of the same number: each format means another thing by it. */
async function others(
  image: Uint8Array,
  quality: number,
  chromaSubsampling: string,
): Promise<[string, Uint8Array][]> {
  const sharp = await loadSharp();
  return [
    ['JPEG (optimised)', await sharp(image).jpeg({ quality, chromaSubsampling }).toBuffer()],
    ['WebP', await sharp(image).webp({ quality }).toBuffer()],
    ['AVIF', await sharp(image).avif({ quality }).toBuffer()],
  ];
}

async function measure(original: Pixels, image: Uint8Array): Promise<{ psnr: number; msSsim: number }> {
  const { msssim } = await import('@blazediff/ssim/msssim');
  const found = await pixelsOf(image);
  const { width, height } = original;
  const large = Math.min(width, height) >= MS_SSIM_SIDE;
  return {
    psnr: psnr(original.rgb, found.rgb),
    msSsim: large ? msssim(original.rgba, found.rgba, undefined, width, height) : Number.NaN,
  };
}

function add(points: Map<string, Point>, point: Point): void {
  const key = `${point.format} ${point.quality}`;
  const known = points.get(key);
  if (known === undefined) {
    points.set(key, point);
    return;
  }
  known.bytes += point.bytes;
  known.psnr += point.psnr;
  known.msSsim += point.msSsim;
}

/** A row of the table: means over images, bits over all pixels, the ratio to 24 bits a pixel. */
type Row = ReturnType<typeof summary>;

function summary({ format, quality, bytes, psnr: dB, msSsim }: Point, pixels: number, images: number) {
  const bpp = (8 * bytes) / pixels;
  return { format, quality, bytes, bpp, ratio: 24 / bpp, psnr: dB / images, msSsim: msSsim / images };
}

function tableOf(rows: readonly Row[]): string {
  const head = ['format', 'quality', 'bytes', 'bits/pixel', '24-bit ratio', 'PSNR dB', 'MS-SSIM'];
  const table = new Table({ head, chars: PLAIN_TABLE, style: { head: [], compact: true } });
  for (const row of sorted(rows)) table.push(cells(row));
  return table.toString();
}

function csvOf(rows: readonly Row[]): string {
  const lines = sorted(rows).map((row) => cells(row).join(','));
  return `${['format,quality,bytes,bits_per_pixel,ratio,psnr_db,ms_ssim', ...lines].join('\n')}\n`;
}

function chartOf(rows: readonly Row[]): string {
  const formats = [...new Set(rows.map(({ format }) => format))].sort();
  const lines = formats.map((name) => ({
    name,
    points: sorted(rows)
      .filter(({ format }) => format === name)
      .map(({ bpp, psnr: dB }) => [bpp, dB] as const),
  }));
  return lineChart({ title: 'rate and distortion', xLabel: 'bits/pixel', yLabel: 'PSNR dB', lines });
}

function cells({ format, quality, bytes, bpp, ratio, psnr: dB, msSsim }: Row): (string | number)[] {
  return [
    format,
    quality,
    bytes,
    bpp.toFixed(4),
    ratio.toFixed(2),
    dB.toFixed(2),
    Number.isNaN(msSsim) ? '' : msSsim.toFixed(4),
  ];
}

function sorted(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => a.format.localeCompare(b.format) || a.quality - b.quality);
}

/** The mean change of rate at the same PSNR, against the codec's own entropy coder. */
function deltas(rows: readonly Row[]): string {
  const curveOf = (name: string) =>
    rows.filter(({ format }) => format === name).map(({ bpp, psnr: dB }) => ({ rate: bpp, quality: dB }));
  const formats = [...new Set(rows.map(({ format }) => format))].filter((format) => format !== ANCHOR);
  const lines = formats.map((format) => {
    const delta = deltaRate(curveOf(ANCHOR), curveOf(format));
    return `${format}: ${delta === undefined ? 'no quality in common' : `${(100 * delta).toFixed(2)} %`}`;
  });
  return `\nMean change of rate at the same PSNR, against JPEG with its standard Huffman tables:\n${lines.join('\n')}\n`;
}
