/** A magnitude, 0-32768, as decisions: is it zero; the exponent in unary; the bits below. */

import { codeRaw } from '../../assembly/range-coder';
import { allocateMaps, allocateSets, allocateSlots, code, codeDirect } from './mixer';

/** Slots of one context of a magnitude: one a node, in a cache line. */
export const VALUE_SLOTS = 16;
/** First kind of inner coefficients; kinds are counted with three classes of components each. */
export const INNER_KIND = 0;
/** First kind of the first row and column. */
export const EDGE_KIND = 3;
/** First kind of DC coefficients. */
export const DC_KIND = 6;
const KINDS = 9;

const SETS = allocateSets(KINDS * 8 * 16);
const MAPS = allocateMaps(KINDS * 16 * 16);
const RESIDUAL = allocateSlots(KINDS * 16 * 16 * 4);

/**
 * Codes a magnitude in the contexts that are set.
 *
 * @param set Weight set of the coefficient.
 * @param kind One of the kinds, plus the class of the component.
 * @param expected Class of the magnitude that the neighbours suggest, 0-31.
 * @param nonzero Whether it is known not to be zero.
 */
export function codeMagnitude(magnitude: i32, set: i32, kind: i32, expected: i32, nonzero: bool): i32 {
  const nodes = SETS + (kind * 8 + (expected >> 2)) * 16;
  const map = MAPS + kind * 256 + (expected >> 1);
  if (!nonzero && code(i32(magnitude !== 0), 0, set, nodes, map) === 0) return 0;
  const target = 31 - clz(magnitude);
  let exponent = 0;
  while (exponent < 15) {
    const node = 1 + min(exponent, 10);
    if (code(i32(target > exponent), node, set, nodes + node, map + node * 16) === 0) break;
    exponent++;
  }
  if (exponent === 0) return 1;
  if (exponent === 15) return 32768;
  if (exponent === 1) return 2 + code(magnitude & 1, 12, set, nodes + 12, map + 12 * 16);
  const base = RESIDUAL + ((kind * 16 + exponent) * 16 + (expected >> 1)) * 4;
  let rest = exponent - 1;
  let value = 2 + codeDirect((magnitude >> rest) & 1, base);
  rest--;
  value = value * 2 + codeDirect((magnitude >> rest) & 1, base + value - 1);
  if (rest > 0) value = (value << rest) | codeRaw(magnitude & ((1 << rest) - 1), rest);
  return value;
}
