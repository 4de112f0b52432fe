/**
 * Fuzzing: `npm run fuzz -- [--runs N] [--seconds S] [--seed N] [--target NAME]`. Mutated vectors, media, side data and model packages
 * go into every reader; whatever comes, the outcome must be the right bytes or a coded error, soon and in little memory.
 * What breaks that is written to conformance/fuzz/findings/, which test/conformance/findings.test.ts runs again for ever.
 */

import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import pidusage from 'pidusage';
import type { Message } from './worker.js';

/** A worker that computes for so long and says nothing hangs: CPU time, since other programs may take most of a machine. */
const SILENT_CPU_SECONDS = 60;
/** So does one that says nothing for so long and need not compute. */
const SILENT_SECONDS = 600;
/** Memory of the worker, most of which are models and their code. */
const MEMORY_BYTES = 1.5e9;

const FINDINGS = fileURLToPath(new URL('./findings/', import.meta.url));

const { values } = parseArgs({
  options: {
    runs: { type: 'string' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    target: { type: 'string', default: '' },
  },
});
const wanted = values.runs === undefined && values.seconds === undefined ? '100000' : values.runs;
const temporary = mkdtempSync(join(tmpdir(), 'llmc-fuzz-'));
const current = join(temporary, 'input');
const started = performance.now();
const known = new Set<string>();
let heard = performance.now();
/** Milliseconds of CPU time that the worker had taken by then. */
let heardCpu = 0;
let cpu = 0;
let line = 'no run';
let finished = false;

const worker = fork(
  fileURLToPath(new URL('./worker.ts', import.meta.url)),
  [wanted ?? 'Infinity', values.seconds ?? 'Infinity', values.seed, current, values.target],
  { execArgv: [...process.execArgv, '--max-old-space-size=512'] },
);
worker.on('message', (message: Message) => {
  heard = performance.now();
  heardCpu = cpu;
  if (message.kind === 'finding') keep(message.target, Uint8Array.from(message.input), message.why);
  else if (message.kind === 'done') finished = true;
  else
    line = `${message.runs} runs, ${message.reached} characters of code reached, ${message.inputs} inputs kept`;
});
const watch = setInterval(async () => {
  const { memory, ctime } = await pidusage(worker.pid as number).catch(() => ({ memory: 0, ctime: cpu }));
  cpu = ctime;
  if (memory > MEMORY_BYTES) end(`${memory} bytes of memory`);
  else if (cpu - heardCpu > SILENT_CPU_SECONDS * 1000)
    end(`no answer for ${SILENT_CPU_SECONDS} s of CPU time`);
  else if (performance.now() - heard > SILENT_SECONDS * 1000) end(`no answer for ${SILENT_SECONDS} s`);
}, 1000);
const printing = setInterval(print, 30_000);
worker.on('exit', (code, signal) => {
  clearInterval(watch);
  clearInterval(printing);
  // A person who ends it has found nothing.
  if (!finished && signal !== 'SIGTERM' && signal !== 'SIGINT')
    keepCurrent(`the process ended with ${signal ?? `status ${code}`}`);
  rmSync(temporary, { recursive: true });
  print();
  process.exitCode = known.size > 0 || !finished ? 1 : 0;
});

function print(): void {
  const seconds = (performance.now() - started) / 1000;
  console.log(`${seconds.toFixed(0)} s: ${line}, ${known.size} findings`);
}

/** Ends a worker that hangs or has taken too much. */
function end(why: string): void {
  keepCurrent(why);
  finished = true;
  worker.kill('SIGKILL');
}

/** Keeps the input that the worker is at. */
function keepCurrent(why: string): void {
  const record = readFileSync(current);
  const newline = record.indexOf('\n');
  const [name, length] = record.toString('latin1', 0, newline).split(' ');
  keep(name, record.subarray(newline + 1, newline + 1 + Number(length)), why);
}

/** Writes a finding, unless there is one that is alike. */
function keep(target: string, input: Uint8Array, why: string): void {
  const kind = `${target} ${why.replaceAll(/\d+/g, 'N')}`;
  if (known.has(kind)) return;
  known.add(kind);
  mkdirSync(FINDINGS, { recursive: true });
  const path = join(FINDINGS, `${target}-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`);
  writeFileSync(path, input);
  console.error(`finding in ${target}: ${path}\n${why}`);
}
