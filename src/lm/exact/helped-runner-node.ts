/**
 * Nets on two threads: a decoder's step has to wait for the one before, but its rows do not depend on each other. So a
 * helper evaluates half of them.
 */

import { Worker } from 'node:worker_threads';
import { workerPath } from '../workers-node.js';
import type { NetBatch, NetRunner } from './batch.js';
import { GROUP_INPUTS, LAST_SYMBOLS, SYMBOLS } from './layout.js';
import type { Nets } from './nets.js';
import { ROOM, SharedRows } from './shared-rows.js';

/** Rows of the group net that are decoded before a helper is started, which takes as long as they do. */
const PAIRS_ALONE = 4000;
/** Fewer rows of the group net are not worth the handing over. */
const LEAST_PAIRS = 8;
/** A helper that takes longer for an answer has died, or has no core to run on. */
const PATIENCE_MS = 2000;

/** What a helper thread is given. */
export interface HelperData {
  readonly classes: readonly Nets[];
  readonly memory: SharedArrayBuffer;
  readonly baseInputs: readonly [number, number];
}

/** Rows of a class: how many there are, or from which on they are the helper's. */
interface Rows {
  readonly blocks: number;
  readonly pairs: number;
  readonly coefficients: number;
}

/** Evaluates a decoder's steps on the calling thread and a helper, which is started when there is enough to do. */
export class HelpedRunner implements NetRunner {
  private helper: Worker | undefined;
  private rows: SharedRows | undefined;
  private ready = false;
  /** Rows of the group net until the helper is started. */
  private pairsAlone = PAIRS_ALONE;

  /**
   * @param own Evaluates on the calling thread.
   * @param program The helper's; for tests.
   */
  constructor(
    private readonly own: NetRunner,
    private readonly classes: readonly Nets[],
    private readonly program: string | URL = workerPath('exact/net-helper-node.js'),
  ) {}

  /** Whether the helper takes part. */
  get isHelped(): boolean {
    return this.ready;
  }

  async run(batches: readonly NetBatch[]): Promise<void> {
    const pairs = batches[0].pairs + batches[1].pairs;
    const rows = this.rows ?? this.start(pairs);
    if (!rows || !this.ready || pairs < LEAST_PAIRS) return this.own.run(batches);
    const whole = batches.map(({ blocks, pairs, coefficients }) => ({ blocks, pairs, coefficients }));
    const splits = batches.map((batch) => give(batch, rows.batches[batch.kind]));
    rows.request();
    for (const [i, batch] of batches.entries()) Object.assign(batch, splits[i]);
    await this.own.run(batches);
    for (const [i, batch] of batches.entries()) Object.assign(batch, whole[i]);
    if (rows.awaitAnswer(PATIENCE_MS)) {
      for (const [i, batch] of batches.entries()) take(batch, rows.batches[batch.kind], splits[i]);
      return;
    }
    await this.dismiss();
    await this.own.run(batches);
  }

  /** An encoder evaluates many steps at once while another thread decodes them: there is no core to spare. */
  async runContext(batches: readonly NetBatch[]): Promise<void> {
    await this.own.runContext(batches);
  }

  async runCoefficients(batches: readonly NetBatch[]): Promise<void> {
    await this.own.runCoefficients(batches);
  }

  async close(): Promise<void> {
    await this.dismiss();
    await this.own.close();
  }

  /** Starts the helper once so many rows have been evaluated without. */
  private start(pairs: number): SharedRows | undefined {
    this.pairsAlone -= pairs;
    if (this.pairsAlone >= 0) return undefined;
    const { classes } = this;
    const baseInputs = [classes[0].group_1.rows, classes[1].group_1.rows] as const;
    this.rows = SharedRows.create(baseInputs);
    const workerData: HelperData = { classes, memory: this.rows.memory, baseInputs };
    const helper = new Worker(this.program, { workerData });
    this.helper = helper;
    helper.once('message', () => {
      this.ready = this.helper === helper;
    });
    // Whatever happens to it, the calling thread goes on alone.
    helper.once('error', () => this.dismiss());
    helper.unref();
    return this.rows;
  }

  /** Goes on without the helper, and without another one. */
  private async dismiss(): Promise<void> {
    const { helper } = this;
    this.helper = undefined;
    this.ready = false;
    await helper?.terminate();
  }
}

/** Copies the latter half of the rows to the helper's, as far as there is room. */
function give(from: NetBatch, to: NetBatch): Rows {
  const { contextInputs, baseInputs, coefficientInputs } = from;
  const blocks = from.blocks - Math.min(from.blocks >> 1, ROOM.blocks);
  let pairs = from.pairs - Math.min(from.pairs >> 1, ROOM.pairs);
  let coefficients = from.coefficients;
  while (coefficients > 0 && from.pair[coefficients - 1] >= pairs) coefficients--;
  if (from.coefficients - coefficients > ROOM.coefficients) {
    pairs = from.pair[from.coefficients - ROOM.coefficients] + 1;
    while (from.pair[coefficients] < pairs) coefficients++;
  }
  to.blocks = from.blocks - blocks;
  to.pairs = from.pairs - pairs;
  to.coefficients = from.coefficients - coefficients;
  to.context.set(from.context.subarray(blocks * contextInputs, from.blocks * contextInputs));
  to.group.set(from.group.subarray(pairs * GROUP_INPUTS, from.pairs * GROUP_INPUTS));
  to.base.set(from.base.subarray(pairs * baseInputs, from.pairs * baseInputs));
  to.groupIndex.set(from.groupIndex.subarray(pairs, from.pairs));
  to.coefficient.set(
    from.coefficient.subarray(coefficients * coefficientInputs, from.coefficients * coefficientInputs),
  );
  to.index.set(from.index.subarray(coefficients, from.coefficients));
  for (let row = 0; row < to.coefficients; row++) to.pair[row] = from.pair[coefficients + row] - pairs;
  return { blocks, pairs, coefficients };
}

/** Copies the helper's answers to the rows that were its own. */
function take(to: NetBatch, from: NetBatch, { blocks, coefficients }: Rows): void {
  to.last.set(from.last.subarray(0, from.blocks * LAST_SYMBOLS), blocks * LAST_SYMBOLS);
  to.carry.set(from.carry.subarray(0, from.blocks * from.baseInputs), blocks * from.baseInputs);
  to.logits.set(from.logits.subarray(0, from.coefficients * SYMBOLS), coefficients * SYMBOLS);
}
