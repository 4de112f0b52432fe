/** Quantisation tables: the IJG tables of a quality, and how a table of a file is named in the parameters. */

import type { QuantizationTable } from '../../container/parameters.js';
import { ZIGZAG_TO_NATURAL } from './zigzag.js';

/** ISO/IEC 10918-1, table K.1, in natural order. */
// biome-ignore format: one row of the table a line
const LUMA = Uint8Array.of(
  16, 11, 10, 16, 24, 40, 51, 61,
  12, 12, 14, 19, 26, 58, 60, 55,
  14, 13, 16, 24, 40, 57, 69, 56,
  14, 17, 22, 29, 51, 87, 80, 62,
  18, 22, 37, 56, 68, 109, 103, 77,
  24, 35, 55, 64, 81, 104, 113, 92,
  49, 64, 78, 87, 103, 121, 120, 101,
  72, 92, 95, 98, 112, 100, 103, 99,
);

/** ISO/IEC 10918-1, table K.2, in natural order. */
// biome-ignore format: one row of the table a line
const CHROMA = Uint8Array.of(
  17, 18, 24, 47, 99, 99, 99, 99,
  18, 21, 26, 66, 99, 99, 99, 99,
  24, 26, 56, 99, 99, 99, 99, 99,
  47, 66, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99,
  99, 99, 99, 99, 99, 99, 99, 99,
);

/** The 64 steps of an IJG table in zigzag order (spec/codecs.md); `quality` is 1 to 100. */
export function ijgSteps(kind: 'ijg-luma' | 'ijg-chroma', quality: number): Uint16Array {
  const base = kind === 'ijg-luma' ? LUMA : CHROMA;
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  const steps = new Uint16Array(64);
  for (let k = 0; k < 64; k++) {
    const step = Math.floor((base[ZIGZAG_TO_NATURAL[k]] * scale + 50) / 100);
    steps[k] = Math.min(255, Math.max(1, step));
  }
  return steps;
}

/** The 64 steps of a table in zigzag order. */
export function stepsOf(table: QuantizationTable): Uint16Array {
  return table.kind === 'explicit' ? table.steps : ijgSteps(table.kind, table.quality);
}

/** Names a table of 64 steps (zigzag order) as the IJG table that it equals, or as explicit. */
export function classifyQuantization(steps: Uint16Array): QuantizationTable {
  for (const kind of ['ijg-luma', 'ijg-chroma'] as const) {
    for (let quality = 100; quality >= 1; quality--) {
      if (equalSteps(ijgSteps(kind, quality), steps)) return { kind, quality };
    }
  }
  return { kind: 'explicit', steps };
}

function equalSteps(a: Uint16Array, b: Uint16Array): boolean {
  for (let k = 0; k < 64; k++) if (a[k] !== b[k]) return false;
  return true;
}
