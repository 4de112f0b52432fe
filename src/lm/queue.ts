/** Work that must not overlap, since it shares state. */

/** Does one piece of work after another. */
export class Queue {
  private last: Promise<unknown> = Promise.resolve();

  /** Does work after all that was given before it, whether that succeeded or not. */
  add<T>(work: () => Promise<T>): Promise<T> {
    const result = this.last.then(work, work);
    this.last = result.catch(() => undefined);
    return result;
  }
}
