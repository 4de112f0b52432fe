/** Valid files with a picture behind their end, coded as differences from what they show of it. */

import type { DctLatents } from '../../src/codecs/dct-latents.js';
import { pictureDifferences } from '../../src/codecs/jpeg/picture-prediction.js';
import { readPicture } from '../../src/codecs/jpeg/read-picture.js';
import { FrameSamples } from '../../src/codecs/jpeg/reduced-samples.js';
import type { Placement } from '../../src/codecs/jpeg/resampling.js';
import { packSideData } from '../../src/codecs/jpeg/side-data.js';
import type { DctParameters } from '../../src/container/parameters.js';
import { concatenate, interleaved, procedural, writeJpeg } from '../../test/codecs/jpeg/writer.js';
import { type BuildItem, buildFile } from './build.js';
import { grayImage } from './extreme-images.js';
import { type Vector, valid } from './vector.js';

const SPEC = ['jpeg.md#41-pictures-within', 'jpeg.md#42-prediction-of-a-picture'];
const WHOLE: Placement = { left: 0, top: 0, right: 0, bottom: 0 };

interface Case {
  readonly name: string;
  readonly purpose: string;
  readonly file: Uint8Array;
  readonly picture: Uint8Array;
  readonly placement?: Placement;
}

/** All of them. */
export async function validPictures(): Promise<Vector[]> {
  const large = made(frame('11', 330, 170, 120));
  const colour = made(frame('221111', 90, 70, 20));
  const sizes = [
    [20, 10, 'an eighth'],
    [40, 20, 'a quarter'],
    [80, 40, 'half'],
    [160, 80, 'all'],
    [400, 60, 'all, and fewer than the picture'],
  ] as const;
  const loud = (value: number) =>
    grayImage(136, 136, (block, k) => (k === 9 ? (block % 3 === 0 ? -value : value) : 0)).bytes;
  const deep = (sign: number) => grayImage(16, 8, (_, k) => (k === 0 ? sign * 16_383 : 0)).bytes;
  const cases: Case[] = [
    ...sizes.map(([width, height, share], i) => ({
      name: `size-${i}`,
      purpose: `a picture for which ${share} of the samples of the file are used`,
      file: large,
      picture: made(frame('11', width, height, 60)),
    })),
    {
      name: 'bars',
      purpose: 'a picture that shows more than the file, as far as it may',
      file: colour,
      picture: made(frame('211111', 60, 50, 12)),
      placement: { left: -180, top: -140, right: 180, bottom: 140 },
    },
    {
      name: 'cut',
      purpose: 'a picture that shows the least part of the file that it may',
      file: colour,
      picture: made(frame('121111', 50, 60, 12)),
      placement: { left: 180, top: 140, right: -180, bottom: -140 },
    },
    {
      name: 'moved',
      purpose: 'a picture whose edges lie at fractions of pixels, of factors that do not divide',
      file: made(frame('322111', 75, 53, 20)),
      picture: made(frame('311211', 61, 40, 12)),
      placement: { left: -3, top: 5, right: 11, bottom: -7 },
    },
    {
      name: 'colours',
      purpose: 'a picture in colour of a gray file: only its luma is predicted',
      file: made(frame('11', 60, 44, 20)),
      picture: made(frame('111111', 30, 22, 12)),
    },
    {
      name: 'grays',
      purpose: 'a gray picture of a file in colour',
      file: colour,
      picture: made(frame('11', 45, 35, 12)),
    },
    {
      name: '12-bit',
      purpose: 'a picture of 8 bits in a file of 12',
      file: made({ ...frame('11', 60, 44, 60), process: 1, precision: 12 }),
      picture: made(frame('11', 30, 22, 12)),
    },
    {
      name: 'wrapped',
      purpose: 'differences that wrap around 16 bits',
      file: deep(-1),
      picture: grayImage(16, 8, (block, k) => (k === 0 ? (block === 0 ? 16_383 : 32_766) : 32_767)).bytes,
    },
    {
      name: 'loud',
      purpose: 'a picture for which the sums of squares are halved',
      file: loud(9000),
      picture: loud(4000),
    },
  ];
  return Promise.all(cases.map(vectorOf));
}

/** A frame; factors of the components as digits. */
function frame(factors: string, width: number, height: number, step: number): DctParameters {
  const components = (factors.match(/../g) ?? []).map((hv) => ({
    h: Number(hv[0]),
    v: Number(hv[1]),
    table: 0,
  }));
  const steps = Uint16Array.from({ length: 64 }, (_, k) => step + k);
  return { process: 0, precision: 8, width, height, components, tables: [{ kind: 'explicit', steps }] };
}

function made(parameters: DctParameters): Uint8Array {
  return writeJpeg(procedural(parameters), { script: interleaved(parameters.components.length) });
}

async function vectorOf({ name, purpose, file, picture, placement = WHOLE }: Case): Promise<Vector> {
  const bytes = concatenate(file, picture);
  return valid(`jpeg/prediction-${name}`, purpose, SPEC, await buildFile([item(file, picture, placement)]), [
    bytes,
  ]);
}

function item(file: Uint8Array, picture: Uint8Array, placement: Placement): BuildItem {
  const outer = readPicture(file);
  const inner = readPicture(picture);
  if (outer === undefined || inner === undefined) throw new Error('not a JPEG file');
  const differences: DctLatents = pictureDifferences(
    inner.latents,
    new FrameSamples(outer.latents),
    placement,
  );
  const bytes = concatenate(file, picture);
  const { parameters } = outer.latents;
  const nested = [inner.latents.parameters];
  const pictures = [
    {
      before: outer.skeleton.length,
      length: inner.skeleton.length,
      fileLength: picture.length,
      placement,
      records: inner.records,
    },
  ];
  const skeleton = concatenate(outer.skeleton, inner.skeleton);
  const body = packSideData({ records: outer.records, pictures, skeleton }, parameters, nested, bytes.length);
  if (body === undefined) throw new Error('too much side data');
  const { coefficients } = outer.latents;
  return {
    bytes,
    parsed: {
      parameters: { codec: 'jpeg', dct: parameters, nested },
      latents: { kind: 'dct', coefficients, nested: [differences.coefficients] },
      sections: [{ type: 'JPEG', body }],
    },
  };
}
