/** Random latents, scan scripts and files for property tests. */

import fc from 'fast-check';
import { allocateDctLatents, type DctLatents } from '../../../src/codecs/dct-latents.js';
import { scanLayout, unitCount } from '../../../src/codecs/jpeg/scan.js';
import type { DctParameters } from '../../../src/container/parameters.js';
import type { ScriptScan } from './writer.js';

const sampling = fc.record({ h: fc.integer({ min: 1, max: 4 }), v: fc.integer({ min: 1, max: 4 }) });

/** Parameters of small frames: any process, precision, sampling and number of components. */
export const anyParameters: fc.Arbitrary<DctParameters> = fc
  .record({
    process: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
    precision: fc.constantFrom<8 | 12>(8, 12),
    width: fc.integer({ min: 1, max: 70 }),
    height: fc.integer({ min: 1, max: 70 }),
    factors: fc.array(sampling, { minLength: 1, maxLength: 4 }),
    second: fc.boolean(),
  })
  .map(({ factors, second, ...frame }) => ({
    ...frame,
    components: factors.map(({ h, v }, index) => ({ h, v, table: second && index > 0 ? 1 : 0 })),
    tables: [{ kind: 'ijg-luma', quality: 50 } as const, { kind: 'ijg-chroma', quality: 50 } as const].slice(
      0,
      second && factors.length > 1 ? 2 : 1,
    ),
  }));

/**
 * Latents with blocks of every density, from a seed. Only blocks that a scan of their component alone
 * codes are filled where the script has such scans, since the others would not come back.
 */
export function randomLatents(
  parameters: DctParameters,
  seed: number,
  script: readonly ScriptScan[],
): DctLatents {
  const latents = allocateDctLatents(parameters);
  let state = seed | 1;
  const random = (below: number) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
  latents.coefficients.forEach((plane, index) => {
    const alone = script.some(({ components }) => components.length === 1 && components[0] === index);
    const layout = scanLayout(parameters, alone ? [index] : parameters.components.map((_, i) => i));
    const density = random(65);
    for (let unit = 0; unit < unitCount(layout); unit++) {
      const x = unit % layout.unitsWide;
      const y = Math.floor(unit / layout.unitsWide);
      for (const { slot, first, rowStep, columnStep } of layout.blocks) {
        if (!alone && slot !== index) continue;
        const base = first + y * rowStep + x * columnStep;
        for (let i = 0; i < 64; i++) {
          if (i > 0 && random(64) >= density >> random(4)) continue;
          const size = random(8) === 0 ? random(15) : random(4);
          plane[base + i] = random(1 << size) * (random(2) === 0 ? 1 : -1);
        }
      }
    }
  });
  return latents;
}

/** Sequential: components in any grouping. Progressive: any bands and any successive approximation down to 0. */
export function anyScript({ process, components }: DctParameters): fc.Arbitrary<ScriptScan[]> {
  const all = components.map((_, index) => index);
  const grouping = fc.constantFrom(
    [all],
    all.map((index) => [index]),
  );
  if (process !== 2) {
    return grouping.map((groups) =>
      groups.map((group) => ({ components: group, start: 0, end: 63, high: 0, low: 0 })),
    );
  }
  const lows = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 64, maxLength: 64 });
  const bounds = fc.array(fc.integer({ min: 2, max: 63 }), { maxLength: 4 });
  return fc.record({ grouping, lows, bounds }).map(({ grouping: groups, lows: low, bounds: cuts }) => {
    const queues: ScriptScan[][] = groups.map((group) => approximation(group, 0, 0, low[0]));
    const edges = [1, ...new Set(cuts), 64].sort((a, b) => a - b);
    for (const component of all) {
      for (let i = 0; i + 1 < edges.length; i++) {
        queues.push(approximation([component], edges[i], edges[i + 1] - 1, low[(component + 1) * 4 + i]));
      }
    }
    // First scans of all, then the refinements round by round.
    return [3, 2, 1, 0].flatMap((level) =>
      queues.flatMap((queue) => queue.filter((scan) => scan.low === level)),
    );
  });
}

function approximation(group: readonly number[], start: number, end: number, low: number): ScriptScan[] {
  const scans = [{ components: group, start, end, high: 0, low }];
  for (let bit = low; bit > 0; bit--) scans.push({ components: group, start, end, high: bit, low: bit - 1 });
  return scans;
}
