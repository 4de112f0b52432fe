/** How people name the parameters of a DCT frame: IJG quality and J:a:b sampling. */

import type { DctComponent, DctParameters } from './parameters.js';
import { ijgSteps, quantizationSteps } from './quantization.js';

/** IJG quality of a frame's quantisation tables. */
export interface FrameQuality {
  /** 1 to 100. */
  readonly qf: number;
  /** Whether the tables are those of this quality to the last step; else it is the nearest. */
  readonly exact: boolean;
}

const QUALITIES = Array.from({ length: 100 }, (_, i) => i + 1);

/**
 * IJG quality of a frame. The first component and those that share its table are compared with the scaled luma
 * table, the others with the chroma table; the nearest quality is that of the least sum of |log(step / scaled step)|.
 */
export function frameQuality(parameters: DctParameters): FrameQuality {
  const { components, tables } = parameters;
  const [{ table: luma }] = components;
  const used = [...new Set(components.map((component) => component.table))].map((index) => ({
    kind: index === luma ? ('ijg-luma' as const) : ('ijg-chroma' as const),
    steps: quantizationSteps(tables[index]),
  }));
  const sure = tables[luma];
  const likely = sure.kind === 'ijg-luma' ? [sure.quality] : [];
  for (const qf of [...likely, ...QUALITIES]) {
    if (used.every(({ kind, steps }) => isScaled(kind, steps, qf))) return { qf, exact: true };
  }
  return { qf: nearestQuality(used), exact: false };
}

interface UsedTable {
  readonly kind: 'ijg-luma' | 'ijg-chroma';
  readonly steps: Uint16Array;
}

/** A frame without chroma subsampling may use copies of the luma table for its other components. */
function isScaled(kind: UsedTable['kind'], steps: Uint16Array, qf: number): boolean {
  if (equal(ijgSteps(kind, qf), steps)) return true;
  return kind === 'ijg-chroma' && equal(ijgSteps('ijg-luma', qf), steps);
}

function equal(a: Uint16Array, b: Uint16Array): boolean {
  return a.every((step, i) => step === b[i]);
}

function nearestQuality(used: readonly UsedTable[]): number {
  let nearest = 1;
  let least = Number.POSITIVE_INFINITY;
  for (const qf of QUALITIES) {
    const distance = used.reduce((sum, { kind, steps }) => sum + tableDistance(ijgSteps(kind, qf), steps), 0);
    if (distance < least) {
      least = distance;
      nearest = qf;
    }
  }
  return nearest;
}

function tableDistance(scaled: Uint16Array, steps: Uint16Array): number {
  return scaled.reduce((sum, step, i) => sum + Math.abs(Math.log(step / steps[i])), 0);
}

/** J:a:b notation by the ratios of luma to chroma factors, across and down. */
const NOTATIONS: Readonly<Record<string, string>> = {
  '1x1': '4:4:4',
  '2x1': '4:2:2',
  '2x2': '4:2:0',
  '1x2': '4:4:0',
  '4x1': '4:1:1',
  '4x2': '4:1:0',
};

/**
 * Sampling of a frame in J:a:b notation where it has one (`gray` for one component), else every component's
 * factors as `HxV,HxV,...`.
 */
export function samplingName(components: readonly DctComponent[]): string {
  if (components.length === 1) return 'gray';
  const factors = components.map(({ h, v }) => `${h}x${v}`);
  const [luma, first, second, fourth] = components;
  const regular =
    components.length >= 3 &&
    factors[1] === factors[2] &&
    (fourth === undefined || factors[3] === factors[0]);
  const notation = second && regular ? NOTATIONS[`${luma.h / first.h}x${luma.v / first.v}`] : undefined;
  return notation ?? factors.join(',');
}
