/** The photos that a benchmark runs on: JPEG files as they are, or re-encoded by libjpeg-turbo. */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import sharp from 'sharp';

/** A JPEG to measure. */
export interface Photo {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** How components are sampled; `gray` has one. */
export const SAMPLINGS = ['4:2:0', '4:2:2', '4:4:4', 'gray'] as const;

/** How photos are re-encoded. */
export interface Reencoding {
  /** IJG quality, 1 to 100. */
  readonly quality: number;
  readonly sampling: (typeof SAMPLINGS)[number];
  readonly progressive: boolean;
}

/** The JPEGs that paths name: files, or those directly in folders, in name order. */
export function listPhotos(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    if (!statSync(path).isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => /\.jpe?g$/i.test(name));
    return names.sort().map((name) => join(path, name));
  });
}

/**
 * A photo as it is, or re-encoded with the standard Huffman tables, as cameras and libjpeg-turbo do unless told otherwise.
 * Progressive files have none, so that libjpeg-turbo optimises theirs.
 */
export async function loadPhoto(path: string, reencoding?: Reencoding): Promise<Photo> {
  const name = basename(path);
  if (reencoding === undefined) return { name, bytes: new Uint8Array(readFileSync(path)) };
  const { quality, sampling, progressive } = reencoding;
  if (sampling === '4:2:2') return { name, bytes: await encodeWithCjpeg(path, reencoding) };
  const image = sampling === 'gray' ? sharp(path).toColourspace('b-w') : sharp(path);
  const chromaSubsampling = sampling === '4:2:0' ? sampling : '4:4:4';
  const jpeg = image.jpeg({ quality, progressive, chromaSubsampling, optimiseCoding: false });
  return { name, bytes: new Uint8Array(await jpeg.toBuffer()) };
}

/** sharp has no 4:2:2; libjpeg-turbo's own program does. */
async function encodeWithCjpeg(path: string, { quality, progressive }: Reencoding): Promise<Uint8Array> {
  const { data, info } = await sharp(path).toColourspace('srgb').removeAlpha().raw().toBuffer({
    resolveWithObject: true,
  });
  const ppm = Buffer.concat([Buffer.from(`P6\n${info.width} ${info.height}\n255\n`), data]);
  const args = ['-quality', `${quality}`, '-sample', '2x1,1x1,1x1', ...(progressive ? ['-progressive'] : [])];
  const { status, stdout } = spawnSync('cjpeg', args, { input: ppm, maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error('4:2:2 needs cjpeg of libjpeg-turbo (libjpeg-turbo-progs)');
  return new Uint8Array(stdout);
}
