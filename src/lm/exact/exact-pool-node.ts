/** An exact model on plain integers on several threads. */

import { DctPool, type WorkerModule } from '../dct-pool-node.js';
import { haveSameShape } from '../dct-shape.js';
import type { CodingOptions, DctChunk, Proven } from '../entropy-model.js';
import { ThreadedDctModel } from '../threaded-dct-model-node.js';
import type { NetRunner } from './batch.js';
import { ExactDctModel, tokensOf } from './exact-dct-model.js';
import { GrowingPayload } from './growing-payload.js';
import type { Nets } from './nets.js';

/** Room for a payload, more than any but a hostile image takes. */
const BYTES_A_TOKEN = 2;

/** What the workers of nets run. */
function workerOf(classes: readonly Nets[]): WorkerModule {
  return { path: 'exact/exact-worker-node.js', data: classes };
}

/** Workers for an `ExactDctPool`, one of which starts at once: it takes as long as to open a runner. */
export function startWorkers(classes: readonly Nets[], threads: number): DctPool {
  return new DctPool(threads, workerOf(classes), 1);
}

/** As `ThreadedDctModel`; a chunk that comes alone is decoded by a worker while it is encoded. */
export class ExactDctPool extends ThreadedDctModel {
  readonly #single: ExactDctModel;

  /**
   * @param runner Checked plain integers, for the calling thread.
   * @param threads At least 2.
   * @param workers Those of `startWorkers`.
   */
  constructor(classes: readonly Nets[], runner: NetRunner, threads: number, workers?: DctPool) {
    const single = new ExactDctModel(classes, runner);
    super(single, threads, workerOf(classes), workers);
    this.#single = single;
  }

  async encodeProven(chunk: DctChunk, options?: CodingOptions): Promise<Proven<DctChunk>> {
    return this.counted(() =>
      this.calls === 1 ? this.#encodeAndDecode(chunk, options) : this.#encode(chunk, options),
    );
  }

  /** Decodes beside the encoder. */
  async #encodeAndDecode(chunk: DctChunk, options?: CodingOptions): Promise<Proven<DctChunk>> {
    const growing = GrowingPayload.create(BYTES_A_TOKEN * tokensOf(chunk) + 1024);
    // Without an answer the payload is decoded again, and any error met there.
    const decoding = this.workers.decodeGrowing(chunk, growing.memory).catch(() => undefined);
    try {
      const payload = await this.#single.encodeInPieces(chunk, (piece) => growing.add(piece), options);
      growing.end(payload.length);
      const decodeInto = async (to: DctChunk) => {
        // A file may describe the chunk otherwise than the encoder saw it.
        const store = haveSameShape(chunk, to) ? await decoding : undefined;
        return store ? store(to) : (await this.decode([{ payload, chunk: to }], options))[0];
      };
      return { payload, decodeInto };
    } catch (error) {
      growing.abort();
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
