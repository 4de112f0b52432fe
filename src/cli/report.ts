/** What a command says of each file, the summary, and the exit status. */

import { LlmcError } from '../container/errors.js';
import { reasonOf } from '../container/reason.js';
import { errorColours } from './colours.js';
import { formatBytes, formatSaving } from './format.js';
import { printLine } from './progress.js';

/** Exit statuses (README, "Exit status"). */
export const ExitStatus = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** What happened to one input. */
export interface FileResult {
  readonly input: string;
  readonly output?: string;
  readonly status: 'done' | 'skipped' | 'damaged' | 'failed';
  readonly bytesIn?: number;
  readonly bytesOut?: number;
  /** Further facts, in JSON only. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** What a person is told after the file's name. */
  readonly text?: string;
  readonly error?: LlmcError;
}

/** What a command prints. */
export interface ReportOptions {
  readonly json: boolean;
  readonly quiet: boolean;
}

/** Collects the results of one command and prints them. */
export class Report {
  readonly #command: string;
  readonly #options: ReportOptions;
  readonly #results: FileResult[] = [];
  readonly #started = performance.now();

  constructor(command: string, options: ReportOptions) {
    this.#command = command;
    this.#options = options;
  }

  /** Adds a result and prints its line: failures and damage always, the rest unless `--quiet` or `--json`. */
  add(result: FileResult): void {
    this.#results.push(result);
    const line = this.#line(result);
    if (line !== undefined) printLine(line);
  }

  /**
   * Prints the summary, or the JSON document on standard output; answers the exit status.
   *
   * @param leftOut Files in folders that the command did not take.
   */
  finish(leftOut: number): number {
    const counts = { done: 0, skipped: 0, damaged: 0, failed: 0 };
    let bytesIn = 0;
    let bytesOut = 0;
    for (const result of this.#results) {
      counts[result.status]++;
      if (result.status === 'done') {
        bytesIn += result.bytesIn ?? 0;
        bytesOut += result.bytesOut ?? 0;
      }
    }
    const seconds = (performance.now() - this.#started) / 1000;
    if (this.#options.json) {
      const results = this.#results.map(({ text: _text, error, details, ...rest }) => ({
        ...rest,
        ...details,
        ...(error === undefined ? {} : { error: errorToJson(error) }),
      }));
      const summary = { ...counts, leftOut, bytesIn, bytesOut, seconds: Number(seconds.toFixed(3)) };
      process.stdout.write(`${JSON.stringify({ command: this.#command, results, summary }, null, 2)}\n`);
    } else if (!this.#options.quiet && (this.#results.length !== 1 || leftOut > 0)) {
      process.stderr.write(`${this.#summary({ ...counts, leftOut }, bytesIn, bytesOut, seconds)}\n`);
    }
    return counts.failed + counts.damaged > 0 ? ExitStatus.failed : ExitStatus.ok;
  }

  #line(result: FileResult): string | undefined {
    if (this.#options.json) return undefined;
    if (result.error !== undefined) {
      return `${errorColours.red('llmc:')} ${result.input}: ${errorToText(result.error)}`;
    }
    if (this.#options.quiet && (result.status === 'done' || result.status === 'skipped')) return undefined;
    const target = result.output === undefined ? '' : ` -> ${result.output}`;
    const text = result.text === undefined ? '' : `  ${result.text}`;
    return `${result.input}${target}${text}`;
  }

  #summary(
    counts: Readonly<Record<FileResult['status'] | 'leftOut', number>>,
    bytesIn: number,
    bytesOut: number,
    seconds: number,
  ): string {
    const parts = [`${counts.done} done`];
    if (counts.skipped > 0) parts.push(`${counts.skipped} skipped`);
    if (counts.damaged > 0) parts.push(errorColours.yellow(`${counts.damaged} damaged`));
    if (counts.failed > 0) parts.push(errorColours.red(`${counts.failed} failed`));
    if (counts.leftOut > 0) parts.push(`${counts.leftOut} left out (hidden, or not for ${this.#command})`);
    const sizes =
      bytesOut > 0 && this.#command === 'encode'
        ? `; ${formatBytes(bytesIn)} -> ${formatBytes(bytesOut)}, ${formatSaving(bytesIn, bytesOut)}`
        : '';
    return `${parts.join(', ')}${sizes}; ${seconds.toFixed(1)} s`;
  }
}

/** Prints a line on something that went another way than was asked for, once. */
export function warn(message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  printLine(`${errorColours.yellow('llmc:')} ${message}`);
}

const warned = new Set<string>();

/** One line on an error: message, place, code, and what to do. */
export function errorToText(error: LlmcError): string {
  const place = error.offset === undefined ? '' : ` at byte ${error.offset}`;
  return `${error.message}${place} [${error.code}]. ${error.remedy}`;
}

/** An error for `--json`. */
export function errorToJson(error: LlmcError): Record<string, unknown> {
  const { code, message, offset, item, chunk, remedy } = error;
  return { code, message, offset, item, chunk, remedy };
}

/** Any failure as an `LlmcError`: unexpected ones become `internal`, so that no stack trace is shown. */
export function toLlmcError(error: unknown): LlmcError {
  if (error instanceof LlmcError) return error;
  return new LlmcError('internal', reasonOf(error), {
    cause: error,
  });
}
