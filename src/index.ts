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
import { createApi, type Llmc } from './api.js';
import { nodeModels } from './lm/model-provider-node.js';

const api = createApi(({ jobs }) => nodeModels({ threads: jobs ?? availableParallelism() }));

/** Bytes to an .llmc file; see `Llmc.encode`. */
export const encode: Llmc['encode'] = api.encode;
/** An .llmc file to its items' bytes; see `Llmc.decode`. */
export const decode: Llmc['decode'] = api.decode;
/** As `decode`, item by item in bounded memory; see `Llmc.decodeItems`. */
export const decodeItems: Llmc['decodeItems'] = api.decodeItems;
/** All faults of an .llmc file; see `Llmc.verify`. */
export const verify: Llmc['verify'] = api.verify;

export type { DecodeOptions, EncodeOptions, JobOptions, Llmc, VerifyOptions } from './api.js';
export * from './container/index.js';
export { type FileSource, openFileSource } from './container/source-node.js';
export type { Damage, DecodedItem } from './pipeline/decode.js';
export type { EncodeInput } from './pipeline/encode.js';
export type { VerifyResult } from './pipeline/verify.js';
