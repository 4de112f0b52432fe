/** An exact model on plain integers on several threads. */

import { MessageChannel } from 'node:worker_threads';
import { haveSameShape } from '../dct-shape.js';
import type { CodingOptions, DctChunk, Proven } from '../entropy-model.js';
import { ThreadedDctModel } from '../threaded-dct-model-node.js';
import type { NetRunner } from './batch.js';
import { ExactDctModel } from './exact-dct-model.js';
import type { Nets } from './nets.js';

/** As `ThreadedDctModel`; a chunk that comes alone is decoded by a worker while it is encoded. */
export class ExactDctPool extends ThreadedDctModel {
  readonly #single: ExactDctModel;

  /**
   * @param runner Checked plain integers, for the calling thread.
   * @param threads At least 2.
   */
  constructor(classes: readonly Nets[], runner: NetRunner, threads: number) {
    const single = new ExactDctModel(classes, runner);
    super(single, threads, { path: 'exact/exact-worker-node.js', data: classes });
    this.#single = single;
  }

  async encodeProven(chunk: DctChunk, options?: CodingOptions): Promise<Proven<DctChunk>> {
    return this.counted(() =>
      this.calls === 1 ? this.#encodeAndDecode(chunk, options) : this.#encode(chunk, options),
    );
  }

  /** Decodes beside the encoder. */
  async #encodeAndDecode(chunk: DctChunk, options?: CodingOptions): Promise<Proven<DctChunk>> {
    const { port1, port2 } = new MessageChannel();
    const decoding = this.workers.decodeGrowing(chunk, port2).finally(() => port1.close());
    // Where the encoder fails, the decoder does too, and the encoder's error is the one to tell.
    decoding.catch(() => undefined);
    try {
      const send = (piece: Uint8Array) => port1.postMessage(piece);
      const payload = await this.#single.encodeInPieces(chunk, send, options);
      port1.postMessage(payload.length);
      const decodeInto = async (to: DctChunk) =>
        // A file that describes the chunk otherwise than the encoder saw it gets a decoder of its own.
        haveSameShape(chunk, to)
          ? (await decoding)(to)
          : (await this.decode([{ payload, chunk: to }], options))[0];
      return { payload, decodeInto };
    } catch (error) {
      port1.close();
      throw error;
    }
  }

  /** Decodes when it is asked for: there is no core to spare. */
  async #encode(chunk: DctChunk, options?: CodingOptions): Promise<Proven<DctChunk>> {
    const [payload] = await this.workers.encode([chunk], options);
    const decodeInto = async (to: DctChunk) => (await this.decode([{ payload, chunk: to }], options))[0];
    return { payload, decodeInto };
  }
}
