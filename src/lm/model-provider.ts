/** Where the pipeline gets entropy models from: the only thing about models that differs between hosts. */

import { LlmcError } from '../container/errors.js';
import type { ModelEntry } from '../container/header.js';
import type { AnyChunk, DctChunk, EntropyModel } from './entropy-model.js';

/** Opens the model that a file's model table, or the encoder's user, asks for. */
export interface ModelProvider {
  /**
   * The model that an entry of the model table names, for chunks of the latents that its arrangement serves. The
   * provider keeps it open for later calls; `close` closes all.
   *
   * @throws LlmcError `profile-unknown`, `arrangement-unknown`, `model-unknown`, `model-missing`.
   */
  openEntry(entry: ModelEntry): Promise<EntropyModel<AnyChunk>>;
  close(): Promise<void>;
}

/** A provider of the adaptive models alone, which are made by `create` when they are first asked for. */
export function adaptiveModels(create: () => EntropyModel<DctChunk>): ModelProvider {
  let dct: EntropyModel<DctChunk> | undefined;
  return {
    async openEntry(entry) {
      if (entry.profile !== 'adaptive') {
        throw new LlmcError('profile-unknown', `numeric profile ${entry.profile} has no engine here`);
      }
      if (entry.arrangement !== 'dct-blocks') {
        throw new LlmcError(
          'arrangement-unknown',
          `arrangement ${entry.arrangement} is not for adaptive models`,
        );
      }
      if ('model' in entry && entry.model !== 'adaptive-dct-1') {
        throw new LlmcError('model-unknown', `adaptive model ${entry.model} is not known`);
      }
      dct ??= create();
      return dct;
    },
    async close() {
      await dct?.close();
      dct = undefined;
    },
  };
}
