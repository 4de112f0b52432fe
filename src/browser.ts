/**
 * LLMC for browsers: the API of index.ts in the calling thread, and no Node built-in. Exact models compute on plain
 * integers: the right bytes, but so slowly that a page should leave it to a Web Worker.
 */

import { createApi, type Llmc } from './api.js';
import { LlmcError } from './container/errors.js';
import { AdaptiveDctModel } from './lm/adaptive.js';
import { AdaptiveIndexModel } from './lm/adaptive-index.js';
import { type ExactModel, openOnIntegers } from './lm/exact/exact-model.js';
import { type PackageFiles, readExactPackage } from './lm/exact/package.js';
import { createModelProvider } from './lm/model-provider.js';
import type { PackageStore } from './lm/package-store.js';

/** A page has no packages but those that its caller opens and those in files. */
const NO_PACKAGES: PackageStore = {
  places: ['the models given by the page'],
  defaultPackage: async () => undefined,
  namedPackage: async (name) => {
    throw new LlmcError('model-missing', `no model ${name} was given; open its package with openModel`);
  },
  findPackage: async () => undefined,
  describe: async () => [],
};

const api = createApi(({ models }) =>
  createModelProvider(
    {
      createAdaptive: (name) =>
        name === 'adaptive-index-1' ? new AdaptiveIndexModel() : new AdaptiveDctModel(),
      openExact: async (modelPackage) => openOnIntegers(modelPackage),
      floatDevices: () => ['cpu'],
      openFloat: async () => {
        throw new LlmcError('profile-unknown', 'numeric profile float has no engine in browsers');
      },
      store: NO_PACKAGES,
    },
    models,
  ),
);

/** Bytes to an .llmc file; see `Llmc.encode`. Without one of `models` it uses the adaptive model. */
export const encode: Llmc['encode'] = api.encode;
/** An .llmc file to its items' bytes; see `Llmc.decode`. */
export const decode: Llmc['decode'] = api.decode;
/** As `decode`, item by item in bounded memory; see `Llmc.decodeItems`. */
export const decodeItems: Llmc['decodeItems'] = api.decodeItems;
/** All faults of an .llmc file; see `Llmc.verify`. */
export const verify: Llmc['verify'] = api.verify;

/**
 * Opens an exact model from the files of its package, to be given to the functions above as one of `models`.
 *
 * @throws LlmcError `model-invalid`, `limit`.
 */
export async function openModel(model: PackageFiles): Promise<ExactModel> {
  return openOnIntegers(await readExactPackage(model));
}

export type { DecodeOptions, EncodeOptions, Llmc, ModelOptions, VerifyOptions } from './api.js';
export * from './container/index.js';
export type { DeviceChoice, ExactModel } from './lm/exact/exact-model.js';
export type { ExactPackage, PackageFiles } from './lm/exact/package.js';
export type { Damage, DecodedItem } from './pipeline/decode.js';
export type { EncodeInput } from './pipeline/encode.js';
export type { VerifyResult } from './pipeline/verify.js';
