/** A network of a codec package on ONNX Runtime, and its state (spec/codec-package.md, "Networks of sound", "Networks of images"). */

import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { LlmcError } from '../../container/errors.js';
import { reasonOf } from '../../container/reason.js';
import { type CodecPackage, readNetwork } from './codec-folders-node.js';
import type { NETWORK_FILES } from './manifest.js';

type Runtime = typeof import('onnxruntime-node');

/** An opened network; several recordings may run through it at once. */
export class Network {
  private constructor(
    private readonly runtime: Runtime,
    private readonly session: InferenceSession,
  ) {}

  /**
   * Opens a network of a package.
   *
   * @throws LlmcError `argument` where ONNX Runtime is missing, `package-invalid`.
   */
  static async open(codecPackage: CodecPackage, file: (typeof NETWORK_FILES)[number]): Promise<Network> {
    const bytes = await readNetwork(codecPackage, file);
    const runtime = await import('onnxruntime-node').catch((cause) => {
      const message =
        'codec packages need the npm package onnxruntime-node, which is not installed or does not run here';
      throw new LlmcError('argument', message, { cause });
    });
    try {
      const session = await runtime.InferenceSession.create(bytes, {
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
      });
      return new Network(runtime, session);
    } catch (cause) {
      const reason = reasonOf(cause);
      throw new LlmcError('package-invalid', `${file} of ${codecPackage.folder}: ${reason}`, { cause });
    }
  }

  /** Begins a recording: the function runs a call on float32 samples or int64 indices, and keeps the state. */
  begin(): (name: string, data: Float32Array | BigInt64Array, shape: readonly number[]) => Promise<Tensor> {
    const { Tensor } = this.runtime;
    let state: Record<string, Tensor> = {};
    for (const input of this.session.inputMetadata) {
      if (!input.name.startsWith('state.') || !input.isTensor) continue;
      const shape = input.shape.map(Number);
      const zeros = new Float32Array(shape.reduce((product, size) => product * size, 1));
      state[input.name] = new Tensor('float32', zeros, shape);
    }
    const [result] = this.session.outputNames.filter((name) => !name.startsWith('next.'));
    return async (name, data, shape) => {
      const tensor =
        data instanceof Float32Array ? new Tensor('float32', data, shape) : new Tensor('int64', data, shape);
      const outputs = await this.session.run({ ...state, [name]: tensor });
      state = Object.fromEntries(
        Object.keys(state).map((key) => [key, outputs[key.replace('state.', 'next.')]]),
      );
      return outputs[result];
    };
  }

  /** Frees the session. */
  async close(): Promise<void> {
    await this.session.release();
  }
}
