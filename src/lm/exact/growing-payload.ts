/** A payload that one thread encodes and another one decodes, as far as it has come. */

import { LlmcError } from '../../container/errors.js';

/** Words before the bytes: a count of changes, how many bytes there are, and whether more will come. */
const CHANGES = 0;
const LENGTH = 1;
const STATE = 2;
const HEADER_WORDS = 3;
const HEADER_BYTES = 4 * HEADER_WORDS;
const OPEN = 0;
const ENDED = 1;
const ABORTED = 2;

/** A view on memory that both threads share. */
export class GrowingPayload {
  private readonly header: Int32Array;
  private readonly bytes: Uint8Array;

  private constructor(readonly memory: SharedArrayBuffer) {
    this.header = new Int32Array(memory, 0, HEADER_WORDS);
    this.bytes = new Uint8Array(memory, HEADER_BYTES);
  }

  /** An empty payload with room for so many bytes; a longer one is aborted. */
  static create(capacity: number): GrowingPayload {
    return new GrowingPayload(new SharedArrayBuffer(HEADER_BYTES + capacity));
  }

  /** The payload that another thread writes. */
  static over(memory: SharedArrayBuffer): GrowingPayload {
    return new GrowingPayload(memory);
  }

  /** Adds the next bytes. */
  add(piece: Uint8Array): void {
    const length = this.header[LENGTH];
    if (this.header[STATE] !== OPEN) return;
    if (length + piece.length > this.bytes.length) {
      this.abort();
      return;
    }
    this.bytes.set(piece, length);
    this.publish(length + piece.length, OPEN);
  }

  /** Says how long the payload is: no more comes, and zeros at the end of what came may not belong to it. */
  end(length: number): void {
    if (this.header[STATE] === OPEN) this.publish(length, ENDED);
  }

  /** Gives up: the payload will never be complete. */
  abort(): void {
    if (this.header[STATE] === OPEN) this.publish(this.header[LENGTH], ABORTED);
  }

  /**
   * Blocks the thread until there is a byte at `position`, or the payload has ended; returns what there is.
   *
   * @throws LlmcError `aborted`.
   */
  more(position: number): Uint8Array {
    const { header } = this;
    for (;;) {
      const changes = Atomics.load(header, CHANGES);
      const state = Atomics.load(header, STATE);
      const length = Atomics.load(header, LENGTH);
      if (state === ABORTED) throw new LlmcError('aborted', 'the payload was not completed');
      if (state === ENDED || length > position) return this.bytes.subarray(0, length);
      Atomics.wait(header, CHANGES, changes);
    }
  }

  private publish(length: number, state: number): void {
    Atomics.store(this.header, LENGTH, length);
    Atomics.store(this.header, STATE, state);
    Atomics.add(this.header, CHANGES, 1);
    Atomics.notify(this.header, CHANGES);
  }
}
