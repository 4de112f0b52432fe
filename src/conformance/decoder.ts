/** Runs a decoder under test on a file (conformance/README.md, "What your decoder must do"). */

import { type ChildProcess, spawn } from 'node:child_process';
import { delimiter } from 'node:path';
import pidusage from 'pidusage';
import parseArgv from 'string-argv';
import { LlmcError } from '../container/errors.js';

/** What a run may take. */
export interface RunLimits {
  readonly timeoutSeconds: number;
  readonly memoryBytes: number;
}

/** A run of the decoder on one file. */
export interface DecoderJob {
  readonly input: string;
  readonly output: string;
  readonly keepGoing: boolean;
  /** Folders of the model packages that the decoder is given. */
  readonly models: readonly string[];
}

/** How a run ended. */
export interface RunOutcome {
  /** Exit status, unless `ended` says why there is none. */
  readonly status: number | undefined;
  /** Why the process did not end by itself, or could not start. */
  readonly ended: string | undefined;
  readonly stderr: string;
  readonly seconds: number;
}

const MEMORY_POLL_MILLISECONDS = 100;
const STDERR_LIMIT = 1 << 20;

/** A command that runs a decoder, with places for its arguments. */
export class DecoderCommand {
  private readonly words: readonly string[];

  /** @throws LlmcError `argument` where the command has no place for input or output. */
  constructor(template: string) {
    this.words = parseArgv(template);
    for (const place of ['{in}', '{out}']) {
      if (!this.words.some((word) => word.includes(place))) {
        throw new LlmcError('argument', `the decoder's command has no ${place}`);
      }
    }
  }

  /** Whether the decoder can be asked to read around damage. */
  get keepsGoing(): boolean {
    return this.words.includes('{keep-going}');
  }

  /** The command's words for a job. */
  argumentsFor(job: DecoderJob): string[] {
    const models = job.models.join(delimiter);
    return this.words
      .filter((word) => word !== '{keep-going}' || job.keepGoing)
      .map((word) =>
        word
          .replace(/^\{keep-going\}$/, '--keep-going')
          .replaceAll('{in}', () => job.input)
          .replaceAll('{out}', () => job.output)
          .replaceAll('{models}', () => models),
      );
  }

  /** Runs the decoder on a file, and ends it if it exceeds a limit. */
  async run(job: DecoderJob, limits: RunLimits): Promise<RunOutcome> {
    const [program, ...args] = this.argumentsFor(job);
    const env = { ...process.env, LLMC_MODEL_PATH: job.models.join(delimiter) };
    const started = performance.now();
    const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
    const chunks: Buffer[] = [];
    let kept = 0;
    child.stderr.on('data', (chunk: Buffer) => {
      if (kept < STDERR_LIMIT) chunks.push(chunk);
      kept += chunk.length;
    });
    const watch = new Watch(child, limits);
    const ending = await new Promise<{ status: number | null; reason: string | undefined }>((resolve) => {
      child.on('error', (error) => resolve({ status: null, reason: `cannot be started: ${error.message}` }));
      child.on('close', (status, signal) =>
        resolve({ status, reason: signal === null ? undefined : `ended by ${signal}` }),
      );
    });
    watch.stop();
    const ended = watch.exceeded ?? ending.reason;
    return {
      status: ended === undefined ? (ending.status ?? undefined) : undefined,
      ended,
      stderr: Buffer.concat(chunks).toString('utf8'),
      seconds: (performance.now() - started) / 1000,
    };
  }
}

/** Ends a process that exceeds a limit. */
class Watch {
  exceeded: string | undefined;
  private readonly timer: NodeJS.Timeout;
  private readonly poll: NodeJS.Timeout;

  constructor(
    private readonly child: ChildProcess,
    limits: RunLimits,
  ) {
    const { timeoutSeconds, memoryBytes } = limits;
    this.timer = setTimeout(() => this.end(`took more than ${timeoutSeconds} s`), timeoutSeconds * 1000);
    this.poll = setInterval(async () => {
      const { pid } = child;
      // The process may end at any moment, and then has no memory to tell of.
      const usage = pid === undefined ? undefined : await pidusage(pid).catch(() => undefined);
      if (usage !== undefined && usage.memory > memoryBytes) {
        this.end(`took more than ${Math.round(memoryBytes / 1e6)} MB of memory`);
      }
    }, MEMORY_POLL_MILLISECONDS);
  }

  stop(): void {
    clearTimeout(this.timer);
    clearInterval(this.poll);
  }

  private end(reason: string): void {
    this.exceeded ??= reason;
    this.child.kill('SIGKILL');
  }
}
