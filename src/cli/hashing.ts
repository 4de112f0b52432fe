/** A bar while a language model is hashed, which takes a while where it has gigabytes. */

import { Presets, SingleBar } from 'cli-progress';

/** Shows how far the hashing is: nothing in a pipe, or when `quiet`, or until there is something to hash. */
export function hashingProgress(quiet: boolean): { update(fraction: number): void; stop(): void } {
  if (quiet || !process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      format: ' {bar} {percentage}%  hashing the model',
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_classic,
  );
  return {
    update(fraction) {
      if (!bar.isActive) bar.start(1, 0);
      bar.update(fraction);
      if (fraction >= 1) bar.stop();
    },
    stop: () => bar.stop(),
  };
}
