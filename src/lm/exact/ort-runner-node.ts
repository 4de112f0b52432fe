/** The nets on ONNX Runtime, and the choice of its device. */

import * as ort from 'onnxruntime-node';
import { LlmcError } from '../../container/errors.js';
import type { NetBatch, NetRunner } from './batch.js';
import { GROUP_INPUTS } from './layout.js';
import { buildGraph, CLASS_NAMES } from './net-graph.js';
import type { Nets } from './nets.js';
import { selfTest } from './self-test.js';

/** Devices that sessions may run on. */
export const DEVICES = ['cpu', 'cuda', 'webgpu', 'dml', 'coreml'] as const;
export type Device = (typeof DEVICES)[number];

export interface RunnerOptions {
  /** `auto` takes the CPU: steps are too small for a GPU to pay; others are used if they pass the self-test. */
  readonly device?: Device | 'auto';
  /** Threads of the CPU's session; 0 or none for the runtime's choice. */
  readonly threads?: number;
  /** Told when a device is refused and the CPU is used instead. Without it, the refusal is an error. */
  readonly onWarning?: (message: string) => void;
}

/** A runner, and the device that it runs on. */
export interface OpenedRunner {
  readonly runner: NetRunner;
  readonly device: Device;
}

/**
 * Opens the nets on a device, and checks that it gives the right numbers.
 *
 * @throws LlmcError `model-invalid` where even the CPU does not; `argument` where the device asked for cannot be
 * used and there is no `onWarning`.
 */
export async function openRunner(
  classes: readonly Nets[],
  options: RunnerOptions = {},
): Promise<OpenedRunner> {
  const { device = 'auto', threads = 0, onWarning } = options;
  if (device !== 'auto' && device !== 'cpu') {
    try {
      return { runner: await openOn(classes, device, threads), device };
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      if (!onWarning)
        throw new LlmcError('argument', `device ${device} cannot be used: ${reason}`, { cause });
      onWarning(`device ${device} cannot be used (${reason}); using cpu`);
    }
  }
  return { runner: await openOn(classes, 'cpu', threads), device: 'cpu' };
}

async function openOn(classes: readonly Nets[], device: Device, threads: number): Promise<NetRunner> {
  const session = await ort.InferenceSession.create(buildGraph(classes, [0, 1]), {
    executionProviders: [provider(device)],
    graphOptimizationLevel: 'basic',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  const runner = new OrtRunner(session);
  try {
    await selfTest(runner, classes);
  } catch (error) {
    await runner.close();
    throw error;
  }
  return runner;
}

function provider(device: Device): ort.InferenceSession.ExecutionProviderConfig {
  if (device !== 'cuda') return device;
  // TF32 has 11 bits of significand: activations would pass, sums would not.
  const cuda = { name: 'cuda', use_tf32: 0 };
  return cuda as ort.InferenceSession.ExecutionProviderConfig;
}

/** Evaluates the nets of both classes in one call of a session. */
class OrtRunner implements NetRunner {
  private readonly feeds: Record<string, ort.Tensor> = {};

  constructor(private readonly session: ort.InferenceSession) {}

  async run(batches: readonly NetBatch[]): Promise<void> {
    await this.evaluate(batches, true, true);
  }

  async runContext(batches: readonly NetBatch[]): Promise<void> {
    await this.evaluate(batches, true, false);
  }

  async runCoefficients(batches: readonly NetBatch[]): Promise<void> {
    await this.evaluate(batches, false, true);
  }

  async close(): Promise<void> {
    await this.session.release();
  }

  /** One call of the session; what is not asked for has no rows. */
  private async evaluate(
    batches: readonly NetBatch[],
    context: boolean,
    coefficients: boolean,
  ): Promise<void> {
    for (const batch of batches) {
      this.feed(
        batch,
        context ? batch.blocks : 0,
        coefficients ? batch.pairs : 0,
        coefficients ? batch.coefficients : 0,
      );
    }
    const results = await this.session.run(this.feeds);
    for (const batch of batches) {
      const name = CLASS_NAMES[batch.kind];
      if (context) {
        batch.last = results[`${name}_last`].data as Float32Array;
        batch.carry = results[`${name}_carry`].data as Float32Array;
      }
      if (coefficients) batch.logits = results[`${name}_logits`].data as Float32Array;
    }
  }

  private feed(batch: NetBatch, blocks: number, pairs: number, coefficients: number): void {
    const { feeds } = this;
    const { contextInputs, coefficientInputs, baseInputs } = batch;
    const name = CLASS_NAMES[batch.kind];
    feeds[`${name}_context`] = floats(batch.context, blocks, contextInputs);
    feeds[`${name}_group`] = floats(batch.group, pairs, GROUP_INPUTS);
    feeds[`${name}_base`] = floats(batch.base, pairs, baseInputs);
    feeds[`${name}_coefficient`] = floats(batch.coefficient, coefficients, coefficientInputs);
    feeds[`${name}_group_index`] = new ort.Tensor('int32', batch.groupIndex.subarray(0, pairs), [pairs]);
    feeds[`${name}_pair`] = new ort.Tensor('int32', batch.pair.subarray(0, coefficients), [coefficients]);
    feeds[`${name}_index`] = new ort.Tensor('int32', batch.index.subarray(0, coefficients), [coefficients]);
  }
}

function floats(array: Float32Array, rows: number, columns: number): ort.Tensor {
  return new ort.Tensor('float32', array.subarray(0, rows * columns), [rows, columns]);
}
