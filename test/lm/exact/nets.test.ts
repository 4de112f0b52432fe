/** The proof of the bounds: nothing that it accepts can leave 2^24. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LlmcError } from '../../../src/container/errors.js';
import { FEATURE_LIMIT } from '../../../src/lm/exact/layout.js';
import {
  ACTIVATION_LIMIT,
  CARRY_LIMIT,
  checkNets,
  EXACT_LIMIT,
  LAYER_NAMES,
  LAYER_SOURCES,
  type LayerName,
  type Nets,
  TABLE_NAMES,
  TABLES,
} from '../../../src/lm/exact/nets.js';
import { randomPackage, readDctPackage } from './random-package.js';

const sound = (await readDctPackage(randomPackage(5))).classes[0];

/** A copy whose arrays may be written to. */
const copyOf = (nets: Nets): Nets => structuredClone(nets);

function isAccepted(nets: Nets): boolean {
  try {
    checkNets(nets, 0);
    return true;
  } catch (error) {
    if (error instanceof LlmcError && error.code === 'model-invalid') return false;
    throw error;
  }
}

/** The largest magnitude of a partial sum of a row, for the inputs and the order of terms that are worst. */
function worstSum(nets: Nets, name: LayerName, row: number): number {
  const { inputs, weight, bias } = nets[name];
  const ofFeatures = LAYER_SOURCES[name] === 'features';
  let worst = 0;
  for (const sign of [1, -1]) {
    let sum = Math.max(0, sign * bias[row]);
    for (let i = 0; i < inputs; i++) {
      const w = sign * weight[row * inputs + i];
      sum += ofFeatures ? Math.abs(w) * FEATURE_LIMIT : Math.max(0, w) * ACTIVATION_LIMIT;
    }
    for (const table of TABLE_NAMES) {
      if (TABLES[table].layer !== name) continue;
      const { values, columns, rows } = nets[table];
      let largest = 0;
      for (let r = 0; r < rows; r++) largest = Math.max(largest, sign * values[r * columns + row]);
      sum += largest;
    }
    if (name === 'group_1' || name === 'coefficient_1') sum += CARRY_LIMIT;
    worst = Math.max(worst, sum);
  }
  return worst;
}

const layerAndRow = fc
  .constantFrom(...LAYER_NAMES)
  .chain((name) => fc.tuple(fc.constant(name), fc.nat(sound[name].rows - 1)));

describe('checkNets', () => {
  it('accepts sound nets', () => {
    expect(isAccepted(sound)).toBe(true);
  });

  it('accepts no row that can reach 2^24, and every row whose magnitudes stay below', () => {
    const bias = fc.integer({ min: -EXACT_LIMIT, max: EXACT_LIMIT });
    const weight = fc.integer({ min: -128, max: 127 });
    fc.assert(
      fc.property(layerAndRow, bias, fc.infiniteStream(weight), ([name, row], b, stream) => {
        const nets = copyOf(sound);
        const layer = nets[name];
        layer.bias[row] = b;
        let magnitudes = 0;
        for (let i = 0; i < layer.inputs; i++) {
          const [w] = stream.take(1);
          layer.weight[row * layer.inputs + i] = w;
          magnitudes += Math.abs(w) * ACTIVATION_LIMIT;
        }
        if (isAccepted(nets)) expect(worstSum(nets, name, row)).toBeLessThan(EXACT_LIMIT);
        else expect(magnitudes + Math.abs(b) + CARRY_LIMIT + 2 * 3000).toBeGreaterThanOrEqual(EXACT_LIMIT);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses the first bias too much', () => {
    for (const name of LAYER_NAMES) {
      const nets = copyOf(sound);
      const { bias } = nets[name];
      bias[0] = 0;
      const rest = worstSum(nets, name, 0);
      bias[0] = EXACT_LIMIT;
      expect(isAccepted(nets), name).toBe(false);
      bias[0] = EXACT_LIMIT - 1 - 2 * rest - CARRY_LIMIT;
      expect(isAccepted(nets), name).toBe(true);
    }
  });

  it('refuses tables that take a sum to 2^24', () => {
    for (const name of TABLE_NAMES) {
      for (const value of [EXACT_LIMIT, -EXACT_LIMIT, -(2 ** 31)]) {
        const nets = copyOf(sound);
        nets[name].values[nets[name].values.length - 1] = value;
        expect(isAccepted(nets)).toBe(false);
      }
    }
  });

  it('refuses shifts and shapes beyond the rules', () => {
    fc.assert(
      fc.property(layerAndRow, fc.integer({ min: -128, max: 127 }), ([name, row], shift) => {
        const nets = copyOf(sound);
        nets[name].shift[row] = shift;
        expect(isAccepted(nets)).toBe(Math.abs(shift) <= 24);
      }),
      { numRuns: 50 },
    );
    for (const name of LAYER_NAMES) {
      const { rows, inputs } = sound[name];
      expect(isAccepted({ ...sound, [name]: { ...sound[name], rows: rows + 1 } })).toBe(false);
      expect(isAccepted({ ...sound, [name]: { ...sound[name], inputs: inputs + 1 } })).toBe(false);
    }
  });
});
