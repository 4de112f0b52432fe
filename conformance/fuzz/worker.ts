/**
 * The process that runs inputs: it keeps those that reach new code, and tells main.ts what it finds. The input that it is at
 * stands in a file, so that main.ts has it if this process hangs or dies.
 */

import { openSync, writeSync } from 'node:fs';
import { Random } from '../make/media.js';
import { Coverage } from './coverage.js';
import type { Target } from './target.js';
import { makeTargets } from './targets.js';

/** What this process tells: its progress, twice a second or so, and findings as they come. */
export type Message =
  | { readonly kind: 'progress'; readonly runs: number; readonly reached: number; readonly inputs: number }
  | {
      readonly kind: 'finding';
      readonly target: string;
      readonly input: readonly number[];
      readonly why: string;
    }
  | { readonly kind: 'done' };

/** Inputs between two looks at the coverage, which take milliseconds. */
const BATCH = 64;
/** Longest input that is kept to start from. */
const INPUT_BYTES = 4096;
/** A run that takes more is a finding. */
const CPU_SECONDS = 2;
const BUFFER_BYTES = 2 ** 27;

const [runs, seconds, seed, current, only] = process.argv.slice(2);
const random = new Random(Number(seed));
const descriptor = openSync(current, 'w');
const coverage = new Coverage();
const targets = (await makeTargets()).filter(({ name }) => only === '' || name === only);
const corpora = new Map(targets.map((target) => [target, [...target.seeds]]));
/** Each target as often as its share says. */
const turns = targets.flatMap((target) => new Array<Target>(target.share).fill(target));
const end = performance.now() + Number(seconds) * 1000;
let done = 0;
let told = 0;

for (const target of targets) {
  for (const input of target.seeds) await attempt(target, input);
  report();
}
coverage.add(coverage.take());
while (done < Number(runs) && performance.now() < end) await runBatch(turns[random.below(turns.length)]);
report();
tell({ kind: 'done' });
process.disconnect?.();

/** Runs mutated inputs, and keeps those that reach new code. */
async function runBatch(target: Target): Promise<void> {
  const corpus = corpora.get(target) as Uint8Array[];
  const inputs: Uint8Array[] = [];
  for (let i = 0; i < BATCH; i++) {
    const parent = chooseParent(corpus);
    const input = await target.mutate(parent, corpus[random.below(corpus.length)], random);
    inputs.push(input);
    await attempt(target, input);
    done++;
  }
  const fresh = coverage.take();
  if (fresh.length > 0) await keepFresh(target, inputs, corpus);
  coverage.add(fresh);
  if (performance.now() > told + 500) report();
}

/**
 * An input to go on from: half of the time one of the latest, since what reached new code is the best place; and of three the
 * shortest, which takes the least time as a rule. (To go by the time itself would make another run of every start.)
 */
function chooseParent(corpus: readonly Uint8Array[]): Uint8Array {
  const recent = random.below(2) === 0 ? Math.min(corpus.length, 32) : corpus.length;
  const candidates = [0, 0, 0].map(() => corpus[corpus.length - 1 - random.below(recent)]);
  return candidates.reduce((best, one) => (one.length < best.length ? one : best));
}

/** Runs inputs again, half by half, to find those that reach what is not known. */
async function keepFresh(target: Target, inputs: readonly Uint8Array[], corpus: Uint8Array[]): Promise<void> {
  for (const input of inputs) await attempt(target, input);
  const fresh = coverage.take();
  if (fresh.length === 0) return;
  if (inputs.length > 1) {
    const half = inputs.length >> 1;
    await keepFresh(target, inputs.slice(0, half), corpus);
    await keepFresh(target, inputs.slice(half), corpus);
    return;
  }
  coverage.add(fresh);
  if (inputs[0].length <= INPUT_BYTES) corpus.push(inputs[0]);
}

async function attempt(target: Target, input: Uint8Array): Promise<void> {
  writeSync(descriptor, record(target.name, input), 0, undefined, 0);
  const cpu = process.cpuUsage();
  const { arrayBuffers } = process.memoryUsage();
  try {
    await target.run(input);
  } catch (error) {
    find(target, input, error instanceof Error ? (error.stack ?? error.message) : String(error));
    return;
  }
  const { user, system } = process.cpuUsage(cpu);
  if (user + system > CPU_SECONDS * 1e6) find(target, input, `${(user + system) / 1e6} s of CPU time`);
  const taken = process.memoryUsage().arrayBuffers - arrayBuffers;
  if (taken > BUFFER_BYTES) find(target, input, `${taken} bytes of buffers`);
}

/** Name, length and input, as main.ts reads them. */
function record(name: string, input: Uint8Array): Uint8Array {
  const head = Buffer.from(`${name} ${input.length}\n`);
  return Buffer.concat([head, input]);
}

function find(target: Target, input: Uint8Array, why: string): void {
  tell({ kind: 'finding', target: target.name, input: [...input], why });
}

function report(): void {
  told = performance.now();
  const inputs = [...corpora.values()].reduce((sum, { length }) => sum + length, 0);
  tell({ kind: 'progress', runs: done, reached: coverage.characters, inputs });
}

function tell(message: Message): void {
  process.send?.(message);
}
