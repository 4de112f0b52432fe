/** A payload that is decoded while it is still being encoded. */

import { LlmcError } from '../../container/errors.js';

/** The bytes of a payload as far as they have come. */
export class GrowingPayload {
  private buffer = new Uint8Array(1 << 16);
  private length = 0;
  private ended = false;
  private failure: LlmcError | undefined;
  private wake: (() => void) | undefined;

  /** Adds the next bytes. */
  add(piece: Uint8Array): void {
    while (this.length + piece.length > this.buffer.length) {
      const larger = new Uint8Array(2 * this.buffer.length);
      larger.set(this.buffer);
      this.buffer = larger;
    }
    this.buffer.set(piece, this.length);
    this.length += piece.length;
    this.wake?.();
  }

  /** Says how long the payload is: no more comes, and zeros at the end of what came may not belong to it. */
  end(length: number): void {
    this.length = length;
    this.ended = true;
    this.wake?.();
  }

  /** Gives up: the payload will never be complete. */
  abort(): void {
    if (!this.ended) this.failure = new LlmcError('aborted', 'the payload was not completed');
    this.wake?.();
  }

  /**
   * The bytes, once there are `count` of them, or all.
   *
   * @throws LlmcError `aborted`.
   */
  async atLeast(count: number): Promise<Uint8Array> {
    while (this.length < count && !this.ended) {
      if (this.failure) throw this.failure;
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    return this.buffer.subarray(0, this.length);
  }
}
