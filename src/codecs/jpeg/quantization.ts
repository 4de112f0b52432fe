/** Quantisation tables of JPEG files, which are in zigzag order, and how the parameters name them. */

import type { QuantizationTable } from '../../container/parameters.js';
import { ijgSteps, NATURAL_FROM_ZIGZAG } from '../../container/quantization.js';

/** The 64 steps of a table in zigzag order. */
export function stepsOf(table: QuantizationTable): Uint16Array {
  if (table.kind === 'explicit') return table.steps;
  const natural = ijgSteps(table.kind, table.quality);
  return Uint16Array.from(NATURAL_FROM_ZIGZAG, (index) => natural[index]);
}

/** Names a table of 64 steps (zigzag order) as the IJG table that it equals, or as explicit. */
export function classifyQuantization(steps: Uint16Array): QuantizationTable {
  for (const kind of ['ijg-luma', 'ijg-chroma'] as const) {
    for (let quality = 100; quality >= 1; quality--) {
      const natural = ijgSteps(kind, quality);
      if (steps.every((step, k) => step === natural[NATURAL_FROM_ZIGZAG[k]])) return { kind, quality };
    }
  }
  return { kind: 'explicit', steps };
}
