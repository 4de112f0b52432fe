/** Formats of images that `llmc bench rd` measures beside its own: those of sharp, and of other programs where they are installed. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadSharp } from '../codecs/image/still-node.js';
import { inTemporaryFolder, isInstalled, runProgram } from './programs.js';

/** What is to be encoded. */
export interface FormatInput {
  /** A PNG file. */
  readonly image: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** 1 to 100; each format means another thing by it. */
  readonly quality: number;
  readonly sampling: '4:2:0' | '4:4:4';
  /** Bytes of the JPEG file of that quality. */
  readonly jpegBytes: number;
  readonly signal: AbortSignal;
}

/** A format of images. */
export interface ImageFormat {
  readonly name: string;
  /** Bytes of the image's file, and the decoded image as a file that sharp reads. */
  encode(input: FormatInput): Promise<{ readonly bytes: number; readonly decoded: Uint8Array }>;
}

/** A format of two programs, which read and write PNG. */
interface ProgramFormat {
  readonly name: string;
  readonly extension: string;
  readonly encoder: string;
  readonly decoder: string;
  encoderArgs(png: string, output: string, input: FormatInput): string[];
  decoderArgs(file: string, png: string): string[];
}

const SHARP_FORMATS: readonly ImageFormat[] = [
  bySharp('JPEG (optimised)', (open, { image, quality, sampling }) =>
    open(image).jpeg({ quality, chromaSubsampling: sampling }),
  ),
  bySharp('WebP', (open, { image, quality }) => open(image).webp({ quality })),
  bySharp('AVIF', (open, { image, quality }) => open(image).avif({ quality })),
];

const PROGRAM_FORMATS: readonly ProgramFormat[] = [
  {
    name: 'JPEG XL',
    extension: 'jxl',
    encoder: 'cjxl',
    decoder: 'djxl',
    encoderArgs: (png, output, { quality }) => [png, output, '-q', String(quality), '--quiet'],
    decoderArgs: (file, png) => [file, png, '--quiet'],
  },
  {
    name: 'JPEG 2000',
    extension: 'jp2',
    encoder: 'opj_compress',
    decoder: 'opj_decompress',
    // It has no such quality: it is given the size of the JPEG file. The irreversible transform is that for lossy files.
    encoderArgs: (png, output, { width, height, jpegBytes }) => {
      const ratio = Math.max(1, (3 * width * height) / jpegBytes);
      const resolutions = Math.min(6, Math.floor(Math.log2(Math.min(width, height))) + 1);
      return ['-i', png, '-o', output, '-r', ratio.toFixed(3), '-n', String(resolutions), '-I'];
    },
    decoderArgs: (file, png) => ['-i', file, '-o', png],
  },
];

/** The formats that can be measured here, and the names and programs of those that cannot. */
export function imageFormats(): { readonly formats: ImageFormat[]; readonly missing: string[] } {
  const there = ({ encoder, decoder }: ProgramFormat) => isInstalled(encoder) && isInstalled(decoder);
  return {
    formats: [...SHARP_FORMATS, ...PROGRAM_FORMATS.filter(there).map(byPrograms)],
    missing: PROGRAM_FORMATS.filter((format) => !there(format)).map(
      ({ name, encoder, decoder }) => `${name} (${encoder}, ${decoder})`,
    ),
  };
}

function bySharp(
  name: string,
  encoded: (
    open: Awaited<ReturnType<typeof loadSharp>>,
    input: FormatInput,
  ) => { toBuffer(): Promise<Buffer> },
): ImageFormat {
  return {
    name,
    async encode(input) {
      const file = await encoded(await loadSharp(), input).toBuffer();
      return { bytes: file.length, decoded: file };
    },
  };
}

function byPrograms(format: ProgramFormat): ImageFormat {
  const { name, extension, encoder, decoder } = format;
  return {
    name,
    encode: (input) =>
      inTemporaryFolder(async (folder) => {
        const [png, file, decoded] = ['in.png', `file.${extension}`, 'out.png'].map((at) => join(folder, at));
        await writeFile(png, input.image);
        await runProgram(encoder, format.encoderArgs(png, file, input), input.signal);
        await runProgram(decoder, format.decoderArgs(file, decoded), input.signal);
        return { bytes: (await readFile(file)).length, decoded: await readFile(decoded) };
      }),
  };
}
