/** Codec type `jpeg` as the pipeline sees it (spec/jpeg.md). */

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
    return {
      parameters: { codec: 'jpeg', dct: parsed.latents.parameters },
      latents: { kind: 'dct', coefficients: parsed.latents.coefficients },
      sections: [{ type: SectionType.jpegSideData, body: parsed.sideData }],
    };
  },

  allocate(parameters) {
    if (parameters.codec !== 'jpeg') throw new TypeError(`codec type ${parameters.codec}`);
    return { kind: 'dct', coefficients: allocateDctLatents(parameters.dct).coefficients };
  },

  checkSection(body, parameters, originalLength) {
    if (parameters.codec !== 'jpeg') throw new TypeError(`codec type ${parameters.codec}`);
    unpackSideData(body, parameters.dct, originalLength);
  },

  rebuild(input) {
    const sideData = input.section(SectionType.jpegSideData);
    if (sideData === undefined) {
      throw new LlmcError('section-invalid', 'an item of codec type jpeg has no section JPEG');
    }
    return rebuildJpeg(latentsOf(input), sideData, input.originalLength);
  },

  salvage: (input) => canonicalJpeg(latentsOf(input)),
};

function latentsOf({ parameters, latents }: RebuildInput): DctLatents {
  if (parameters.codec !== 'jpeg' || latents.kind !== 'dct')
    throw new TypeError('not an item of codec type jpeg');
  return { parameters: parameters.dct, coefficients: latents.coefficients };
}
