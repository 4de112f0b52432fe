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
import { type OpenOptions, openContainer } from './container/reader.js';
import type { ByteInput } from './container/source.js';
import { type ModelProvider, nodeModels } from './lm/model-provider-node.js';
import {
  type DecodedItem,
  type DecodeOptions as PipelineDecodeOptions,
  decodeItems as pipelineDecodeItems,
} from './pipeline/decode.js';
import {
  type EncodeInput,
  encodeItems,
  type EncodeOptions as PipelineEncodeOptions,
} from './pipeline/encode.js';
import {
  type VerifyOptions as PipelineVerifyOptions,
  type VerifyResult,
  verifyFile,
} from './pipeline/verify.js';

export * from './container/index.js';
export { type FileSource, openFileSource } from './container/source-node.js';
export type { Damage, DecodedItem } from './pipeline/decode.js';
export type { EncodeInput } from './pipeline/encode.js';
export type { VerifyResult } from './pipeline/verify.js';

/** Options of every function that runs a model. */
export interface JobOptions {
  /** Worker threads to code chunks on; one a core by default. */
  readonly jobs?: number;
}

/** Options of `encode`. */
export interface EncodeOptions extends PipelineEncodeOptions, JobOptions {}
/** Options of `decode` and `decodeItems`. */
export interface DecodeOptions extends PipelineDecodeOptions, JobOptions, Pick<OpenOptions, 'limits'> {}
/** Options of `verify`. */
export interface VerifyOptions extends PipelineVerifyOptions, JobOptions {}

/**
 * Encodes one file's bytes, or several as an album, into the bytes of an .llmc file. The result was decoded and
 * compared with the input before it is handed over.
 *
 * @throws LlmcError `argument`, `aborted`, `verification`.
 */
export async function encode(
  input: Uint8Array | readonly EncodeInput[],
  options: EncodeOptions = {},
): Promise<Uint8Array> {
  const inputs = input instanceof Uint8Array ? [{ bytes: input }] : input;
  return withModels(options, async (models) => (await encodeItems(inputs, models, options)).bytes);
}

/**
 * Decodes all items of an .llmc file, or those that `options.items` names.
 *
 * @throws LlmcError the first fault found; with `keepGoing` only where the header cannot be read, and each
 *   item's `damage` tells the rest.
 */
export async function decode(input: ByteInput, options: DecodeOptions = {}): Promise<DecodedItem[]> {
  const items: DecodedItem[] = [];
  for await (const item of decodeItems(input, options)) items.push(item);
  return items;
}

/** As `decode`, one item after the other: an album of any size takes bounded memory. */
export async function* decodeItems(
  input: ByteInput,
  options: DecodeOptions = {},
): AsyncGenerator<DecodedItem> {
  const { keepGoing = false, limits } = options;
  const container = await openContainer(input, { lenient: keepGoing, ...(limits ? { limits } : {}) });
  const models = nodeModels({ threads: options.jobs ?? availableParallelism() });
  try {
    yield* pipelineDecodeItems(container, models, options);
  } finally {
    await models.close();
  }
}

/**
 * Checks structure and checksums of an .llmc file, and with `deep` that every item decodes to its digest.
 *
 * @throws LlmcError where the header cannot be read; all other faults are in the result.
 */
export async function verify(input: ByteInput, options: VerifyOptions = {}): Promise<VerifyResult> {
  return withModels(options, (models) => verifyFile(input, models, options));
}

async function withModels<T>(options: JobOptions, use: (models: ModelProvider) => Promise<T>): Promise<T> {
  const models = nodeModels({ threads: options.jobs ?? availableParallelism() });
  try {
    return await use(models);
  } finally {
    await models.close();
  }
}
