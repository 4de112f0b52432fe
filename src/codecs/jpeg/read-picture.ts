/** From the bytes of a JPEG file to its latents, and everything that they do not hold. */

import { concatenate, equalBytes } from '../../container/bytes.js';
import { type DctComponent, type DctParameters, dctGeometry } from '../../container/parameters.js';
import { allocateDctLatents, type DctLatents } from '../dct-latents.js';
import { type AnalysedScan, analyseScan, type DecodedScan } from './analyse-scan.js';
import { EncodingContext } from './encoding-context.js';
import { assignIntervals, EntropySegments } from './entropy-segments.js';
import { HeaderState, huffmanStub, isFrameMarker } from './header-state.js';
import type { HuffmanTable } from './huffman-table.js';
import {
  type FrameHeader,
  type HuffmanDefinition,
  Marker,
  nextSegment,
  readFrameHeader,
  readQuantization,
  readScanHeader,
  readUint16,
  type ScanHeader,
  type Segment,
} from './markers.js';
import { optimalTable } from './optimal-table.js';
import { classifyQuantization } from './quantization.js';
import {
  blockVisits,
  intervalCount,
  MAX_VISITS_PER_BLOCK,
  prepareScan,
  scanKind,
  scanLayout,
  unitCount,
} from './scan.js';
import { scanDecoder } from './scan-coders.js';
import type { GatheredDepartures } from './scan-decoder.js';
import type { ScanRecord } from './scan-record.js';

/** Coefficients of one item that a decoder accepts by default (spec/container.md, "Limits"). */
export const MAX_COEFFICIENTS = 2 ** 28;

/** Blocks that a byte of a file can hold: each takes a bit of its own in a DC scan. */
const MAX_BLOCKS_PER_BYTE = 8;

/** A JPEG file in the parts that `assembleJpeg` puts together again. */
export interface Picture {
  readonly latents: DctLatents;
  readonly records: readonly ScanRecord[];
  readonly skeleton: Uint8Array;
  /** Bytes of its scans that the skeleton does not have. */
  readonly coded: number;
  /** Bytes of its scans that the skeleton has. */
  readonly uncoded: number;
  /** Bytes after EOI; undefined where there is no EOI after the last scan. */
  readonly after: number | undefined;
}

/**
 * Reads a JPEG file of process baseline, extended sequential or progressive with Huffman coding, as far as it can be
 * decoded. Undefined if the bytes do not begin with one that has a scan. Never throws.
 *
 * Every scan is proved here, by encoding it again; everything else is kept byte for byte.
 */
export function readPicture(file: Uint8Array): Picture | undefined {
  const reader = new JpegReader(file);
  const scans = reader.read();
  const latents = reader.finish();
  if (latents === undefined || scans.length === 0) return undefined;
  const context = new EncodingContext();
  const analysed = scans.map((scan) => analyseScan(scan, scan.start, context));
  const coded = scans.reduce((sum, scan, i) => sum + codedBytes(scan.start, analysed[i]), 0);
  return {
    latents,
    records: analysed.map((scan) => scan.record),
    skeleton: buildSkeleton(file, scans, analysed),
    coded,
    uncoded: scans.reduce((sum, scan) => sum + scan.end - scan.start, 0) - coded,
    after: reader.end === undefined ? undefined : file.length - reader.end,
  };
}

function codedBytes(start: number, { end, raw }: AnalysedScan): number {
  return raw.reduce((sum, [from, to]) => sum - (to - from), end - start);
}

/** A DHT segment and the tables that it defines. */
interface HuffmanSegment {
  readonly segment: Segment;
  readonly definitions: readonly HuffmanDefinition[];
}

/** A scan with where its entropy-coded data stand in the file, and the DHT segments since the scan before. */
interface LocatedScan extends DecodedScan {
  readonly start: number;
  readonly end: number;
  readonly huffman: readonly HuffmanSegment[];
}

/** Goes through a file once and decodes its scans, up to what it does not understand. */
class JpegReader {
  #latents: DctLatents | undefined;
  readonly #file: Uint8Array;
  readonly #entropy: EntropySegments;
  readonly #state = new HeaderState();
  readonly #quantization: Uint16Array[] = [];
  /** Quantisation steps of each component as its first scan began. */
  readonly #steps: (Uint16Array | undefined)[] = [];
  #process: DctParameters['process'] = 0;
  #frame: FrameHeader | undefined;
  #visitsLeft = 0;
  #huffman: HuffmanSegment[] = [];
  readonly #scans: LocatedScan[] = [];
  /** Where the file ends, behind EOI. */
  end: number | undefined;

  constructor(file: Uint8Array) {
    this.#file = file;
    this.#entropy = new EntropySegments(file);
  }

  read(): LocatedScan[] {
    const file = this.#file;
    if (file[0] !== 0xff || file[1] !== Marker.SOI) return [];
    let position = 2;
    for (;;) {
      const segment = nextSegment(file, position);
      if (segment === undefined) return this.#scans;
      position = segment.end;
      if (segment.marker === Marker.EOI) {
        this.end = position;
        return this.#scans;
      }
      if (segment.marker === Marker.SOS) {
        const scan = this.#readScan(segment);
        if (scan === undefined) return this.#scans;
        this.#scans.push(scan);
        position = scan.end;
      } else if (!this.#apply(segment)) {
        return this.#scans;
      }
    }
  }

  /** Applies a segment other than SOS; false if nothing after it can be understood. */
  #apply(segment: Segment): boolean {
    const { marker } = segment;
    if (marker === Marker.DHT) {
      const definitions = this.#state.applyHuffman(this.#file, segment);
      if (definitions !== undefined) this.#huffman.push({ segment, definitions });
      return definitions !== undefined;
    }
    if (marker === Marker.DRI) return this.#state.applyRestartInterval(this.#file, segment);
    if (marker === Marker.DQT) return readQuantization(this.#file, segment, this.#quantization);
    return !isFrameMarker(marker) || this.#startFrame(segment);
  }

  #startFrame(segment: Segment): boolean {
    const process = segment.marker - Marker.SOF0;
    if (this.#frame !== undefined || (process !== 0 && process !== 1 && process !== 2)) return false;
    this.#process = process;
    this.#frame = readFrameHeader(this.#file, segment);
    return this.#frame !== undefined;
  }

  #readScan(segment: Segment): LocatedScan | undefined {
    const frame = this.#frame;
    if (frame === undefined) return undefined;
    const ids = frame.components.map((component) => component.id);
    const header = readScanHeader(this.#file, segment, ids);
    if (header === undefined) return undefined;
    const start = segment.end;
    const { segments, end } = this.#entropy.split(start);
    this.#latents ??= this.#allocate(frame, end);
    const latents = this.#latents;
    if (latents === undefined || !this.#spendVisits(latents.parameters, header)) return undefined;

    for (const { index } of header.components) {
      this.#steps[index] ??= this.#quantization[frame.components[index].quantization];
    }
    const { tables, restartInterval } = this.#state;
    const inHeader = prepareScan(latents, header, restartInterval, tables);
    // Some writers declare restarts and write none.
    const none = segments.length === 1 && intervalCount(inHeader) > 1;
    const scan = none ? prepareScan(latents, header, 0, tables) : inHeader;
    const kind = scanKind(this.#process, header);
    const departures: GatheredDepartures = { runEnds: [], zeroRunBlocks: [], zeroRunCounts: [] };
    const decoder = kind && scanDecoder(kind, scan, departures);
    const intervals = assignIntervals(segments, intervalCount(scan));
    segments.forEach((interval, i) => {
      if (intervals[i] < 0) return;
      const from = intervals[i] * scan.restartInterval;
      decoder?.decode(interval, from, Math.min(from + scan.restartInterval, unitCount(scan.layout)));
    });
    const huffman = this.#huffman;
    this.#huffman = [];
    const interval = none ? 0 : undefined;
    return { kind, scan, interval, segments, intervals, departures, start, end, huffman };
  }

  /** The latents with the quantisation tables that were in force; undefined if there was no scan. */
  finish(): DctLatents | undefined {
    if (this.#latents === undefined) return undefined;
    const { parameters, coefficients } = this.#latents;
    const steps = parameters.components.map((_, index) => this.#steps[index]);
    const distinct = [...new Set(steps)];
    const components = parameters.components.map(
      ({ h, v }, index): DctComponent => ({ h, v, table: distinct.indexOf(steps[index]) }),
    );
    const tables = distinct.map((table) => classifyQuantization(usableSteps(table)));
    return { parameters: { ...parameters, components, tables }, coefficients };
  }

  /** Whether a scan stays within the limit on blocks coded. */
  #spendVisits(parameters: DctParameters, header: ScanHeader): boolean {
    const components = header.components.map((component) => component.index);
    this.#visitsLeft -= blockVisits(scanLayout(parameters, components));
    return this.#visitsLeft >= 0;
  }

  /** Latents for the frame, still without quantisation tables; undefined if they have no valid shape or too large a one. */
  #allocate(frame: FrameHeader, scanEnd: number): DctLatents | undefined {
    const { precision, width, components } = frame;
    const height = frame.height || this.#numberOfLines(scanEnd);
    if ((precision !== 8 && precision !== 12) || width === 0 || height === 0) return undefined;
    if (components.length < 1 || components.length > 4) return undefined;
    const parameters: DctParameters = {
      process: this.#process,
      precision,
      width,
      height,
      components: components.map(({ h, v }) => ({ h, v, table: 0 })),
      tables: [],
    };
    const { grids } = dctGeometry(parameters);
    const blocks = grids.reduce((sum, grid) => sum + grid.blocksWide * grid.blocksHigh, 0);
    if (blocks * 64 > MAX_COEFFICIENTS || blocks > MAX_BLOCKS_PER_BYTE * this.#file.length) return undefined;
    this.#visitsLeft = MAX_VISITS_PER_BLOCK * blocks;
    return allocateDctLatents(parameters);
  }

  /** The height that DNL gives after the first scan, where the frame header has none (B.2.5); 0 if it does not. */
  #numberOfLines(scanEnd: number): number {
    const segment = nextSegment(this.#file, scanEnd);
    const isDnl = segment?.marker === Marker.DNL && segment.end - segment.body === 2;
    return isDnl ? readUint16(this.#file, segment.body) : 0;
  }
}

/** Steps of a table for the parameters: 1 where a table is missing or has a step of 0. */
function usableSteps(steps: Uint16Array | undefined): Uint16Array {
  return steps === undefined ? new Uint16Array(64).fill(1) : steps.map((step) => step || 1);
}

/** The file without what is coded: coded parts of scans are left out, derived Huffman tables become stubs. */
function buildSkeleton(
  file: Uint8Array,
  scans: readonly LocatedScan[],
  analysed: readonly AnalysedScan[],
): Uint8Array {
  const parts: Uint8Array[] = [];
  let kept = 0;
  scans.forEach(({ huffman, start }, i) => {
    const { frequencies, raw, end } = analysed[i];
    for (const { segment, definitions } of huffman) {
      if (!areDerived(definitions, frequencies)) continue;
      parts.push(file.subarray(kept, segment.start), huffmanStub(definitions.map(({ slot }) => slot)));
      kept = segment.end;
    }
    parts.push(file.subarray(kept, start));
    for (const [from, to] of raw) parts.push(file.subarray(from, to));
    kept = end;
  });
  parts.push(file.subarray(kept));
  return concatenate(parts);
}

/** Whether all tables of a segment are the optimal ones for how often their symbols occur. */
function areDerived(
  definitions: readonly HuffmanDefinition[],
  frequencies: ReadonlyMap<number, Uint32Array> | undefined,
): boolean {
  if (frequencies === undefined || definitions.length === 0 || definitions.length > 16) return false;
  return definitions.every(({ slot, table }) => {
    const counter = frequencies.get(slot);
    return counter !== undefined && isOptimal(table, counter);
  });
}

function isOptimal(table: HuffmanTable, frequencies: Uint32Array): boolean {
  let used = 0;
  for (const frequency of frequencies) if (frequency > 0) used++;
  if (used !== table.symbols.length) return false;
  const optimal = optimalTable(frequencies);
  if (optimal === undefined) return false;
  return equalBytes(table.counts, optimal.counts) && equalBytes(table.symbols, optimal.symbols);
}
