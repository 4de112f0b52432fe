/** What the segments before a scan put in force: Huffman tables, restart interval (ISO/IEC 10918-1, B.2.4). */

import type { HuffmanTable } from './huffman-table.js';
import {
  type HuffmanDefinition,
  isHuffmanSlot,
  Marker,
  readHuffmanTables,
  readUint16,
  type Segment,
} from './markers.js';
import { STANDARD_AC, STANDARD_DC } from './standard-tables.js';

/** Tables by slot (`class << 4 | identifier`) and the restart interval, as a decoder has them between segments. */
export class HeaderState {
  /** At first the tables of Annex K in slots 0 and 1 of either class: files in AVI and from cameras leave them out. */
  readonly tables = new Map<number, HuffmanTable>([
    [0x00, STANDARD_DC[0]],
    [0x01, STANDARD_DC[1]],
    [0x10, STANDARD_AC[0]],
    [0x11, STANDARD_AC[1]],
  ]);
  /** Units between restarts, 0 for none. */
  restartInterval = 0;

  /** Applies a DHT segment; returns its definitions, undefined if it is malformed. */
  applyHuffman(bytes: Uint8Array, segment: Segment): HuffmanDefinition[] | undefined {
    const definitions = readHuffmanTables(bytes, segment);
    for (const { slot, table } of definitions ?? []) this.tables.set(slot, table);
    return definitions;
  }

  /** Applies a DRI segment; false if it is malformed. */
  applyRestartInterval(bytes: Uint8Array, segment: Segment): boolean {
    if (segment.end - segment.body !== 2) return false;
    this.restartInterval = readUint16(bytes, segment.body);
    return true;
  }
}

/** Whether a marker is SOFn, of any process. */
export function isFrameMarker(marker: number): boolean {
  const { SOF0, SOF15, DHT, JPG, DAC } = Marker;
  return marker >= SOF0 && marker <= SOF15 && marker !== DHT && marker !== JPG && marker !== DAC;
}

/** Most tables that a stub can name: with 17 bytes the segment could hold a table. */
const MAX_STUB_TABLES = 16;

/** A DHT segment that only names slots: its tables are derived from the scan that follows (spec/jpeg.md). */
export function huffmanStub(slots: readonly number[]): Uint8Array {
  return Uint8Array.of(0xff, Marker.DHT, 0, 2 + slots.length, ...slots);
}

/** The slots that a DHT stub names; undefined if the segment is not a stub. */
export function readHuffmanStub(bytes: Uint8Array, segment: Segment): Uint8Array | undefined {
  const slots = bytes.subarray(segment.body, segment.end);
  if (slots.length === 0 || slots.length > MAX_STUB_TABLES) return undefined;
  return slots.every(isHuffmanSlot) ? slots : undefined;
}

/** A whole DHT segment that defines these tables. */
export function huffmanSegment(definitions: readonly HuffmanDefinition[]): Uint8Array {
  const length = definitions.reduce((sum, { table }) => sum + 17 + table.symbols.length, 2);
  const segment = new Uint8Array(2 + length);
  segment.set([0xff, Marker.DHT, length >> 8, length & 0xff]);
  let at = 4;
  for (const { slot, table } of definitions) {
    segment[at] = slot;
    segment.set(table.counts, at + 1);
    segment.set(table.symbols, at + 17);
    at += 17 + table.symbols.length;
  }
  return segment;
}
