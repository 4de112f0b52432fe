/** What the entropy decoders of all kinds of scan share. */

/** Unstuffed bytes of one restart interval, in an array that goes on for `DECODER_MARGIN` bytes more. */
export interface IntervalBytes {
  readonly bytes: Uint8Array;
  /** Of the same bytes: index 0 is that of `bytes`. */
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
}

/** How far beyond its interval a decoder may look before it notices: a block of 64 codes and values, and some. */
export const DECODER_MARGIN = 512;

/** Departures from what libjpeg writes, gathered while decoding; see `ScanDepartures`. */
export interface GatheredDepartures {
  readonly runEnds: number[];
  readonly zeroRunBlocks: number[];
  readonly zeroRunCounts: number[];
}

/** Turns the bits of one scan into coefficients. */
export interface ScanDecoder {
  /**
   * Decodes units `from` to `to` of one restart interval into the scan's planes. Returns the unit that could not be
   * decoded, `to` if none. What that unit and those after it leave in the planes is not specified.
   */
  decode(interval: IntervalBytes, from: number, to: number): number;
}
