/** What a worker thread of an exact model runs: one chunk, to its payload or back. */

import { type MessagePort, workerData } from 'node:worker_threads';
import { move } from 'piscina';
import { LlmcError } from '../../container/errors.js';
import { type DecodeReply, type PackedChunk, unpack } from '../adaptive-worker-node.js';
import { ExactDctModel } from './exact-dct-model.js';
import { GrowingPayload } from './growing-payload.js';
import type { Nets } from './nets.js';
import { WasmRunner } from './wasm-runner.js';

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

/** Decodes a payload whose pieces come through a port, after them its length. */
export async function decodeGrowing(task: {
  readonly packed: PackedChunk;
  readonly pieces: MessagePort;
}): Promise<DecodeReply> {
  const { packed, pieces } = task;
  const payload = new GrowingPayload();
  pieces.on('message', (message: Uint8Array | number) => {
    if (typeof message === 'number') payload.end(message);
    else payload.add(message);
  });
  pieces.on('close', () => payload.abort());
  try {
    await (await model).decodeGrowing(payload, unpack(packed));
    return { coefficients: packed.coefficients };
  } catch (error) {
    if (error instanceof LlmcError && error.code === 'chunk-corrupt') return { corrupt: error.message };
    throw error;
  } finally {
    pieces.close();
  }
}
