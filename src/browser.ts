/** LLMC for browsers: the API of index.ts with the adaptive models, in the calling thread, and no Node built-in. */

import { createApi, type Llmc } from './api.js';
import { AdaptiveDctModel } from './lm/adaptive.js';
import { adaptiveModels } from './lm/model-provider.js';

const api = createApi(() => adaptiveModels(() => new AdaptiveDctModel()));

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
export type { Damage, DecodedItem } from './pipeline/decode.js';
export type { EncodeInput } from './pipeline/encode.js';
export type { VerifyResult } from './pipeline/verify.js';
