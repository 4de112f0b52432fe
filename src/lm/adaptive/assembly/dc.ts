/** The DC coefficient, as a difference from its prediction by the continuity of the borders. */

import { clamp, classOf, sign3 } from './arithmetic';
import {
  accumulate,
  block,
  bottoms,
  bx,
  by,
  coefficient,
  component,
  DC_BASIS,
  dcErrors,
  gapLeft,
  gapTop,
  LEFT,
  RIGHTS,
  stepAt,
  TOP,
} from './block';
import { codeMagnitude, DC_KIND, VALUE_SLOTS } from './magnitude';
import { allocateSets, allocateSlots, codeDirect, setContext } from './mixer';

const DC_0 = allocateSlots(16 * 3 * VALUE_SLOTS);
const DC_1 = allocateSlots(16 * 3 * VALUE_SLOTS);
const DC_2 = allocateSlots(256 * 3 * VALUE_SLOTS);
const DC_3 = allocateSlots(16 * 3 * VALUE_SLOTS);
const DC_4 = allocateSlots(16 * 3 * VALUE_SLOTS);
const DC_5 = allocateSlots(16 * 3 * VALUE_SLOTS);
const DC_6 = allocateSlots(16 * 3 * VALUE_SLOTS);
const DC_7 = allocateSlots(16 * 3 * VALUE_SLOTS);
const DC_SIGN = allocateSlots(3 * 16);
const SETS = allocateSets(3);

/** Codes the coefficient; all others of the block are known. */
export function codeDc(count: i32): void {
  const step = stepAt(0);
  const scale = DC_BASIS * step;
  const beyond = bottoms + (bx << 5);
  const fromTop = by > 0 ? (gapTop(0) * 2) / scale : 0;
  const fromLeft = bx > 0 ? (gapLeft(0) * 2) / scale : 0;
  const predicted = clamp(
    by > 0 && bx > 0 ? (fromTop + fromLeft + 1) >> 2 : (fromTop + fromLeft) >> 1,
    -32768,
    32767,
  );
  const spread = abs(fromTop - fromLeft) >> 1;
  const eL = bx > 0 ? load<i32>(dcErrors + ((bx - 1) << 2)) : 0;
  const eA = by > 0 ? load<i32>(dcErrors + (bx << 2)) : 0;
  const errors = abs(eL) + abs(eA);
  let rough = 0;
  if (by > 0) for (let u = 4; u < 32; u += 4) rough += abs(load<i32>(beyond + u) - load<i32>(TOP + u)) >> 9;
  if (bx > 0) for (let v = 4; v < 32; v += 4) rough += abs(load<i32>(RIGHTS + v) - load<i32>(LEFT + v)) >> 9;
  rough /= step;
  const cm = component;
  setContext(0, DC_0 + (cm * 16 + classOf(spread, 15)) * VALUE_SLOTS);
  setContext(1, DC_1 + (cm * 16 + classOf(errors, 15)) * VALUE_SLOTS);
  setContext(2, DC_2 + (cm * 256 + classOf(spread, 15) * 16 + classOf(errors, 15)) * VALUE_SLOTS);
  setContext(3, DC_3 + (cm * 16 + classOf(rough, 15)) * VALUE_SLOTS);
  setContext(4, DC_4 + (cm * 16 + classOf(abs(eL), 15)) * VALUE_SLOTS);
  setContext(5, DC_5 + (cm * 16 + classOf(abs(eA), 15)) * VALUE_SLOTS);
  setContext(6, DC_6 + (cm * 16 + classOf(count, 15)) * VALUE_SLOTS);
  setContext(7, DC_7 + (cm * 16 + classOf(rough + spread + errors, 15)) * VALUE_SLOTS);
  const difference = <i32>(<i16>(coefficient(block, 0) - predicted));
  const magnitude = codeMagnitude(
    abs(difference),
    SETS + cm,
    DC_KIND + cm,
    classOf(rough + spread + errors, 31),
    false,
  );
  const negative =
    magnitude !== 0 ? codeDirect(i32(difference < 0), DC_SIGN + cm * 16 + sign3(eL) * 3 + sign3(eA)) : 0;
  const value = <i32>(<i16>(negative ? -magnitude : magnitude));
  store<i32>(dcErrors + (bx << 2), value);
  store<i16>(block, <i16>(predicted + value));
  accumulate(0, coefficient(block, 0));
}
