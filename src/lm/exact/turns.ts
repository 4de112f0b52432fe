/** Lets other work of the thread in between: what cancels a long one, shows its progress, or feeds a worker. */

const INTERVAL_MS = 40;

/** Gives others a turn now and then. */
export class Turns {
  private last = performance.now();

  /** To be awaited often. */
  async give(): Promise<void> {
    if (performance.now() - this.last < INTERVAL_MS) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.last = performance.now();
  }
}
