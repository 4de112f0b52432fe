/** Makes a JPEG file from a skeleton: its bytes with the coded parts cut out, and what is known of each scan. */

import { LlmcError } from '../../container/errors.js';
import { dctGeometry } from '../../container/parameters.js';
import type { DctLatents } from '../dct-latents.js';
import { EncodingContext } from './encoding-context.js';
import { HeaderState, huffmanSegment, isFrameMarker, readHuffmanStub } from './header-state.js';
import { Marker, nextSegment, readFrameHeader, readScanHeader, type Segment } from './markers.js';
import { optimalTable } from './optimal-table.js';
import { OutputBuffer } from './output-buffer.js';
import { blockVisits, MAX_VISITS_PER_BLOCK, prepareScan, type Scan, scanKind } from './scan.js';
import { scanEncoder } from './scan-coders.js';
import { COUNTING_TABLE } from './scan-encoder.js';
import type { ScanRecord } from './scan-record.js';
import { writeScan } from './write-scan.js';

/** A DHT stub that waits for the scan from which its tables are derived. */
interface PendingStub {
  readonly segment: Segment;
  readonly slots: Uint8Array;
}

/**
 * Writes the file: skeleton, scan, skeleton, and so on, then the rest of the skeleton. Throws `section-invalid` if
 * skeleton and records do not fit each other or the latents, or if the file would exceed `limit` bytes.
 */
export function assembleJpeg(
  latents: DctLatents,
  skeleton: Uint8Array,
  records: readonly ScanRecord[],
  limit: number,
): Uint8Array {
  const assembler = new Assembler(latents, skeleton, limit);
  for (const record of records) assembler.scan(record);
  return assembler.finish();
}

class Assembler {
  readonly #latents: DctLatents;
  readonly #skeleton: Uint8Array;
  readonly #output: OutputBuffer;
  readonly #context = new EncodingContext();
  readonly #state = new HeaderState();
  #ids: number[] | undefined;
  #stubs: PendingStub[] = [];
  /** Everything of the skeleton before this position is in the output. */
  #written = 0;
  #position = 0;
  #visitsLeft: number;

  constructor(latents: DctLatents, skeleton: Uint8Array, limit: number) {
    this.#latents = latents;
    this.#skeleton = skeleton;
    this.#output = new OutputBuffer(limit);
    const { grids } = dctGeometry(latents.parameters);
    const blocks = grids.reduce((sum, grid) => sum + grid.blocksWide * grid.blocksHigh, 0);
    this.#visitsLeft = MAX_VISITS_PER_BLOCK * blocks;
  }

  /** Goes on to the next SOS, and writes its scan. */
  scan(record: ScanRecord): void {
    const segment = this.#findScan();
    const header = this.#ids && readScanHeader(this.#skeleton, segment, this.#ids);
    if (header === undefined) throw malformed('SOS');
    const { process } = this.#latents.parameters;
    const kind = scanKind(process, header);
    const interval = record.interval ?? this.#state.restartInterval;
    const prepared = prepareScan(this.#latents, header, interval, this.#state.tables);
    this.#visitsLeft -= blockVisits(prepared.layout);
    if (this.#visitsLeft < 0) throw new LlmcError('section-invalid', 'JPEG side data: too many scans');
    if (kind === undefined) {
      const [cut] = record.cuts;
      if (cut === undefined || cut.intervals + cut.units + cut.skip > 0) throw malformed('SOS');
      this.#deriveTables(new Map());
      this.#writeUpTo(segment.end);
      return;
    }
    let scan = prepared;
    if (this.#stubs.length > 0) {
      const counter = scanEncoder(kind, countingScan(scan), record.departures, this.#context);
      writeScan(scan, counter, record, this.#skeleton, segment.end, undefined);
      this.#deriveTables(counter.frequencies);
      scan = prepareScan(this.#latents, header, interval, this.#state.tables);
    }
    this.#writeUpTo(segment.end);
    const encoder = scanEncoder(kind, scan, record.departures, this.#context);
    this.#written = writeScan(scan, encoder, record, this.#skeleton, segment.end, this.#output);
    this.#position = this.#written;
  }

  /** Writes what is left of the skeleton. */
  finish(): Uint8Array {
    if (this.#stubs.length > 0) throw malformed('DHT');
    this.#writeUpTo(this.#skeleton.length);
    return this.#output.finish();
  }

  #findScan(): Segment {
    for (;;) {
      const segment = nextSegment(this.#skeleton, this.#position);
      if (segment === undefined) throw new LlmcError('section-invalid', 'JPEG side data: a scan is missing');
      this.#position = segment.end;
      if (segment.marker === Marker.SOS) return segment;
      this.#applySegment(segment);
    }
  }

  #applySegment(segment: Segment): void {
    const { marker } = segment;
    if (marker === Marker.DHT) {
      const slots = readHuffmanStub(this.#skeleton, segment);
      if (slots !== undefined) this.#stubs.push({ segment, slots });
      else if (this.#state.applyHuffman(this.#skeleton, segment) === undefined) throw malformed('DHT');
    } else if (marker === Marker.DRI) {
      if (!this.#state.applyRestartInterval(this.#skeleton, segment)) throw malformed('DRI');
    } else if (isFrameMarker(marker)) {
      const frame = readFrameHeader(this.#skeleton, segment);
      const count = this.#latents.parameters.components.length;
      if (this.#ids !== undefined || frame?.components.length !== count) throw malformed('SOF');
      this.#ids = frame.components.map((component) => component.id);
    }
  }

  /** Derives the tables of the pending stubs, puts them in force and into the output. */
  #deriveTables(frequencies: ReadonlyMap<number, Uint32Array>): void {
    for (const { segment, slots } of this.#stubs) {
      const definitions = [...slots].map((slot) => {
        const counter = frequencies.get(slot);
        const table = counter && optimalTable(counter);
        if (table === undefined) throw malformed('DHT');
        this.#state.tables.set(slot, table);
        return { slot, table };
      });
      this.#writeUpTo(segment.start);
      this.#output.append(huffmanSegment(definitions));
      this.#written = segment.end;
    }
    this.#stubs = [];
  }

  #writeUpTo(position: number): void {
    this.#output.append(this.#skeleton.subarray(this.#written, position));
    this.#written = position;
  }
}

function malformed(what: string): LlmcError {
  return new LlmcError('section-invalid', `JPEG side data: ${what} does not fit`);
}

/** The same scan with tables that have a code for every symbol. */
function countingScan(scan: Scan): Scan {
  const tables = scan.planes.map(() => COUNTING_TABLE);
  return { ...scan, dcTables: tables, acTables: tables };
}
