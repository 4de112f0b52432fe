/**
 * LLMC for Node: the commands as functions on bytes.
 *
 * ```ts
 * import { decode, encode, inspect } from 'llmc';
 *
 * const packed = await encode(jpeg);
 * const description = await inspect(packed);
 * const [item] = await decode(packed); // item.bytes equals jpeg
 * ```
 */

import { availableParallelism } from 'node:os';
import { createApi, type Llmc, type ModelOptions } from './api.js';
import { openImporter } from './codecs/import-node.js';
import { LlmcError } from './container/errors.js';
import { bytesSource } from './container/source.js';
import type { ExactModel } from './lm/exact/exact-model.js';
import { openExactModel } from './lm/exact/exact-model-node.js';
import { type PackageFiles, readExactPackage } from './lm/exact/package.js';
import type { FloatModel } from './lm/float/float-model.js';
import { openFloatModel } from './lm/float/float-model-node.js';
import { nodeModels } from './lm/model-provider-node.js';
import { PackageFolders } from './lm/package-folders-node.js';

const api = createApi(({ jobs = availableParallelism(), ...options }) =>
  nodeModels({ threads: jobs, ...options }),
);

/** Bytes to an .llmc file; see `Llmc.encode`. Images of codec `dct`, and images and sound of a codec package, become latents before. */
export const encode: Llmc['encode'] = async (input, options = {}) => {
  const importer = await openImporter(options.codec);
  if (importer === undefined) return api.encode(input, options);
  try {
    const inputs = input instanceof Uint8Array ? [{ bytes: input }] : input;
    const imported = inputs.map(async (one) => {
      const { bytes, metadata } = await importer.convert(bytesSource(one.bytes));
      return { ...one, bytes, metadata: { ...metadata, ...one.metadata } };
    });
    return await api.encode(await Promise.all(imported), { ...options, codec: importer.choice });
  } finally {
    await importer.close();
  }
};
/** An .llmc file to its items' bytes; see `Llmc.decode`. */
export const decode: Llmc['decode'] = api.decode;
/** As `decode`, item by item in bounded memory; see `Llmc.decodeItems`. */
export const decodeItems: Llmc['decodeItems'] = api.decodeItems;
/** All faults of an .llmc file; see `Llmc.verify`. */
export const verify: Llmc['verify'] = api.verify;

/**
 * Opens an exact model, to be given to several calls as one of `models`: opening takes a good part of a second.
 *
 * @param model Name, identifier, digits of the fingerprint or folder of a package, or its files; by default the
 *   bundled photo model.
 * @throws LlmcError `model-missing`, `model-invalid`, `limit`, `argument` (the device cannot be used, or the package
 *   is of another profile).
 */
export async function openModel(
  model?: string | PackageFiles,
  options: Omit<ModelOptions, 'models'> = {},
): Promise<ExactModel> {
  const store = new PackageFolders(options.modelPath);
  const found =
    model === undefined
      ? await store.defaultPackage('dct')
      : await (typeof model === 'string' ? store.namedPackage(model) : readExactPackage(model));
  if (found === undefined) throw new LlmcError('model-missing', 'no bundled model is sound');
  if (found.profile !== 'exact') throw new LlmcError('argument', `${found.id} is for openLanguageModel`);
  return openExactModel(found, openingOptions(options));
}

/**
 * Opens a language model in floating point, as `openModel` does exact ones.
 *
 * @param model Name, identifier, digits of the fingerprint or folder of a package.
 * @throws LlmcError `model-missing`, `model-invalid`, `argument`, `profile-unknown` without ONNX Runtime.
 */
export async function openLanguageModel(
  model: string,
  options: Omit<ModelOptions, 'models'> = {},
): Promise<FloatModel> {
  const found = await new PackageFolders(options.modelPath).namedPackage(model);
  if (found.profile !== 'float') throw new LlmcError('argument', `${found.id} is for openModel`);
  return openFloatModel(found, { ...options, ...openingOptions(options) });
}

function openingOptions({ jobs: threads = availableParallelism(), device, onWarning }: ModelOptions) {
  return {
    threads,
    ...(device === undefined ? {} : { device }),
    ...(onWarning === undefined ? {} : { onWarning }),
  };
}

export type { DecodeOptions, EncodeOptions, Llmc, ModelOptions, VerifyOptions } from './api.js';
export type { CodecChoice, DctChoice, PackageChoice, RvqChoice, VqChoice } from './codecs/codec.js';
export * from './container/index.js';
export { type FileSource, openFileSource } from './container/source-node.js';
export type { DeviceChoice, ExactModel } from './lm/exact/exact-model.js';
export type { ExactPackage, PackageFiles } from './lm/exact/package.js';
export type { FloatModel } from './lm/float/float-model.js';
export type { FloatPackage } from './lm/float/package.js';
export type { Damage, DecodedItem } from './pipeline/decode.js';
export type { EncodeInput } from './pipeline/encode.js';
export type { VerifyResult } from './pipeline/verify.js';
