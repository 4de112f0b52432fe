/** Images at the limits of what a JPEG file can hold, for every model of DCT coefficients. */

import { allocateDctLatents, type DctLatents } from '../../src/codecs/dct-latents.js';
import type { DctParameters } from '../../src/container/parameters.js';
import { interleaved, writeJpeg } from '../../test/codecs/jpeg/writer.js';
import { type BuildItem, jpeg } from './build.js';

/** An image, and what is extreme of it. */
export interface ExtremeImage {
  readonly name: string;
  readonly purpose: string;
  readonly item: BuildItem;
}

/** All of them. */
export function extremeImages(): readonly ExtremeImage[] {
  // Every rank of magnitude and its borders, of either sign.
  const magnitudes = Array.from({ length: 15 }, (_, e) =>
    [2 ** e - 1, 2 ** e, 2 ** e + 2 ** (e - 1)].map(Math.floor),
  ).flat();
  const values = magnitudes.flatMap((m) => [m, -m]);
  return [
    {
      name: 'ranks',
      purpose: 'every rank of magnitude, its least and greatest value, of either sign',
      item: grayImage(24, 16, (block, k) =>
        k === 0 ? ((block * 5461) % 32767) - 16383 : values[(block * 31 + k * 7) % values.length],
      ),
    },
    {
      name: 'largest',
      purpose: 'the largest coefficients that a JPEG file can hold',
      item: grayImage(16, 8, (block, k) =>
        k === 0 ? (block === 0 ? 16383 : -16383) : k % 2 === 0 ? 32767 : -32767,
      ),
    },
    {
      name: 'farthest',
      purpose: 'a DC coefficient as far from its prediction as can be, which is of the last rank',
      item: grayImage(16, 8, (block, k) => {
        if (block === 1) return k === 0 ? 32767 : 0;
        // The edge towards the next block is as dark as can be.
        if (k === 0 || k > 7) return 0;
        return k % 2 === 0 ? -32767 : 32767;
      }),
    },
    {
      name: 'lasts',
      purpose: 'every position of a last coefficient',
      item: grayImage(64, 64, (block, k) => (k === block ? 1 : 0)),
    },
    { name: 'zero', purpose: 'all coefficients 0', item: grayImage(40, 24, () => 0) },
  ];
}

/** A gray JPEG file of 12 bits whose coefficients `value` gives, by block and natural index. */
export function grayImage(
  width: number,
  height: number,
  value: (block: number, k: number) => number,
): BuildItem {
  return jpeg(writeJpeg(latents(width, height, value), { script: interleaved(1) }));
}

function latents(width: number, height: number, value: (block: number, k: number) => number): DctLatents {
  const parameters: DctParameters = {
    process: 1,
    precision: 12,
    width,
    height,
    components: [{ h: 1, v: 1, table: 0 }],
    tables: [{ kind: 'explicit', steps: Uint16Array.from({ length: 64 }, (_, k) => 1 + k) }],
  };
  const made = allocateDctLatents(parameters);
  made.coefficients[0].forEach((_, at) => {
    made.coefficients[0][at] = value(Math.floor(at / 64), at % 64);
  });
  return made;
}
