/** Codec type `dct`: coefficients alone, whose output is the canonical JPEG file (spec/codecs.md, spec/jpeg.md "Canonical file"). */

import { equalBytes } from '../../container/bytes.js';
import { LlmcError } from '../../container/errors.js';
import type { Codec, ParsedItem, RebuildInput } from '../codec.js';
import { allocateDctLatents, type DctLatents } from '../dct-latents.js';
import { canonicalJpeg, parseJpeg } from '../jpeg/index.js';

/** Canonical JPEG files as coefficients; of any other JPEG file something would be lost. */
export const dctCodec: Codec = {
  parse(file) {
    const parsed = parseJpeg(file);
    if (parsed === undefined || !equalsCanonical(file, parsed.latents)) return undefined;
    const { parameters, coefficients } = parsed.latents;
    return {
      parameters: { codec: 'dct', dct: parameters },
      latents: { kind: 'dct', coefficients },
      sections: [],
    };
  },

  allocate(parameters) {
    if (parameters.codec !== 'dct') throw new TypeError(`codec type ${parameters.codec}`);
    return { kind: 'dct', coefficients: allocateDctLatents(parameters.dct).coefficients };
  },

  rebuild(input) {
    try {
      return canonicalJpeg(latentsOf(input));
    } catch (cause) {
      if (!(cause instanceof LlmcError)) throw cause;
      throw new LlmcError('digest-mismatch', 'the coefficients make no canonical JPEG file', { cause });
    }
  },

  salvage: (input) => canonicalJpeg(latentsOf(input)),
};

/**
 * A canonical JPEG file as an item of codec type `dct`.
 *
 * @throws LlmcError `input-invalid` where the file is none.
 */
export function dctItem(file: Uint8Array): ParsedItem {
  const item = dctCodec.parse(file);
  if (item) return item;
  throw new LlmcError(
    'input-invalid',
    'the file is no canonical JPEG: codec dct would not give all its bytes back, codec jpeg does',
  );
}

function equalsCanonical(file: Uint8Array, latents: DctLatents): boolean {
  try {
    return equalBytes(canonicalJpeg(latents), file);
  } catch (error) {
    if (error instanceof LlmcError) return false;
    throw error;
  }
}

function latentsOf({ parameters, latents }: RebuildInput): DctLatents {
  if (parameters.codec !== 'dct' || latents.kind !== 'dct')
    throw new TypeError('not an item of codec type dct');
  return { parameters: parameters.dct, coefficients: latents.coefficients };
}
