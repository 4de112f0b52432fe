/** Codec type `jpeg` as the pipeline sees it (spec/jpeg.md). */

import type { Latents } from '../../arrangement/latents.js';
import { LlmcError } from '../../container/errors.js';
import { SectionType } from '../../container/registry.js';
import type { Codec, RebuildInput } from '../codec.js';
import { allocateDctLatents, type DctLatents } from '../dct-latents.js';
import { canonicalJpeg, parseJpeg, rebuildJpeg } from './index.js';
import { unpackSideData } from './side-data.js';

/** JPEG files as coefficients and side data. */
export const jpegCodec: Codec = {
  parse(file) {
    const parsed = parseJpeg(file);
    if (parsed === undefined) return undefined;
    const { latents, nested } = parsed;
    const frames = nested.map(({ parameters }) => parameters);
    return {
      parameters: {
        codec: 'jpeg',
        dct: latents.parameters,
        ...(nested.length > 0 ? { nested: frames } : {}),
      },
      latents: latentsOf(latents, nested),
      sections: [{ type: SectionType.jpegSideData, body: parsed.sideData }],
    };
  },

  allocate(parameters) {
    if (parameters.codec !== 'jpeg') throw new TypeError(`codec type ${parameters.codec}`);
    const { dct, nested = [] } = parameters;
    return latentsOf(allocateDctLatents(dct), nested.map(allocateDctLatents));
  },

  checkSection(body, parameters, originalLength) {
    if (parameters.codec !== 'jpeg') throw new TypeError(`codec type ${parameters.codec}`);
    unpackSideData(body, parameters.dct, parameters.nested ?? [], originalLength);
  },

  rebuild(input) {
    const sideData = input.section(SectionType.jpegSideData);
    if (sideData === undefined) {
      throw new LlmcError('section-invalid', 'an item of codec type jpeg has no section JPEG');
    }
    const [latents, ...nested] = framesOf(input);
    return rebuildJpeg({ latents, nested, sideData }, input.originalLength);
  },

  salvage: (input) => canonicalJpeg(framesOf(input)[0]),
};

function latentsOf({ coefficients }: DctLatents, nested: readonly DctLatents[]): Latents {
  if (nested.length === 0) return { kind: 'dct', coefficients };
  return { kind: 'dct', coefficients, nested: nested.map((frame) => frame.coefficients) };
}

/** The frame, and those of pictures within it. */
function framesOf({ parameters, latents }: RebuildInput): DctLatents[] {
  if (parameters.codec !== 'jpeg' || latents.kind !== 'dct')
    throw new TypeError('not an item of codec type jpeg');
  const coefficients = [latents.coefficients, ...(latents.nested ?? [])];
  return [parameters.dct, ...(parameters.nested ?? [])].map((frame, i) => ({
    parameters: frame,
    coefficients: coefficients[i],
  }));
}
