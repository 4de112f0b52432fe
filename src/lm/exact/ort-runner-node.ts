/** The nets on ONNX Runtime. */

import * as ort from 'onnxruntime-node';
import type { NetBatch, NetRunner } from './batch.js';
import type { Device } from './exact-model.js';
import { GROUP_INPUTS } from './layout.js';
import { buildGraph, CLASS_NAMES } from './net-graph.js';
import type { Nets } from './nets.js';

/** A device of the runtime. */
export type OrtDevice = Exclude<Device, 'integers'>;

/** Evaluates the nets of both classes in one call of a session. */
export class OrtRunner implements NetRunner {
  private readonly feeds: Record<string, ort.Tensor> = {};

  private constructor(private readonly session: ort.InferenceSession) {}

  /**
   * Makes a session on a device.
   *
   * @param threads Of the CPU; 0 for the runtime's choice.
   */
  static async open(classes: readonly Nets[], device: OrtDevice, threads: number): Promise<OrtRunner> {
    return new OrtRunner(await openSession(buildGraph(classes, [0, 1]), device, threads));
  }

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
        batch.last.set(results[`${name}_last`].data as Float32Array);
        batch.carry.set(results[`${name}_carry`].data as Float32Array);
      }
      if (coefficients) batch.logits.set(results[`${name}_logits`].data as Float32Array);
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
    feeds[`${name}_group_index`] = integers(batch.groupIndex, pairs);
    feeds[`${name}_pair`] = integers(batch.pair, coefficients);
    feeds[`${name}_index`] = integers(batch.index, coefficients);
  }
}

/** The first rows of a matrix as a tensor. */
export function floats(array: Int16Array | Int32Array, rows: number, columns: number): ort.Tensor {
  return new ort.Tensor('float32', new Float32Array(array.subarray(0, rows * columns)), [rows, columns]);
}

function integers(array: Int32Array, count: number): ort.Tensor {
  return new ort.Tensor('int32', array.subarray(0, count), [count]);
}

/**
 * A session for a graph of exact layers.
 *
 * @param threads Of the CPU; 0 for the runtime's choice.
 */
export async function openSession(
  graph: Uint8Array,
  device: OrtDevice,
  threads: number,
): Promise<ort.InferenceSession> {
  return ort.InferenceSession.create(graph, {
    executionProviders: [provider(device)],
    graphOptimizationLevel: 'basic',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
}

function provider(device: OrtDevice): ort.InferenceSession.ExecutionProviderConfig {
  if (device !== 'cuda') return device;
  // TF32 has 11 bits of significand: activations would pass, sums would not.
  const cuda = { name: 'cuda', use_tf32: 0 };
  return cuda as ort.InferenceSession.ExecutionProviderConfig;
}
