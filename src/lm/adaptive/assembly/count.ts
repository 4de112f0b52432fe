/** The number of non-zero coefficients of both frequencies, 0-49. */

import { decoding } from '../../assembly/range-coder';
import { classOf } from './arithmetic';
import {
  block,
  bx,
  by,
  coefficient,
  component,
  counts,
  hasPrevious,
  hasReference,
  previous,
  referenceCount,
  wide,
} from './block';
import { allocateMaps, allocateSets, allocateSlots, code, setContext } from './mixer';

const COUNT_0 = allocateSlots(50 * 3 * 64);
const COUNT_1 = allocateSlots(196 * 3 * 64);
const COUNT_2 = allocateSlots(50 * 3 * 64);
const COUNT_3 = allocateSlots(50 * 3 * 64);
const COUNT_4 = allocateSlots(50 * 3 * 64);
const COUNT_5 = allocateSlots(50 * 3 * 64);
const COUNT_6 = allocateSlots(50 * 3 * 64);
const COUNT_7 = allocateSlots(50 * 3 * 64);
const CLASS_SETS = allocateSets(3);
const NODE_SETS = allocateSets(64);
const MAPS = allocateMaps(3 * 64);

function countAt(b: i32): i32 {
  return load<u8>(counts + b);
}

/** How many of a block's inner coefficients are not zero. */
function innerCount(at: usize): i32 {
  let count = 0;
  for (let v = 1; v < 8; v++) for (let u = 1; u < 8; u++) count += i32(coefficient(at, v * 8 + u) !== 0);
  return count;
}

/** Codes the count; above 49 only where the payload is damaged. */
export function codeCount(): i32 {
  const b = by * wide + bx;
  let count = decoding ? 0 : innerCount(block);
  const cl = bx > 0 ? countAt(b - 1) : by > 0 ? countAt(b - wide) : 0;
  const ca = by > 0 ? countAt(b - wide) : cl;
  const cd = bx > 0 && by > 0 ? countAt(b - wide - 1) : ca;
  const cr = by > 0 && bx + 1 < wide ? countAt(b - wide + 1) : ca;
  const same = hasPrevious ? innerCount(previous) : cr;
  const rc = hasReference ? referenceCount : (cr + ca + 1) >> 1;
  setContext(0, COUNT_0 + (component * 50 + ((cl + ca + 1) >> 1)) * 64);
  setContext(1, COUNT_1 + (component * 196 + classOf(cl, 13) * 14 + classOf(ca, 13)) * 64);
  setContext(2, COUNT_2 + (component * 50 + cl) * 64);
  setContext(3, COUNT_3 + (component * 50 + ca) * 64);
  setContext(4, COUNT_4 + (component * 50 + (2 * cl + 2 * ca + cd + cr + 3) / 6) * 64);
  setContext(5, COUNT_5 + (component * 50 + rc) * 64);
  setContext(6, COUNT_6 + (component * 50 + ((cl + ca + same * 2 + 2) >> 2)) * 64);
  setContext(7, COUNT_7 + (component * 50 + same) * 64);
  let node = 1;
  for (let s = 5; s >= 0; s--) {
    node =
      node * 2 +
      code((count >> s) & 1, node, CLASS_SETS + component, NODE_SETS + node, MAPS + component * 64 + node);
  }
  count = node & 63;
  store<u8>(counts + b, <u8>count);
  return count;
}
