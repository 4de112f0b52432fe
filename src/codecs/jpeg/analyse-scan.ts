/** Finds out what coefficients alone do not tell of a scan, by encoding it again and comparing. */

import { BLOCKS_PER_RUN } from './bit-buffer.js';
import type { EncodingContext } from './encoding-context.js';
import { type EntropySegment, stuffedLength } from './entropy-segments.js';
import { intervalCount, type Scan, type ScanKind, unitCount } from './scan.js';
import { scanEncoder } from './scan-coders.js';
import type { ScanDepartures, ScanEncoder } from './scan-encoder.js';
import type { Cut, Padding, ScanRecord } from './scan-record.js';

/** A scan as decoding found it. */
export interface DecodedScan {
  /** Undefined if the header breaks a rule, so that nothing of the scan can be coded. */
  readonly kind: ScanKind | undefined;
  readonly scan: Scan;
  /** Restart interval that replaces the one of the header. */
  readonly interval: number | undefined;
  readonly segments: readonly EntropySegment[];
  /** Restart interval of each segment, -1 for none. */
  readonly intervals: readonly number[];
  readonly departures: ScanDepartures;
}

/** A scan that can be written again, byte for byte up to `end`. */
export interface AnalysedScan {
  readonly record: ScanRecord;
  /** Parts of the file, as start and end, that the record's cuts leave to the skeleton. */
  readonly raw: readonly (readonly [number, number])[];
  /** Position in the file where what was coded ends. */
  readonly end: number;
  /** How often each symbol of each table was coded; undefined if there are cuts. */
  readonly frequencies: ReadonlyMap<number, Uint32Array> | undefined;
}

const NO_DEPARTURES: ScanDepartures = { runEnds: [], zeroRunBlocks: [], zeroRunCounts: [] };

/** Analyses a scan. `start` is the position in the file of its entropy-coded data. */
export function analyseScan(decoded: DecodedScan, start: number, context: EncodingContext): AnalysedScan {
  const { kind, interval, departures } = decoded;
  if (kind === undefined) {
    const cuts = [{ intervals: 0, units: 0, skip: 0, raw: 0 }];
    const record: ScanRecord = { interval, cuts, departures: NO_DEPARTURES, padding: 'ones' };
    return { record, raw: [], end: start, frequencies: undefined };
  }
  // Many EOB runs end for a reason that the encoder knows too, so it is tried without the list of ends first.
  const plain = matchScan(decoded, kind, NO_DEPARTURES, context);
  const departs = departures.runEnds.length + departures.zeroRunBlocks.length > 0;
  return plain.record.cuts.length === 0 || !departs ? plain : matchScan(decoded, kind, departures, context);
}

function matchScan(
  { scan, segments, intervals, interval }: DecodedScan,
  kind: ScanKind,
  departures: ScanDepartures,
  context: EncodingContext,
): AnalysedScan {
  const encoder = scanEncoder(kind, scan, departures, context);
  const lastInterval = intervalCount(scan) - 1;
  const padding = new PaddingCollector();
  const cuts: Cut[] = [];
  const raw: [number, number][] = [];
  let runStart = 0;
  let at = 0;
  for (;;) {
    const segment = segments[at];
    const current = intervals[at];
    const from = current * scan.restartInterval;
    const to = Math.min(from + scan.restartInterval, unitCount(scan.layout));
    const match = matchInterval(encoder, segment, from, to);
    if (match !== undefined && current === lastInterval) {
      padding.add(match);
      const end = segment.fileStart + stuffedLength(segment, match.end - segment.start);
      const record = { interval, cuts, departures, padding: padding.finish() };
      return { record, raw, end, frequencies: cuts.length === 0 ? encoder.frequencies : undefined };
    }
    const clean = match?.end === segment.end && segment.clean && segment.restart === (current & 7);
    if (match !== undefined && clean && intervals[at + 1] === current + 1) {
      padding.add(match);
      at++;
      continue;
    }
    const units = match === undefined ? matchingUnits(encoder, segment, from, to) : to - from;
    const length = matchPrefix(encoder, segment, from, from + units) ?? 0;
    const cutAt = segment.fileStart + stuffedLength(segment, length);
    let resume = at + 1;
    while (resume < segments.length && intervals[resume] <= current) resume++;
    if (resume >= segments.length) {
      cuts.push({ intervals: current - runStart, units, skip: 0, raw: 0 });
      const record = { interval, cuts, departures, padding: padding.finish() };
      return { record, raw, end: cutAt, frequencies: undefined };
    }
    const resumeAt = segments[resume].fileStart;
    const skip = intervals[resume] - current;
    cuts.push({ intervals: current - runStart, units, skip, raw: resumeAt - cutAt });
    raw.push([cutAt, resumeAt]);
    at = resume;
    runStart = intervals[at];
  }
}

/** The last byte of an interval: how many of its low bits are padding, and which. */
interface IntervalMatch {
  /** Index after the interval's last byte in the segment's bytes. */
  readonly end: number;
  readonly paddingSize: number;
  readonly paddingBits: number;
}

function matchInterval(
  encoder: ScanEncoder,
  segment: EntropySegment,
  from: number,
  to: number,
): IntervalMatch | undefined {
  const whole = matchPrefix(encoder, segment, from, to);
  if (whole === undefined || !encoder.finish()) return undefined;
  const tail = encoder.bits.takeBytes();
  const at = segment.start + whole;
  if (!continues(segment, at, tail)) return undefined;
  const last = at + tail.length;
  const { count, rest } = encoder.bits;
  if (count === 0) return { end: last, paddingSize: 0, paddingBits: 0 };
  const paddingSize = 8 - count;
  const byte = segment.bytes[last];
  if (last >= segment.end || byte >> paddingSize !== rest) return undefined;
  return { end: last + 1, paddingSize, paddingBits: byte & ((1 << paddingSize) - 1) };
}

/** Encodes units from a restart on; the number of whole bytes if they begin the segment, else undefined. */
function matchPrefix(
  encoder: ScanEncoder,
  segment: EntropySegment,
  from: number,
  to: number,
): number | undefined {
  const step = unitsPerRun(encoder.blocksPerUnit);
  let at = segment.start;
  encoder.restart(from);
  for (let unit = from; unit < to; unit += step) {
    const next = Math.min(to, unit + step);
    if (encoder.encode(unit, next) < next) return undefined;
    const bytes = encoder.bits.takeBytes();
    if (!continues(segment, at, bytes)) return undefined;
    at += bytes.length;
  }
  return at - segment.start;
}

/** Units that may be encoded before the buffer must be emptied. */
export function unitsPerRun(blocksPerUnit: number): number {
  return Math.floor(BLOCKS_PER_RUN / blocksPerUnit);
}

/** The most units from a restart on whose whole bytes begin the segment: more units never match better. */
function matchingUnits(encoder: ScanEncoder, segment: EntropySegment, from: number, to: number): number {
  let matching = 0;
  let failing = to - from + 1;
  while (failing - matching > 1) {
    const middle = (matching + failing) >> 1;
    if (matchPrefix(encoder, segment, from, from + middle) === undefined) failing = middle;
    else matching = middle;
  }
  return matching;
}

function continues(segment: EntropySegment, at: number, bytes: Uint8Array): boolean {
  if (at + bytes.length > segment.end) return false;
  for (let i = 0; i < bytes.length; i++) if (segment.bytes[at + i] !== bytes[i]) return false;
  return true;
}

/** Gathers the padding of a scan's intervals. */
class PaddingCollector {
  readonly #bits: number[] = [];
  #zeros = 0;

  add({ paddingSize, paddingBits }: IntervalMatch): void {
    for (let bit = paddingSize - 1; bit >= 0; bit--) {
      this.#bits.push((paddingBits >> bit) & 1);
      if (((paddingBits >> bit) & 1) === 0) this.#zeros++;
    }
  }

  finish(): Padding {
    if (this.#zeros === 0) return 'ones';
    if (this.#zeros === this.#bits.length) return 'zeros';
    const packed = new Uint8Array((this.#bits.length + 7) >> 3).fill(0xff);
    this.#bits.forEach((bit, i) => {
      if (bit === 0) packed[i >> 3] &= ~(0x80 >> (i & 7));
    });
    return packed;
  }
}
