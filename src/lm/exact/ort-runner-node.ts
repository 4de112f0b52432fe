/** The nets on ONNX Runtime. */

import * as ort from 'onnxruntime-node';
import type { NetBatch, NetRunner } from './batch.js';
import type { Device } from './exact-model.js';
import { COEFFICIENT_INPUTS, CONTEXT_INPUTS, GROUP_INPUTS, LAST_SYMBOLS, SYMBOLS } from './layout.js';
import { buildGraph, CLASS_NAMES } from './net-graph.js';
import type { Nets } from './nets.js';
import { TensorRows } from './tensor-rows-node.js';

/** A device of the runtime. */
export type OrtDevice = Exclude<Device, 'integers'>;

/** What a class's nets are given, and what they answer. */
class ClassTensors {
  readonly context: TensorRows;
  readonly group = new TensorRows(GROUP_INPUTS);
  readonly base: TensorRows;
  readonly coefficient: TensorRows;
  readonly last = new TensorRows(LAST_SYMBOLS);
  readonly carry: TensorRows;
  readonly logits = new TensorRows(SYMBOLS);

  constructor(kind: 0 | 1, baseInputs: number) {
    this.context = new TensorRows(CONTEXT_INPUTS[kind]);
    this.base = new TensorRows(baseInputs);
    this.coefficient = new TensorRows(COEFFICIENT_INPUTS[kind]);
    this.carry = new TensorRows(baseInputs);
  }
}

/** Evaluates the nets of both classes in one call of a session. */
export class OrtRunner implements NetRunner {
  private readonly feeds: Record<string, ort.Tensor> = {};
  private readonly fetches: Record<string, ort.Tensor> = {};
  private readonly tensors: readonly ClassTensors[];

  private constructor(
    private readonly session: ort.InferenceSession,
    classes: readonly Nets[],
  ) {
    this.tensors = classes.map((nets, kind) => new ClassTensors(kind as 0 | 1, nets.group_1.rows));
  }

  /**
   * Makes a session on a device.
   *
   * @param threads Of the CPU; 0 for the runtime's choice.
   */
  static async open(classes: readonly Nets[], device: OrtDevice, threads: number): Promise<OrtRunner> {
    return new OrtRunner(await openSession(buildGraph(classes, [0, 1]), device, threads), classes);
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
      this.lay(
        batch,
        context ? batch.blocks : 0,
        coefficients ? batch.pairs : 0,
        coefficients ? batch.coefficients : 0,
      );
    }
    await this.session.run(this.feeds, this.fetches);
    for (const batch of batches) {
      const { last, carry, logits } = this.tensors[batch.kind];
      if (context) {
        last.copyTo(batch.last, batch.blocks);
        carry.copyTo(batch.carry, batch.blocks);
      }
      if (coefficients) logits.copyTo(batch.logits, batch.coefficients);
    }
  }

  /** Lays out a batch's inputs, and room for its outputs. */
  private lay(batch: NetBatch, blocks: number, pairs: number, coefficients: number): void {
    const { feeds, fetches } = this;
    const tensors = this.tensors[batch.kind];
    const name = CLASS_NAMES[batch.kind];
    feeds[`${name}_context`] = tensors.context.of(batch.context, blocks);
    feeds[`${name}_group`] = tensors.group.of(batch.group, pairs);
    feeds[`${name}_base`] = tensors.base.of(batch.base, pairs);
    feeds[`${name}_coefficient`] = tensors.coefficient.of(batch.coefficient, coefficients);
    feeds[`${name}_group_index`] = integers(batch.groupIndex, pairs);
    feeds[`${name}_pair`] = integers(batch.pair, coefficients);
    feeds[`${name}_index`] = integers(batch.index, coefficients);
    fetches[`${name}_last`] = tensors.last.room(blocks);
    fetches[`${name}_carry`] = tensors.carry.room(blocks);
    fetches[`${name}_logits`] = tensors.logits.room(coefficients);
  }
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
