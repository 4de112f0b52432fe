/** Markers and the segments that matter here (ISO/IEC 10918-1, annex B). Positions are indices into the file. */

import { buildHuffmanTable, type HuffmanTable } from './huffman-table.js';

/** Second byte of the markers that are told apart (table B.1). */
export const Marker = {
  TEM: 0x01,
  SOF0: 0xc0,
  SOF2: 0xc2,
  DHT: 0xc4,
  SOF15: 0xcf,
  JPG: 0xc8,
  DAC: 0xcc,
  RST0: 0xd0,
  RST7: 0xd7,
  SOI: 0xd8,
  EOI: 0xd9,
  SOS: 0xda,
  DQT: 0xdb,
  DNL: 0xdc,
  DRI: 0xdd,
  APP0: 0xe0,
} as const;

/** A marker found in a file, with its segment's contents if it has one. */
export interface Segment {
  readonly marker: number;
  /** Position of the marker's 0xFF. */
  readonly start: number;
  /** Position of the first byte after the length field; equals `end` for markers that stand alone. */
  readonly body: number;
  /** Position after the segment. */
  readonly end: number;
}

/** Whether a byte after 0xFF is the marker of a restart. */
export function isRestart(code: number): boolean {
  return code >= Marker.RST0 && code <= Marker.RST7;
}

/**
 * The next segment at or after `position`: bytes up to 0xFF and another byte than 0x00 and 0xFF are passed over.
 * Undefined if there is none, or if its length field is wrong or reaches beyond the end.
 */
export function nextSegment(bytes: Uint8Array, position: number): Segment | undefined {
  let start = bytes.indexOf(0xff, position);
  while (start >= 0 && start + 1 < bytes.length) {
    const marker = bytes[start + 1];
    if (marker !== 0x00 && marker !== 0xff) return segmentAt(bytes, start, marker);
    start = bytes.indexOf(0xff, start + 1);
  }
  return undefined;
}

function segmentAt(bytes: Uint8Array, start: number, marker: number): Segment | undefined {
  const alone = isRestart(marker) || marker === Marker.SOI || marker === Marker.EOI || marker === Marker.TEM;
  if (alone) return { marker, start, body: start + 2, end: start + 2 };
  if (start + 4 > bytes.length) return undefined;
  const length = readUint16(bytes, start + 2);
  const end = start + 2 + length;
  return length < 2 || end > bytes.length ? undefined : { marker, start, body: start + 4, end };
}

/** Big-endian u16 at a position. */
export function readUint16(bytes: Uint8Array, position: number): number {
  return (bytes[position] << 8) | bytes[position + 1];
}

/** Frame header as SOFn has it (B.2.2). */
export interface FrameHeader {
  readonly precision: number;
  readonly height: number;
  readonly width: number;
  readonly components: readonly FrameComponent[];
}

/** A component as the frame header declares it (ITU-T T.81, B.2.2). */
export interface FrameComponent {
  readonly id: number;
  readonly h: number;
  readonly v: number;
  /** Slot of the quantisation table, 0 to 3. */
  readonly quantization: number;
}

/** Reads a SOFn segment; undefined if it is malformed or a component has factors outside 1 to 4. */
export function readFrameHeader(bytes: Uint8Array, segment: Segment): FrameHeader | undefined {
  const { body, end } = segment;
  if (end - body < 6) return undefined;
  const count = bytes[body + 5];
  if (end - body !== 6 + 3 * count) return undefined;
  const components: FrameComponent[] = [];
  for (let at = body + 6; at < end; at += 3) {
    const component = {
      id: bytes[at],
      h: bytes[at + 1] >> 4,
      v: bytes[at + 1] & 15,
      quantization: bytes[at + 2],
    };
    const { h, v, quantization } = component;
    if (h < 1 || h > 4 || v < 1 || v > 4 || quantization > 3) return undefined;
    components.push(component);
  }
  const height = readUint16(bytes, body + 1);
  return { precision: bytes[body], height, width: readUint16(bytes, body + 3), components };
}

/** Scan header (B.2.3), its components as indices into the frame's. */
export interface ScanHeader {
  readonly components: readonly { readonly index: number; readonly dc: number; readonly ac: number }[];
  readonly spectralStart: number;
  readonly spectralEnd: number;
  readonly approximationHigh: number;
  readonly approximationLow: number;
}

/** Reads a SOS segment; undefined if it is malformed or names a component that `ids` does not have, or twice. */
export function readScanHeader(
  bytes: Uint8Array,
  segment: Segment,
  ids: readonly number[],
): ScanHeader | undefined {
  const { body, end } = segment;
  const count = end > body ? bytes[body] : 0;
  if (count < 1 || count > 4 || end - body !== 4 + 2 * count) return undefined;
  const components = [];
  const seen = new Set<number>();
  for (let at = body + 1; at < end - 3; at += 2) {
    const index = ids.indexOf(bytes[at]);
    if (index < 0 || seen.has(index)) return undefined;
    seen.add(index);
    components.push({ index, dc: bytes[at + 1] >> 4, ac: bytes[at + 1] & 15 });
  }
  return {
    components,
    spectralStart: bytes[end - 3],
    spectralEnd: bytes[end - 2],
    approximationHigh: bytes[end - 1] >> 4,
    approximationLow: bytes[end - 1] & 15,
  };
}

/** A Huffman table as a DHT segment defines it (B.2.4.2). */
export interface HuffmanDefinition {
  /** `class << 4 | identifier`: class 0 DC, 1 AC; identifier 0 to 3. */
  readonly slot: number;
  readonly table: HuffmanTable;
}

/** Reads a DHT segment; undefined if it is malformed, or a table has more codes than fit. */
export function readHuffmanTables(bytes: Uint8Array, segment: Segment): HuffmanDefinition[] | undefined {
  const definitions: HuffmanDefinition[] = [];
  let at = segment.body;
  while (at < segment.end) {
    if (at + 17 > segment.end || !isHuffmanSlot(bytes[at])) return undefined;
    const counts = bytes.slice(at + 1, at + 17);
    const symbols = counts.reduce((sum, count) => sum + count, 0);
    if (symbols > 256 || at + 17 + symbols > segment.end) return undefined;
    const table = buildHuffmanTable(counts, bytes.slice(at + 17, at + 17 + symbols));
    if (table === undefined) return undefined;
    definitions.push({ slot: bytes[at], table });
    at += 17 + symbols;
  }
  return definitions;
}

/** Whether a byte is a valid `class << 4 | identifier` of a Huffman table. */
export function isHuffmanSlot(slot: number): boolean {
  return (slot & 0xec) === 0;
}

/** Reads a DQT segment into `slots`, 64 steps in zigzag order each; false if it is malformed (B.2.4.1). */
export function readQuantization(bytes: Uint8Array, segment: Segment, slots: Uint16Array[]): boolean {
  let at = segment.body;
  while (at < segment.end) {
    const wide = bytes[at] >> 4;
    const slot = bytes[at] & 15;
    const next = at + 1 + (wide === 1 ? 128 : 64);
    if (wide > 1 || slot > 3 || next > segment.end) return false;
    const steps = new Uint16Array(64);
    for (let k = 0; k < 64; k++) {
      steps[k] = wide === 1 ? readUint16(bytes, at + 1 + 2 * k) : bytes[at + 1 + k];
    }
    slots[slot] = steps;
    at = next;
  }
  return true;
}
