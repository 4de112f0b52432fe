/** Models under Node: as `model-provider.ts`, with worker threads. */

import { AdaptiveDctModel } from './adaptive.js';
import { AdaptiveDctPool } from './adaptive-pool-node.js';
import { adaptiveModels, type ModelProvider } from './model-provider.js';

export type { ModelProvider } from './model-provider.js';

/**
 * The models of this installation.
 *
 * @param options.threads Worker threads to code chunks on; with 1 all work is done in the calling thread.
 */
export function nodeModels(options: { readonly threads: number }): ModelProvider {
  const { threads } = options;
  return adaptiveModels(() => (threads > 1 ? new AdaptiveDctPool(threads) : new AdaptiveDctModel()));
}
