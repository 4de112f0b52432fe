/** Models under Node: worker threads, the devices of ONNX Runtime, packages in folders. */

import { AdaptiveDctModel } from './adaptive.js';
import { AdaptiveIndexModel } from './adaptive-index.js';
import { ADAPTIVE_WORKER } from './dct-pool-node.js';
import type { DeviceChoice } from './exact/exact-model.js';
import { openExactModel } from './exact/exact-model-node.js';
import type { FloatChoices } from './float/float-model.js';
import { floatDevices, openFloatModel } from './float/float-model-node.js';
import type { HashProgress } from './float/package-node.js';
import { createModelProvider, type ModelProvider, type PackagedModel } from './model-provider.js';
import { PackageFolders } from './package-folders-node.js';
import { ThreadedDctModel } from './threaded-dct-model-node.js';

export type { ModelProvider } from './model-provider.js';

/** How models are run, and where they are found. */
export interface NodeModelOptions extends FloatChoices {
  /** Worker threads to code chunks on, and threads of an exact model; with 1 the adaptive model has no worker. */
  readonly threads: number;
  /** Device for models with weights; `auto` by default. */
  readonly device?: DeviceChoice;
  /** Folders to look for model packages in, in place of those of LLMC_MODEL_PATH. */
  readonly modelPath?: readonly string[];
  /** Models that are open already; they are preferred to those found, and stay open. */
  readonly models?: readonly PackagedModel[];
  /** Most bytes that a batch of a language model may take. */
  readonly memory?: number;
  /** Told how far the hashing of a language model is. */
  readonly onHashing?: HashProgress;
  readonly onWarning?: (message: string) => void;
}

/** The models of this installation. */
export function nodeModels(options: NodeModelOptions): ModelProvider {
  const { threads, device, modelPath, models, onWarning, onHashing } = options;
  const { contextLength, lanes, memory } = options;
  return createModelProvider(
    {
      createAdaptive: (name) => {
        if (name === 'adaptive-index-1') return new AdaptiveIndexModel();
        const single = new AdaptiveDctModel();
        return threads > 1 ? new ThreadedDctModel(single, threads, ADAPTIVE_WORKER) : single;
      },
      openExact: (modelPackage, encodes) =>
        openExactModel(modelPackage, {
          threads,
          encodes,
          ...(device === undefined ? {} : { device }),
          ...(onWarning === undefined ? {} : { onWarning }),
        }),
      floatDevices: (recorded) => floatDevices(device, recorded),
      openFloat: (modelPackage, chosen, recorded) =>
        openFloatModel(modelPackage, {
          threads,
          device: chosen,
          ...(memory === undefined ? {} : { memory }),
          ...(onWarning === undefined ? {} : { onWarning }),
          ...(recorded === undefined
            ? {
                ...(contextLength === undefined ? {} : { contextLength }),
                ...(lanes === undefined ? {} : { lanes }),
              }
            : { recorded }),
        }),
      store: new PackageFolders(modelPath, onHashing),
    },
    models,
  );
}
