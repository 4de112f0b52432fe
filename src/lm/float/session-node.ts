/** Language models as ONNX graphs with a cache, on ONNX Runtime (spec/float-profile.md, "Graphs"). */

import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import { LlmcError } from '../../container/errors.js';
import { reasonOf } from '../../container/reason.js';
import { graphOutputs } from './graph-outputs-node.js';
import type { LanguageModel } from './language-model.js';
import { type FloatPackage, GRAPH_FILE } from './package.js';
import { widenHalves } from './quantize.js';

/** What can compute a graph. */
export type FloatDevice = 'cpu' | 'cuda' | 'webgpu' | 'dml' | 'coreml';

/** Bytes of an element of the types that states and logits may have. */
const FLOAT_BYTES: Readonly<Record<string, number>> = { float32: 4, float16: 2 };

const PAST = 'past_key_values.';
const PRESENT = 'present.';
const LOGITS = 'logits';

/** An input whose value is an output of the step before. */
interface State {
  readonly input: string;
  readonly output: string;
  readonly type: 'float32' | 'float16';
  /** A name is a dimension that grows with the steps; the first counts rows. */
  readonly shape: readonly (number | string)[];
}

/** An input of integers. */
type IntegerType = 'int64' | 'int32';

/** Options of a session. */
export interface SessionOptions {
  readonly device: FloatDevice;
  /** Threads of the CPU; 0 for the runtime's choice. */
  readonly threads: number;
}

/** A session, which holds the state of one batch. */
export class OrtLanguageModel implements LanguageModel {
  vocabulary = 0;
  runtimeSeconds = 0;
  private rows = 0;
  private position = 0;
  private state: Record<string, ort.Tensor> = {};
  private logits = new Float32Array(0);
  /** All that is read of the graph's outputs; others are not computed. */
  private readonly outputs: readonly string[];

  private constructor(
    private readonly session: ort.InferenceSession,
    private readonly integers: ReadonlyMap<string, IntegerType>,
    private readonly states: readonly State[],
  ) {
    this.outputs = [LOGITS, ...states.map(({ output }) => output)];
  }

  /**
   * Opens the graph of a package and tries two steps of it.
   *
   * @throws LlmcError `model-invalid` where the graph is not of the layout.
   */
  static async open(
    { folder, states, startToken }: FloatPackage,
    { device, threads }: SessionOptions,
  ): Promise<OrtLanguageModel> {
    const path = join(folder, GRAPH_FILE);
    const session = await ort.InferenceSession.create(path, {
      executionProviders: [device],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      logSeverityLevel: 4,
      // Of all devices only this one can keep what it computed; others copy states to memory and back.
      ...(device === 'webgpu' ? { preferredOutputLocation: await stateLocations(path, states) } : {}),
    });
    try {
      const { integers, bound } = bindInputs(session, states);
      const model = new OrtLanguageModel(session, integers, bound);
      await model.probe(startToken);
      return model;
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  batchBytes(rows: number, steps: number): number {
    const { states, vocabulary } = this;
    const state = states.reduce(
      (sum, { type, shape }) => sum + elementCount(shapeOf(shape, rows, steps)) * FLOAT_BYTES[type],
      0,
    );
    return 2 * state + 8 * rows * vocabulary;
  }

  begin(rows: number): void {
    this.forget();
    this.rows = rows;
    this.position = 0;
    for (const { input, type, shape } of this.states) {
      const dimensions = shapeOf(shape, rows, 0);
      const count = elementCount(dimensions);
      this.state[input] =
        type === 'float16'
          ? new ort.Tensor('float16', new Uint16Array(count), dimensions)
          : new ort.Tensor('float32', new Float32Array(count), dimensions);
    }
  }

  async step(tokens: Int32Array): Promise<Float32Array> {
    const { rows, position, state, integers } = this;
    const feeds: Record<string, ort.Tensor> = { ...state };
    for (const [name, type] of integers) {
      if (name === 'input_ids') feeds[name] = integerTensor(type, tokens, [rows, 1]);
      else if (name === 'position_ids')
        feeds[name] = integerTensor(type, new Int32Array(rows).fill(position), [rows, 1]);
      else
        feeds[name] = integerTensor(type, new Int32Array(rows * (position + 1)).fill(1), [
          rows,
          position + 1,
        ]);
    }
    const start = performance.now();
    const results = await this.session.run(feeds, this.outputs);
    this.runtimeSeconds += (performance.now() - start) / 1000;
    for (const { input, output } of this.states) {
      this.state[input].dispose();
      this.state[input] = results[output];
    }
    this.position++;
    return this.readLogits(results[LOGITS]);
  }

  async close(): Promise<void> {
    this.forget();
    await this.session.release();
  }

  private forget(): void {
    for (const tensor of Object.values(this.state)) tensor.dispose();
    this.state = {};
  }

  private async probe(token: number): Promise<void> {
    try {
      this.begin(2);
      for (let t = 0; t < 2; t++) await this.step(Int32Array.of(token, token));
    } catch (cause) {
      if (cause instanceof LlmcError) throw cause;
      throw invalidGraph(`does not compute two tokens: ${reasonOf(cause)}`, cause);
    }
    if (token >= this.vocabulary) throw invalidGraph(`has ${this.vocabulary} tokens, and not token ${token}`);
  }

  private readLogits(tensor: ort.Tensor): Float32Array {
    const { dims, data } = tensor;
    const fits = dims.length === 3 && dims[0] === this.rows && dims[1] === 1;
    if (!fits)
      throw invalidGraph(`gives logits of shape [${dims.join(', ')}], not [${this.rows}, 1, vocabulary]`);
    this.vocabulary = dims[2];
    if (tensor.type === 'float32') return data as Float32Array;
    const { buffer, byteOffset, length } = data as Uint16Array;
    if (this.logits.length !== length) this.logits = new Float32Array(length);
    widenHalves(new Uint16Array(buffer, byteOffset, length), this.logits);
    return this.logits;
  }
}

/** Where a device that has memory of its own leaves each output: states there. The runtime wants to know before it tells the names. */
async function stateLocations(path: string, named: ReadonlyMap<string, string>) {
  const states = new Set(named.values());
  const outputs = (await graphOutputs(path)).filter((name) => name.startsWith(PRESENT) || states.has(name));
  return Object.fromEntries(outputs.map((name) => [name, 'gpu-buffer' as const]));
}

/** Finds what each input of a graph is. */
function bindInputs(session: ort.InferenceSession, named: ReadonlyMap<string, string>) {
  const outputs = new Set(session.outputNames);
  const integers = new Map<string, IntegerType>();
  const bound: State[] = [];
  for (const entry of session.inputMetadata) {
    const { name } = entry;
    if (!entry.isTensor) throw invalidGraph(`has an input ${name} that is no tensor`);
    const { type, shape } = entry;
    const output = named.get(name) ?? (name.startsWith(PAST) ? PRESENT + name.slice(PAST.length) : undefined);
    if (output !== undefined) {
      if (!outputs.has(output)) throw invalidGraph(`has no output ${output} for the input ${name}`);
      if (type !== 'float32' && type !== 'float16')
        throw invalidGraph(`has an input ${name} of type ${type}`);
      bound.push({ input: name, output, type, shape });
    } else if (['input_ids', 'attention_mask', 'position_ids'].includes(name)) {
      if (type !== 'int64' && type !== 'int32') throw invalidGraph(`has an input ${name} of type ${type}`);
      integers.set(name, type);
    } else {
      throw invalidGraph(
        `has an input ${name}, which is none of input_ids, attention_mask, position_ids and ${PAST}*; ` +
          'the manifest names other states in "states"',
      );
    }
  }
  const missing = [...named.keys()].find((name) => !session.inputNames.includes(name));
  if (missing !== undefined)
    throw invalidGraph(`has no input ${missing}, which the manifest names as a state`);
  if (!integers.has('input_ids')) throw invalidGraph('has no input input_ids');
  if (bound.length === 0) throw invalidGraph('has no cache: export it with past_key_values');
  const logits = session.outputMetadata.find(({ name }) => name === LOGITS);
  if (!logits?.isTensor || !(logits.type in FLOAT_BYTES)) {
    throw invalidGraph('has no output logits of float32 or float16');
  }
  return { integers, bound };
}

/** Dimensions of a state: rows first; those that grow are of as many tokens as there were. */
function shapeOf(shape: readonly (number | string)[], rows: number, tokens: number): number[] {
  return shape.map((size, i) => (i === 0 ? rows : typeof size === 'number' ? size : tokens));
}

function elementCount(dimensions: readonly number[]): number {
  return dimensions.reduce((product, size) => product * size, 1);
}

function integerTensor(type: IntegerType, values: Int32Array, dimensions: readonly number[]): ort.Tensor {
  if (type === 'int32') return new ort.Tensor('int32', values, dimensions);
  const wide = new BigInt64Array(values.length);
  // Through the halves of each integer: values are not negative, and no BigInt has to be made.
  const halves = new Int32Array(wide.buffer);
  const low = LITTLE_ENDIAN ? 0 : 1;
  for (let i = 0; i < values.length; i++) halves[2 * i + low] = values[i];
  return new ort.Tensor('int64', wide, dimensions);
}

const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function invalidGraph(reason: string, cause?: unknown): LlmcError {
  return new LlmcError('model-invalid', `The model's graph ${reason}.`, { cause });
}
