/** What side data says of each scan beside its coefficients (spec/jpeg.md, "Scan records"). */

import { LlmcError } from '../../container/errors.js';
import type { ByteReader, ByteWriter } from './byte-io.js';
import type { ScanDepartures } from './scan-encoder.js';

/** A place where coding stops within a scan. Bits that do not fill a byte there, and a pending EOB run, are dropped. */
export interface Cut {
  /** Whole restart intervals, with their padding and restart markers, since the scan's start or the cut before. */
  readonly intervals: number;
  /** Units of the next interval that are coded. */
  readonly units: number;
  /** Intervals from that one to the one where coding resumes; 0 if it does not. */
  readonly skip: number;
  /** Bytes of the skeleton that stand between the two. */
  readonly raw: number;
}

/** What side data keep of a scan beside its coefficients (spec/jpeg.md). */
export interface ScanRecord {
  /** Restart interval that replaces the one in force. */
  readonly interval: number | undefined;
  readonly cuts: readonly Cut[];
  readonly departures: ScanDepartures;
  readonly padding: Padding;
}

/** The bits that fill the last byte of an interval: all ones, all zeros, or one after the other as given, then ones. */
export type Padding = 'ones' | 'zeros' | Uint8Array;

const PADDING_MASK = 3;
const HAS_INTERVAL = 4;
const HAS_CUTS = 8;
const HAS_RUN_ENDS = 16;
const HAS_ZERO_RUNS = 32;

/** Serialises records behind their number. */
export function writeScanRecords(out: ByteWriter, records: readonly ScanRecord[]): void {
  out.varint(records.length);
  for (const record of records) writeScanRecord(out, record);
}

function writeScanRecord(out: ByteWriter, record: ScanRecord): void {
  const { interval, cuts, departures, padding } = record;
  const { runEnds, zeroRunBlocks, zeroRunCounts } = departures;
  out.byte(
    (padding === 'ones' ? 0 : padding === 'zeros' ? 1 : 2) |
      (interval === undefined ? 0 : HAS_INTERVAL) |
      (cuts.length > 0 ? HAS_CUTS : 0) |
      (runEnds.length > 0 ? HAS_RUN_ENDS : 0) |
      (zeroRunBlocks.length > 0 ? HAS_ZERO_RUNS : 0),
  );
  if (interval !== undefined) out.varint(interval);
  if (cuts.length > 0) {
    out.varint(cuts.length);
    for (const { intervals, units, skip, raw } of cuts) {
      out.varint(intervals);
      out.varint(units);
      out.varint(skip);
      if (skip > 0) out.varint(raw);
    }
  }
  if (runEnds.length > 0) writeAscending(out, runEnds);
  if (zeroRunBlocks.length > 0) {
    writeAscending(out, zeroRunBlocks);
    for (const count of zeroRunCounts) out.byte(count);
  }
  if (typeof padding !== 'string') {
    out.varint(padding.length);
    out.bytes(padding);
  }
}

/** Reads a number, and as many records. Throws `section-invalid` where they are malformed. */
export function readScanRecords(input: ByteReader): ScanRecord[] {
  const records: ScanRecord[] = [];
  for (let left = input.count(1); left > 0; left--) records.push(readScanRecord(input));
  return records;
}

function readScanRecord(input: ByteReader): ScanRecord {
  const flags = input.byte();
  if (flags > 63 || (flags & PADDING_MASK) === 3)
    throw new LlmcError('section-invalid', 'JPEG side data: scan flags');
  const interval = flags & HAS_INTERVAL ? input.varint() : undefined;
  const cuts: Cut[] = [];
  if (flags & HAS_CUTS) {
    for (let left = input.count(3); left > 0; left--) {
      const intervals = input.varint();
      const units = input.varint();
      const skip = input.varint();
      cuts.push({ intervals, units, skip, raw: skip > 0 ? input.varint() : 0 });
    }
  }
  const runEnds = flags & HAS_RUN_ENDS ? readAscending(input, 1) : [];
  const zeroRunBlocks = flags & HAS_ZERO_RUNS ? readAscending(input, 2) : [];
  const zeroRunCounts = zeroRunBlocks.map(() => input.byte());
  if (zeroRunCounts.includes(0)) throw new LlmcError('section-invalid', 'JPEG side data: empty zero run');
  const padding = (['ones', 'zeros'] as const)[flags & PADDING_MASK] ?? input.bytes(input.count(1));
  return { interval, cuts, departures: { runEnds, zeroRunBlocks, zeroRunCounts }, padding };
}

function writeAscending(out: ByteWriter, values: readonly number[]): void {
  out.varint(values.length);
  let previous = -1;
  for (const value of values) {
    out.varint(value - previous - 1);
    previous = value;
  }
}

function readAscending(input: ByteReader, bytesEach: number): number[] {
  const values: number[] = [];
  let value = -1;
  for (let left = input.count(bytesEach); left > 0; left--) {
    value += 1 + input.varint();
    values.push(value);
  }
  return values;
}
