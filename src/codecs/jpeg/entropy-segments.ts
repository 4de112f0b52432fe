/** Cuts entropy-coded data into restart intervals and removes the bytes stuffed after 0xFF (F.1.2.3). */

import { isRestart, Marker } from './markers.js';
import { DECODER_MARGIN, type IntervalBytes } from './scan-decoder.js';

/** The data between two restart markers. */
export interface EntropySegment extends IntervalBytes {
  /** Where the data begins in the file. */
  readonly fileStart: number;
  /** Low three bits of the restart marker that ends the segment; -1 if something else ends it. */
  readonly restart: number;
  /** Whether the restart marker follows the data at once. */
  readonly clean: boolean;
}

/** Unstuffed copies of the entropy-coded data of a file, all in one array. */
export class EntropySegments {
  readonly #file: Uint8Array;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #length = 0;

  constructor(file: Uint8Array) {
    this.#file = file;
    this.#bytes = new Uint8Array(file.length + DECODER_MARGIN);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /**
   * Reads entropy-coded data from `start` on. It ends before the first marker other than RSTn, with the fill
   * bytes before it, or with the file; that position is `end`.
   */
  split(start: number): { segments: EntropySegment[]; end: number } {
    const file = this.#file;
    const segments: EntropySegment[] = [];
    let fileStart = start;
    let first = this.#length;
    let at = start;
    // After FF FF 00, which no encoder writes, nothing is decoded up to the next restart.
    let garbled = false;
    for (;;) {
      let ff = file.indexOf(0xff, at);
      if (ff < 0 || ff + 1 >= file.length) {
        if (!garbled) this.#copy(at, ff < 0 ? file.length : ff);
        segments.push(this.#segment(first, fileStart, -1, false));
        return { segments, end: file.length };
      }
      if (file[ff + 1] === 0) {
        if (!garbled) this.#copy(at, ff + 1);
        at = ff + 2;
        continue;
      }
      if (!garbled) this.#copy(at, ff);
      const dataEnd = ff;
      while (file[ff + 1] === 0xff) ff++;
      const code = ff + 1 < file.length ? file[ff + 1] : Marker.EOI;
      if (code === 0) {
        garbled = true;
        at = ff + 2;
      } else if (isRestart(code)) {
        segments.push(this.#segment(first, fileStart, code & 7, dataEnd === ff && !garbled));
        at = ff + 2;
        fileStart = at;
        first = this.#length;
        garbled = false;
      } else {
        segments.push(this.#segment(first, fileStart, -1, false));
        return { segments, end: dataEnd };
      }
    }
  }

  #copy(from: number, to: number): void {
    this.#bytes.set(this.#file.subarray(from, to), this.#length);
    this.#length += to - from;
  }

  #segment(start: number, fileStart: number, restart: number, clean: boolean): EntropySegment {
    return { bytes: this.#bytes, view: this.#view, start, end: this.#length, fileStart, restart, clean };
  }
}

/** Length in a file of the first `length` unstuffed bytes of a segment. */
export function stuffedLength(segment: IntervalBytes, length: number): number {
  const bytes = segment.bytes.subarray(segment.start, segment.start + length);
  let stuffed = length;
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1)) stuffed++;
  return stuffed;
}

/**
 * Restart interval of each segment, -1 for those that have none. Segments are taken in order if there are as many as
 * intervals; else a marker up to three ahead of its turn tells that intervals are lost.
 */
export function assignIntervals(segments: readonly EntropySegment[], intervals: number): number[] {
  const assigned: number[] = [];
  const inOrder = segments.length === intervals || intervals === 1;
  let interval = 0;
  for (const segment of segments) {
    assigned.push(interval < intervals ? interval : -1);
    const ahead = (segment.restart - interval) & 7;
    interval += inOrder || ahead > 3 ? 1 : 1 + ahead;
  }
  return assigned;
}
