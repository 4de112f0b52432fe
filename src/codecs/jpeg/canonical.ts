/** The canonical JPEG file of a frame's parameters: headers, scan script and tables (spec/jpeg.md, "Canonical file"). */

import { concatenate } from '../../container/bytes.js';
import { LlmcError } from '../../container/errors.js';
import type { DctParameters } from '../../container/parameters.js';
import type { DctLatents } from '../dct-latents.js';
import { assembleJpeg } from './assemble.js';
import { commonHeaders } from './common-headers.js';
import { huffmanSegment, huffmanStub } from './header-state.js';
import { Marker } from './markers.js';
import { stepsOf } from './quantization.js';
import type { ScanRecord } from './scan-record.js';
import { STANDARD_AC, STANDARD_DC } from './standard-tables.js';

/** A scan of the canonical script; `components` are indices into the frame's. */
interface CanonicalScan {
  readonly components: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly high: number;
  readonly low: number;
}

/** Blocks that an MCU of several components may have (ISO/IEC 10918-1, B.2.3). */
const MAX_BLOCKS_IN_MCU = 10;

const STANDARD_RECORD: ScanRecord = {
  interval: undefined,
  cuts: [],
  departures: { runEnds: [], zeroRunBlocks: [], zeroRunCounts: [] },
  padding: 'ones',
};

/**
 * The canonical file of latents: JFIF where that exists for the number of components, the Huffman tables of Annex K, or
 * optimal ones for progressive frames and where Annex K has no code for a coefficient.
 */
export function canonicalJpeg(latents: DctLatents): Uint8Array {
  const { parameters } = latents;
  const records = canonicalScript(parameters).map(() => STANDARD_RECORD);
  if (parameters.process !== 2) {
    try {
      return assembleJpeg(latents, standardSkeleton(parameters), records, Number.POSITIVE_INFINITY);
    } catch (error) {
      if (!(error instanceof LlmcError)) throw error;
    }
  }
  return assembleJpeg(latents, derivedSkeleton(parameters), records, Number.POSITIVE_INFINITY);
}

/**
 * The preset dictionary of side data: common headers, the canonical headers of pictures within the file, then the record
 * of the canonical file, for sequential frames with derived and then with standard Huffman tables (spec/jpeg.md,
 * "Dictionary").
 *
 * @param nested Parameters of the pictures within.
 */
export function sideDataDictionary(
  parameters: DctParameters,
  nested: readonly DctParameters[] = [],
): Uint8Array {
  const scans = canonicalScript(parameters).length;
  const records = new Uint8Array(1 + scans);
  records[0] = scans;
  const own = [records, derivedSkeleton(parameters)];
  if (parameters.process !== 2) own.push(records, standardSkeleton(parameters));
  return concatenate([commonHeaders(), ...nested.map(derivedSkeleton), ...own]);
}

/** Canonical headers with a DHT stub for each table that a scan uses. */
function derivedSkeleton(parameters: DctParameters): Uint8Array {
  const scans = canonicalScript(parameters).flatMap((scan) => [
    ...huffmanSlots(parameters, scan).map((slot) => huffmanStub([slot])),
    scanHeader(parameters, scan),
  ]);
  return concatenate([frameHeaders(parameters), ...scans, Uint8Array.of(0xff, Marker.EOI)]);
}

/** Canonical headers of a sequential frame with the tables of Annex K before the first scan that uses them. */
function standardSkeleton(parameters: DctParameters): Uint8Array {
  const sent = new Set<number>();
  const scans = canonicalScript(parameters).flatMap((scan) => {
    const fresh = huffmanSlots(parameters, scan).filter((slot) => !sent.has(slot));
    for (const slot of fresh) sent.add(slot);
    const tables = fresh.map((slot) =>
      huffmanSegment([{ slot, table: (slot < 0x10 ? STANDARD_DC : STANDARD_AC)[slot & 1] }]),
    );
    return [...tables, scanHeader(parameters, scan)];
  });
  return concatenate([frameHeaders(parameters), ...scans, Uint8Array.of(0xff, Marker.EOI)]);
}

function canonicalScript({ process, components }: DctParameters): CanonicalScan[] {
  const all = components.map((_, index) => index);
  const blocks = components.reduce((sum, { h, v }) => sum + h * v, 0);
  const groups = blocks > MAX_BLOCKS_IN_MCU ? all.map((index) => [index]) : [all];
  const scans = (each: readonly number[][], start: number, end: number, high: number, low: number) =>
    each.map((group) => ({ components: group, start, end, high, low }));
  if (process !== 2) return scans(groups, 0, 63, 0, 0);
  // Both are the scripts of libjpeg's jpeg_simple_progression.
  if (components.length === 3) {
    return [
      ...scans(groups, 0, 0, 0, 1),
      ...scans([[0]], 1, 5, 0, 2),
      ...scans([[2], [1]], 1, 63, 0, 1),
      ...scans([[0]], 6, 63, 0, 2),
      ...scans([[0]], 1, 63, 2, 1),
      ...scans(groups, 0, 0, 1, 0),
      ...scans([[2], [1], [0]], 1, 63, 1, 0),
    ];
  }
  const each = all.map((index) => [index]);
  return [
    ...scans(groups, 0, 0, 0, 1),
    ...scans(each, 1, 5, 0, 2),
    ...scans(each, 6, 63, 0, 2),
    ...scans(each, 1, 63, 2, 1),
    ...scans(groups, 0, 0, 1, 0),
    ...scans(each, 1, 63, 1, 0),
  ];
}

/** Identifier of the Huffman tables of a component: it goes with the quantisation table. */
function tableIdentifier(parameters: DctParameters, component: number): number {
  return Math.min(parameters.components[component].table, 1);
}

/** Slots of the tables that a scan uses, in the order in which libjpeg writes them. */
function huffmanSlots(parameters: DctParameters, scan: CanonicalScan): number[] {
  const slots = scan.components.flatMap((component) => {
    const identifier = tableIdentifier(parameters, component);
    const dc = scan.start === 0 && scan.high === 0 ? [identifier] : [];
    return scan.end > 0 ? [...dc, 0x10 | identifier] : dc;
  });
  return [...new Set(slots)];
}

function scanHeader(parameters: DctParameters, scan: CanonicalScan): Uint8Array {
  const count = scan.components.length;
  const slots = huffmanSlots(parameters, scan);
  const selectors = scan.components.flatMap((component) => {
    const identifier = tableIdentifier(parameters, component);
    const dc = slots.includes(identifier) ? identifier : 0;
    const ac = slots.includes(0x10 | identifier) ? identifier : 0;
    return [component + 1, (dc << 4) | ac];
  });
  const { start, end, high, low } = scan;
  return segment(Marker.SOS, [count, ...selectors, start, end, (high << 4) | low]);
}

function frameHeaders(parameters: DctParameters): Uint8Array {
  const { process, precision, width, height, components, tables } = parameters;
  const jfif =
    components.length === 1 || components.length === 3
      ? [segment(Marker.APP0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0])]
      : [];
  const quantization = tables.map((table, index) => {
    const steps = stepsOf(table);
    const wide = steps.some((step) => step > 255);
    const bytes = [...steps].flatMap((step) => (wide ? [step >> 8, step & 0xff] : [step]));
    return segment(Marker.DQT, [(wide ? 0x10 : 0) | index, ...bytes]);
  });
  const frame = segment(Marker.SOF0 + process, [
    precision,
    height >> 8,
    height & 0xff,
    width >> 8,
    width & 0xff,
    components.length,
    ...components.flatMap(({ h, v, table }, index) => [index + 1, (h << 4) | v, table]),
  ]);
  return concatenate([Uint8Array.of(0xff, Marker.SOI), ...jfif, ...quantization, frame]);
}

function segment(marker: number, body: readonly number[]): Uint8Array {
  const length = body.length + 2;
  return Uint8Array.of(0xff, marker, length >> 8, length & 0xff, ...body);
}
