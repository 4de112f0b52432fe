/** Models under Node: worker threads, the devices of ONNX Runtime, packages in folders. */

import { AdaptiveDctModel } from './adaptive.js';
import { AdaptiveIndexModel } from './adaptive-index.js';
import { ADAPTIVE_WORKER, DctPool } from './dct-pool-node.js';
import type { DeviceChoice, ExactModel } from './exact/exact-model.js';
import { openExactModel } from './exact/exact-model-node.js';
import { PackageFolders } from './exact/package-folders-node.js';
import { createModelProvider, type ModelProvider } from './model-provider.js';

export type { ModelProvider } from './model-provider.js';

/** How models are run, and where they are found. */
export interface NodeModelOptions {
  /** Worker threads to code chunks on, and threads of an exact model; with 1 the adaptive model has no worker. */
  readonly threads: number;
  /** Device for exact models; `auto` by default. */
  readonly device?: DeviceChoice;
  /** Folders to look for model packages in, in place of those of LLMC_MODEL_PATH. */
  readonly modelPath?: readonly string[];
  /** Models that are open already; they are preferred to those found, and stay open. */
  readonly models?: readonly ExactModel[];
  readonly onWarning?: (message: string) => void;
}

/** The models of this installation. */
export function nodeModels(options: NodeModelOptions): ModelProvider {
  const { threads, device, modelPath, models, onWarning } = options;
  return createModelProvider(
    {
      createAdaptive: (name) => {
        if (name === 'adaptive-index-1') return new AdaptiveIndexModel();
        return threads > 1 ? new DctPool(threads, ADAPTIVE_WORKER) : new AdaptiveDctModel();
      },
      openExact: (modelPackage) =>
        openExactModel(modelPackage, {
          threads,
          ...(device === undefined ? {} : { device }),
          ...(onWarning === undefined ? {} : { onWarning }),
        }),
      store: new PackageFolders(modelPath),
    },
    models,
  );
}
