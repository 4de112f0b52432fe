/** Quantisation tables: the IJG family and the search for a table's quality (spec/codecs.md, "1 jpeg and 2 dct"). */

import type { QuantizationTable } from './parameters.js';

/** Table K.1 of ISO/IEC 10918-1 (luminance), natural order. */
const IJG_LUMA = [
  16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22,
  29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103,
  121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
];

/** Table K.2 of ISO/IEC 10918-1 (chrominance), natural order. */
const IJG_CHROMA = [
  17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/** Natural (row-major) index of each zigzag position (ISO/IEC 10918-1, figure A.6). */
export const NATURAL_FROM_ZIGZAG: Uint8Array = zigzagOrder();

function zigzagOrder(): Uint8Array {
  const order = new Uint8Array(64);
  let k = 0;
  for (let diagonal = 0; diagonal < 15; diagonal++) {
    const low = Math.max(0, diagonal - 7);
    const high = Math.min(7, diagonal);
    for (let i = low; i <= high; i++) {
      const row = diagonal % 2 === 0 ? diagonal - i : i;
      order[k++] = row * 8 + (diagonal - row);
    }
  }
  return order;
}

/** The IJG luma or chroma table scaled to a quality of 1 to 100, in natural order. */
export function ijgSteps(kind: 'ijg-luma' | 'ijg-chroma', quality: number): Uint16Array {
  const base = kind === 'ijg-luma' ? IJG_LUMA : IJG_CHROMA;
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return Uint16Array.from(base, (step) => Math.min(255, Math.max(1, Math.floor((step * scale + 50) / 100))));
}

/** A table's 64 steps in natural order. */
export function quantizationSteps(table: QuantizationTable): Uint16Array {
  if (table.kind !== 'explicit') return ijgSteps(table.kind, table.quality);
  const natural = new Uint16Array(64);
  for (let k = 0; k < 64; k++) natural[NATURAL_FROM_ZIGZAG[k]] = table.steps[k];
  return natural;
}
