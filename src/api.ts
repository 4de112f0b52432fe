/** The public API, given a way to open models: index.ts makes it for Node, browser.ts for browsers. */

import { type OpenOptions, openContainer } from './container/reader.js';
import type { ByteInput } from './container/source.js';
import type { DeviceChoice } from './lm/exact/exact-model.js';
import type { FloatChoices } from './lm/float/float-model.js';
import type { ModelProvider, PackagedModel } from './lm/model-provider.js';
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

/** Options of every function that runs a model. Those of `FloatChoices` are for encoding with language models. */
export interface ModelOptions extends FloatChoices {
  /** Threads to code chunks on; one a core by default. Browsers use none. */
  readonly jobs?: number;
  /** Device for models with weights; `auto` by default. Browsers have `integers` alone. */
  readonly device?: DeviceChoice;
  /** Folders to look for model packages in, in place of those of LLMC_MODEL_PATH. Browsers have none. */
  readonly modelPath?: readonly string[];
  /** Most bytes that a batch of a language model may take; 2^30 by default. */
  readonly memory?: number;
  /** Models that are open: they are preferred to those found, and the caller closes them. */
  readonly models?: readonly PackagedModel[];
  /** Told what had to be done in place of what was asked for. */
  readonly onWarning?: (message: string) => void;
}

/** Options of `encode`. */
export interface EncodeOptions extends PipelineEncodeOptions, ModelOptions {}

/** Options of `decode` and `decodeItems`. */
export interface DecodeOptions extends PipelineDecodeOptions, ModelOptions, Pick<OpenOptions, 'limits'> {}

/** Options of `verify`. */
export interface VerifyOptions extends PipelineVerifyOptions, ModelOptions {}

/** The commands as functions on bytes. */
export interface Llmc {
  /**
   * Encodes one file's bytes, or several as an album, into the bytes of an .llmc file. The result was decoded
   * and compared with the input before it is handed over.
   *
   * @throws LlmcError `argument`, `aborted`, `verification`; `model-missing`, `model-invalid` of the model named.
   */
  encode(input: Uint8Array | readonly EncodeInput[], options?: EncodeOptions): Promise<Uint8Array>;
  /**
   * Decodes all items of an .llmc file, or those that `options.items` names.
   *
   * @throws LlmcError the first fault found; with `keepGoing` only where the header cannot be read, and each
   *   item's `damage` tells the rest.
   */
  decode(input: ByteInput, options?: DecodeOptions): Promise<DecodedItem[]>;
  /** As `decode`, one item after the other: an album of any size takes bounded memory. */
  decodeItems(input: ByteInput, options?: DecodeOptions): AsyncGenerator<DecodedItem>;
  /**
   * Checks structure and checksums of an .llmc file, and with `deep` that every item decodes to its digest.
   *
   * @throws LlmcError where the header cannot be read; all other faults are in the result.
   */
  verify(input: ByteInput, options?: VerifyOptions): Promise<VerifyResult>;
}

/** The API over the models that `openModels` gives; each call opens them anew and closes them. */
export function createApi(openModels: (options: ModelOptions) => ModelProvider): Llmc {
  async function withModels<T>(
    options: ModelOptions,
    use: (models: ModelProvider) => Promise<T>,
  ): Promise<T> {
    const models = openModels(options);
    try {
      return await use(models);
    } finally {
      await models.close();
    }
  }

  async function* decodeItems(input: ByteInput, options: DecodeOptions = {}): AsyncGenerator<DecodedItem> {
    const { keepGoing = false, limits } = options;
    const container = await openContainer(input, { lenient: keepGoing, ...(limits ? { limits } : {}) });
    const models = openModels(options);
    try {
      yield* pipelineDecodeItems(container, models, options);
    } finally {
      await models.close();
    }
  }

  return {
    async encode(input, options = {}) {
      const inputs = input instanceof Uint8Array ? [{ bytes: input }] : input;
      return withModels(options, async (models) => (await encodeItems(inputs, models, options)).bytes);
    },
    async decode(input, options = {}) {
      const items: DecodedItem[] = [];
      for await (const item of decodeItems(input, options)) items.push(item);
      return items;
    },
    decodeItems,
    verify: (input, options = {}) => withModels(options, (models) => verifyFile(input, models, options)),
  };
}
