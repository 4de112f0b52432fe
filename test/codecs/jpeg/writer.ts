/** Writes JPEG files of every kind from latents, for tests and fixtures. */

import { allocateDctLatents, type DctLatents } from '../../../src/codecs/dct-latents.js';
import { assembleJpeg } from '../../../src/codecs/jpeg/assemble.js';
import { huffmanSegment, huffmanStub } from '../../../src/codecs/jpeg/header-state.js';
import { stepsOf } from '../../../src/codecs/jpeg/quantization.js';
import type { ScanRecord } from '../../../src/codecs/jpeg/scan-record.js';
import { STANDARD_AC, STANDARD_DC } from '../../../src/codecs/jpeg/standard-tables.js';
import type { DctParameters } from '../../../src/container/parameters.js';
import { NATURAL_FROM_ZIGZAG } from '../../../src/container/quantization.js';

/** A scan of a script: components as indices, band, successive approximation. */
export interface ScriptScan {
  readonly components: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly high: number;
  readonly low: number;
}

export interface WriterOptions {
  readonly script: readonly ScriptScan[];
  readonly restartInterval?: number;
  /** `standard`: Annex K before the first scan; `derived`: optimal before each scan; `none`: no DHT at all. */
  readonly huffman?: 'standard' | 'derived' | 'none';
  /** Segments after SOI. */
  readonly headers?: readonly Uint8Array[];
  readonly record?: Partial<ScanRecord>;
  readonly wideSteps?: boolean;
}

/** A sequential script: one scan of all components. */
export function interleaved(count: number): ScriptScan[] {
  return [{ components: [...Array(count).keys()], start: 0, end: 63, high: 0, low: 0 }];
}

/** A sequential script: one scan a component. */
export function separate(count: number): ScriptScan[] {
  return [...Array(count).keys()].map((index) => ({
    components: [index],
    start: 0,
    end: 63,
    high: 0,
    low: 0,
  }));
}

/** A progressive script with every kind of scan. */
export function progression(count: number): ScriptScan[] {
  const all = [...Array(count).keys()];
  const each = (start: number, end: number, high: number, low: number) =>
    all.map((index) => ({ components: [index], start, end, high, low }));
  return [
    { components: all, start: 0, end: 0, high: 0, low: 1 },
    ...each(1, 5, 0, 2),
    ...each(6, 63, 0, 2),
    ...each(1, 63, 2, 1),
    { components: all, start: 0, end: 0, high: 1, low: 0 },
    ...each(1, 63, 1, 0),
  ];
}

/** A marker segment. */
export function segment(marker: number, body: readonly number[] | Uint8Array): Uint8Array {
  const length = body.length + 2;
  return Uint8Array.of(0xff, marker, length >> 8, length & 0xff, ...body);
}

export function concatenate(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export const JFIF = segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]);

/** Writes a file with components 1, 2, ... and Huffman tables by quantisation table, as libjpeg would. */
export function writeJpeg(latents: DctLatents, options: WriterOptions): Uint8Array {
  const { script, restartInterval = 0, huffman = 'derived', headers = [JFIF], record = {} } = options;
  const { parameters } = latents;
  const { process, precision, width, height, components, tables } = parameters;
  const parts = [Uint8Array.of(0xff, 0xd8), ...headers];
  tables.forEach((table, index) => {
    const steps = stepsOf(table);
    const wide = options.wideSteps ?? steps.some((step) => step > 255);
    const bytes = [...steps].flatMap((step) => (wide ? [step >> 8, step & 0xff] : [step]));
    parts.push(segment(0xdb, [(wide ? 0x10 : 0) | index, ...bytes]));
  });
  parts.push(
    segment(0xc0 + process, [
      precision,
      height >> 8,
      height & 0xff,
      width >> 8,
      width & 0xff,
      components.length,
      ...components.flatMap(({ h, v, table }, index) => [index + 1, (h << 4) | v, table]),
    ]),
  );
  if (restartInterval > 0) parts.push(segment(0xdd, [restartInterval >> 8, restartInterval & 0xff]));
  if (huffman === 'standard') {
    for (const id of [0, 1]) {
      parts.push(huffmanSegment([{ slot: id, table: STANDARD_DC[id] }]));
      parts.push(huffmanSegment([{ slot: 0x10 | id, table: STANDARD_AC[id] }]));
    }
  }
  for (const scan of script) {
    const id = (index: number) => components[index].table & 1;
    const slots = new Set<number>();
    for (const index of scan.components) {
      if (scan.start === 0 && scan.high === 0) slots.add(id(index));
      if (scan.end > 0) slots.add(0x10 | id(index));
    }
    if (huffman === 'derived' && slots.size > 0) parts.push(huffmanStub([...slots]));
    const selectors = scan.components.flatMap((index) => [index + 1, (id(index) << 4) | id(index)]);
    const { start, end, high, low } = scan;
    parts.push(segment(0xda, [scan.components.length, ...selectors, start, end, (high << 4) | low]));
  }
  parts.push(Uint8Array.of(0xff, 0xd9));
  const standard: ScanRecord = {
    interval: undefined,
    cuts: [],
    departures: { runEnds: [], zeroRunBlocks: [], zeroRunCounts: [] },
    padding: 'ones',
  };
  const records = script.map(() => ({ ...standard, ...record }));
  return assembleJpeg(latents, concatenate(...parts), records, Number.POSITIVE_INFINITY);
}

/** What a picture shows of the procedural one, whose pixels it is given in; beyond `width` and `height` it is black. */
export interface View {
  readonly left: number;
  readonly top: number;
  /** Pixels of the procedural picture for one. */
  readonly scale: number;
  readonly width: number;
  readonly height: number;
}

const ALL_OF_IT: View = { left: 0, top: 0, scale: 1, width: Infinity, height: Infinity };

/** Latents of a picture of waves, edges and a little noise, quantised with the parameters' tables. */
export function procedural(parameters: DctParameters, view = ALL_OF_IT): DctLatents {
  const latents = allocateDctLatents(parameters);
  const single = parameters.components.length === 1;
  const hMax = single ? 1 : Math.max(...parameters.components.map((c) => c.h));
  const vMax = single ? 1 : Math.max(...parameters.components.map((c) => c.v));
  const amplitude = 2 ** (parameters.precision - 2);
  let noise = 1;
  parameters.components.forEach(({ h, v, table }, index) => {
    const steps = stepsOf(parameters.tables[table]);
    const plane = latents.coefficients[index];
    const scaleX = single ? 1 : hMax / h;
    const scaleY = single ? 1 : vMax / v;
    const mcusWide = Math.ceil(parameters.width / (8 * hMax));
    const blocksWide = mcusWide * (single ? 1 : h);
    const samples = new Float64Array(64);
    for (let block = 0; block < plane.length / 64; block++) {
      const left = (block % blocksWide) * 8;
      const top = Math.floor(block / blocksWide) * 8;
      for (let i = 0; i < 64; i++) {
        const x = view.left + (left + (i & 7)) * scaleX * view.scale;
        const y = view.top + (top + (i >> 3)) * scaleY * view.scale;
        noise = (Math.imul(noise, 1_103_515_245) + 12_345) & 0x7fffffff;
        const wave = Math.sin(x / (5 + index)) * Math.cos(y / 9) + (x + y > 40 ? 0.5 : -0.5);
        const outside = x < 0 || y < 0 || x >= view.width || y >= view.height;
        const black = index === 0 ? -2 * amplitude : 0;
        samples[i] = outside ? black : amplitude * (wave + (noise >> 16) / 2 ** 18);
      }
      const transformed = forwardDct(samples);
      for (let k = 0; k < 64; k++) {
        const natural = NATURAL_FROM_ZIGZAG[k];
        plane[block * 64 + natural] = Math.round(transformed[natural] / steps[k]);
      }
    }
  });
  return latents;
}

/** ISO/IEC 10918-1, A.3.3. */
function forwardDct(samples: Float64Array): Float64Array {
  const result = new Float64Array(64);
  for (let v = 0; v < 8; v++) {
    for (let u = 0; u < 8; u++) {
      let sum = 0;
      for (let i = 0; i < 64; i++) sum += samples[i] * COSINES[u][i & 7] * COSINES[v][i >> 3];
      result[v * 8 + u] = (sum * (u ? 1 : Math.SQRT1_2) * (v ? 1 : Math.SQRT1_2)) / 4;
    }
  }
  return result;
}

const COSINES = Array.from({ length: 8 }, (_, u) =>
  Array.from({ length: 8 }, (_, x) => Math.cos(((2 * x + 1) * u * Math.PI) / 16)),
);
