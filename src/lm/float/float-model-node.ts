/** Opening language models under Node. */

import { createRequire } from 'node:module';
import { cpus } from 'node:os';
import { LlmcError } from '../../container/errors.js';
import type { FloatModelEntry } from '../../container/header.js';
import { reasonOf } from '../../container/reason.js';
import type { DeviceChoice } from '../exact/exact-model.js';
import { Queue } from '../queue.js';
import { FloatCoder, type FloatCoding, megabytes } from './float-coder.js';
import type { FloatChoices, FloatModel } from './float-model.js';
import type { LanguageModel } from './language-model.js';
import type { FloatPackage } from './package.js';
import type { FloatDevice, SessionOptions } from './session-node.js';
import { openVocabulary } from './tokenizer-node.js';

/** How to open a model. */
export interface FloatOptions extends FloatChoices {
  /** `auto`, which is taken if there is none, is the CPU. */
  readonly device?: DeviceChoice;
  /** Threads of the CPU; 0 or none for the runtime's choice. */
  readonly threads?: number;
  /** Most bytes that a batch may take. */
  readonly memory?: number;
  /** The entry of the file that is to be decoded. */
  readonly recorded?: FloatModelEntry;
  readonly onWarning?: (message: string) => void;
}

/** Bytes that a batch may take unless a caller chooses. */
export const DEFAULT_MEMORY = 2 ** 30;

/** Most lanes that an encoder takes by itself: more save no time, and cost a decoder memory. */
const DEFAULT_LANES = 16;

/** What a file may have been encoded on, beside the CPU. */
const OTHER_DEVICES: readonly FloatDevice[] = ['cuda', 'webgpu', 'dml', 'coreml'];

/** The version of onnxruntime-node that is installed, or null. */
export function runtimeVersion(): string | null {
  try {
    return (createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }).version;
  } catch {
    return null;
  }
}

/** Opens the graph of a package on a device. */
export async function openGraph(modelPackage: FloatPackage, options: SessionOptions): Promise<LanguageModel> {
  const { OrtLanguageModel } = await import('./session-node.js').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const message = 'models of profile float need onnxruntime-node, which is not installed here';
    throw new LlmcError('profile-unknown', message, { cause });
  });
  return OrtLanguageModel.open(modelPackage, options);
}

/**
 * Opens a package.
 *
 * @throws LlmcError `argument` where a choice is beyond the model or the device cannot be used, `model-invalid`,
 *   `limit`, `profile-unknown` where ONNX Runtime is not installed.
 */
export async function openFloatModel(
  modelPackage: FloatPackage,
  options: FloatOptions = {},
): Promise<FloatModel> {
  const { id, fingerprint, arrangement } = modelPackage;
  const { threads = 0, memory = DEFAULT_MEMORY, onWarning } = options;
  const contextLength = options.contextLength ?? modelPackage.contextLength;
  if (contextLength > modelPackage.contextLength) {
    const message = `a context of ${contextLength} tokens, of which ${id} takes ${modelPackage.contextLength} at most`;
    throw new LlmcError('argument', message);
  }
  const [device] = floatDevices(options.device);
  const vocabulary = await openVocabulary(modelPackage);
  const model = await openGraph(modelPackage, { device, threads }).catch((cause: unknown) => {
    if (cause instanceof LlmcError) throw cause;
    const reason = reasonOf(cause);
    throw new LlmcError('argument', `${id} cannot be opened on device ${device}: ${reason}`, { cause });
  });
  const lanesFor = (tokens: number) => options.lanes ?? lanesWithin(memory, model, tokens);
  const lanes = lanesFor(contextLength);
  if (options.lanes === undefined && options.recorded === undefined && lanes < DEFAULT_LANES) {
    const batch = `${lanes} lane(s) of ${contextLength} tokens, ${megabytes(model.batchBytes(lanes, contextLength))}`;
    onWarning?.(`${id}: of ${megabytes(memory)} allowed, ${batch}; a shorter context is faster`);
  }
  const entry: FloatModelEntry = {
    profile: 'float',
    arrangement,
    fingerprint,
    name: id,
    contextLength,
    lanes,
    runtime: `onnxruntime-node ${runtimeVersion()}`,
    device: describeDevice(device),
  };
  const queue = new Queue();
  return {
    profile: 'float',
    id,
    package: modelPackage,
    vocabulary: model.vocabulary,
    get runtimeSeconds() {
      return model.runtimeSeconds;
    },
    entry,
    lanesFor,
    coderOf(recorded) {
      const coding = { ...codingOf(modelPackage, recorded, memory), vocabulary };
      const origin = describeOrigin(recorded, entry);
      if (recorded.runtime !== entry.runtime || recorded.device !== entry.device) {
        onWarning?.(`${id} may compute other numbers here than it did for this file: ${origin}`);
      }
      return new FloatCoder(model, queue, coding, origin);
    },
    close: () => queue.add(() => model.close()),
  };
}

function codingOf(
  { id, contextLength, startToken, offsets, arrangement }: FloatPackage,
  recorded: FloatModelEntry,
  memory: number,
): FloatCoding {
  const { contextLength: asked, lanes } = recorded;
  if (asked < 1 || asked > contextLength || lanes < 1 || arrangement !== recorded.arrangement) {
    const message = `${id} has arrangement ${arrangement} and ${contextLength} tokens of context; the file asks for ${recorded.arrangement}, ${asked} tokens and ${lanes} lanes`;
    throw new LlmcError('model-mismatch', message);
  }
  return { arrangement, contextLength: asked, lanes, startToken, offsets, memory };
}

function describeOrigin(recorded: FloatModelEntry, present: FloatModelEntry): string {
  return `encoded by ${recorded.runtime} on ${recorded.device}, decoded by ${present.runtime} on ${present.device}`;
}

/** A device as files record it: of CPUs the processor too, since runtimes choose their kernels by it. */
function describeDevice(device: FloatDevice): string {
  const processor = device === 'cpu' ? (cpus()[0]?.model ?? '') : '';
  return `${device} ${process.arch} ${processor}`.replace(/\s+/g, ' ').trim();
}

/**
 * Devices to try for a model, in order: the one that is asked for, or, of `auto`, the one that a file was encoded on and
 * then the CPU.
 *
 * @throws LlmcError `argument` of a device that has no floating point.
 */
export function floatDevices(
  choice: DeviceChoice = 'auto',
  recorded?: FloatModelEntry,
): readonly [FloatDevice, ...FloatDevice[]] {
  if (choice === 'integers') {
    throw new LlmcError(
      'argument',
      'device integers computes exact models only; this one is in floating point',
    );
  }
  if (choice !== 'auto') return [choice];
  const [known] = recorded?.device.split(' ') ?? [];
  const device = OTHER_DEVICES.find((name) => name === known);
  return device === undefined ? ['cpu'] : [device, 'cpu'];
}

/** Lanes whose batch fits in the memory: at least one, which is refused later if even that does not. */
function lanesWithin(memory: number, model: LanguageModel, contextLength: number): number {
  let lanes = DEFAULT_LANES;
  while (lanes > 1 && model.batchBytes(lanes, contextLength) > memory) lanes--;
  return lanes;
}
