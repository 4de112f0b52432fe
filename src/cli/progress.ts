/** A progress bar with rate and time left on standard error, where that is a terminal. */

import { Presets, SingleBar } from 'cli-progress';
import { formatBytes } from './format.js';

/** Progress over a set of files, in bytes of input. */
export interface Progress {
  /** Says that `fraction` (0 to 1) of one file is done. */
  update(path: string, size: number, fraction: number): void;
  /** Takes the bar off the screen to print a line, then goes on. */
  interrupt(print: () => void): void;
  stop(): void;
}

/** A bar on a terminal; nothing in a pipe, or when `quiet`. */
export function startProgress(totalBytes: number, quiet: boolean): Progress {
  if (quiet || !process.stderr.isTTY || totalBytes === 0) {
    return { update: () => undefined, interrupt: (print) => print(), stop: () => undefined };
  }
  const bar = new SingleBar(
    {
      format: ' {bar} {percentage}%  {done} of {all}  {rate}/s  {left} left',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      fps: 8,
    },
    Presets.shades_classic,
  );
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
    interrupt(print) {
      process.stderr.write('\r\u001b[K');
      print();
    },
    stop: () => bar.stop(),
  };
}

function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes === 0 ? `${whole} s` : `${minutes} min ${whole % 60} s`;
}
