/** The bytes of a file under construction. */

import { LlmcError } from '../../container/errors.js';

const FIRST_CAPACITY = 1 << 16;

/** Grows as bytes come, up to a limit; throws `section-invalid` beyond it. */
export class OutputBuffer {
  readonly #limit: number;
  #bytes: Uint8Array;
  #length = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#bytes = new Uint8Array(Math.min(limit, FIRST_CAPACITY));
  }

  get length(): number {
    return this.#length;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Appends entropy-coded bytes, each 0xFF followed by 0x00. */
  appendStuffed(bytes: Uint8Array): void {
    let at = 0;
    for (let ff = bytes.indexOf(0xff); ff >= 0; ff = bytes.indexOf(0xff, at)) {
      this.#reserve(ff + 2 - at);
      this.#bytes.set(bytes.subarray(at, ff + 1), this.#length);
      this.#length += ff + 2 - at;
      this.#bytes[this.#length - 1] = 0;
      at = ff + 1;
    }
    this.append(bytes.subarray(at));
  }

  /** The file so far. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed > this.#limit)
      throw new LlmcError('section-invalid', 'JPEG side data make more bytes than the file had');
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.min(this.#limit, Math.max(2 * this.#bytes.length, needed)));
    grown.set(this.finish());
    this.#bytes = grown;
  }
}
