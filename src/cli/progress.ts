/** A progress bar with rate and time left on standard error, where that is a terminal. */

import type { SingleBar } from 'cli-progress';
import { formatBytes } from './format.js';

/** Progress over a set of files, in bytes of input. */
export interface Progress {
  /** Says that `fraction` (0 to 1) of one file is done. */
  update(path: string, size: number, fraction: number): void;
}

const CLEAR_LINE = '\u001b[K';
const WRAP = '\u001b[?7h';
const NO_WRAP = '\u001b[?7l';
const SAVE_CURSOR = '\u001b7';

/** The bar on the screen. */
let shown: SingleBar | undefined;

/** Shows a bar on a terminal, until `stopProgress`; nothing in a pipe, or when `quiet`. */
export async function startProgress(totalBytes: number, quiet: boolean): Promise<Progress> {
  if (quiet || !process.stderr.isTTY || totalBytes === 0) return { update: () => undefined };
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar(
    {
      format: ' {bar} {percentage}%  {done} of {all}  {rate}/s  {left} left',
      stream: process.stderr,
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      fps: 8,
    },
    cliProgress.Presets.shades_classic,
  );
  shown = bar;
  const started = performance.now();
  const doneByFile = new Map<string, number>();
  let done = 0;
  const payload = () => {
    const seconds = (performance.now() - started) / 1000;
    const rate = done / Math.max(seconds, 0.001);
    return {
      done: formatBytes(done),
      all: formatBytes(totalBytes),
      rate: formatBytes(rate),
      left: rate > 0 ? formatDuration((totalBytes - done) / rate) : '?',
    };
  };
  bar.start(totalBytes, 0, payload());
  return {
    update(path, size, fraction) {
      const before = doneByFile.get(path) ?? 0;
      const now = Math.max(before, fraction * size);
      doneByFile.set(path, now);
      done += now - before;
      bar.update(done, payload());
    },
  };
}

/** Takes the bar off the screen, and gives the cursor back. */
export function stopProgress(): void {
  shown?.stop();
  shown = undefined;
}

/** Prints a line on standard error, above the bar if one is shown. */
export function printLine(line: string): void {
  // The bar keeps long lines from wrapping, and returns in the end to the place of the cursor that was last saved.
  process.stderr.write(
    shown === undefined ? `${line}\n` : `\r${CLEAR_LINE}${WRAP}${line}\n${NO_WRAP}${SAVE_CURSOR}`,
  );
}

function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes === 0 ? `${whole} s` : `${minutes} min ${whole % 60} s`;
}
