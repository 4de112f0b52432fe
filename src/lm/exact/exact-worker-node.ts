/** What a worker thread of an exact model runs: one chunk, to its payload or back. */

import { workerData } from 'node:worker_threads';
import { move } from 'piscina';
import { type DecodeReply, type PackedChunk, unpack } from '../adaptive-worker-node.js';
import { ExactDctModel } from './exact-dct-model.js';
import { GrowingPayload } from './growing-payload.js';
import type { Nets } from './nets.js';
import { WasmRunner } from './wasm-runner.js';

const NOTHING = new Uint8Array(0);

const classes: readonly Nets[] = workerData;
const model = WasmRunner.open(classes).then((runner) => new ExactDctModel(classes, runner));

/** Codes a chunk into its payload. */
export async function encode(packed: PackedChunk): Promise<Uint8Array> {
  const [payload] = await (await model).encode([unpack(packed)]);
  return move(payload as Uint8Array<ArrayBuffer>) as unknown as Uint8Array;
}

/** Decodes a payload. */
export async function decode(task: {
  readonly packed: PackedChunk;
  readonly payload: Uint8Array;
}): Promise<DecodeReply> {
  const chunk = unpack(task.packed);
  const [error] = await (await model).decode([{ payload: task.payload, chunk }]);
  return error ? { corrupt: error.message } : { coefficients: task.packed.coefficients };
}

/** Decodes a payload while another thread writes it. */
export async function decodeGrowing(task: {
  readonly packed: PackedChunk;
  readonly memory: SharedArrayBuffer;
}): Promise<DecodeReply> {
  const { packed, memory } = task;
  const growing = GrowingPayload.over(memory);
  const more = (position: number) => growing.more(position);
  const [error] = await (await model).decode([{ payload: NOTHING, more, chunk: unpack(packed) }]);
  return error ? { corrupt: error.message } : { coefficients: packed.coefficients };
}
