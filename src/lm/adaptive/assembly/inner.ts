/** The 49 coefficients of both frequencies, in zigzag order, until all that are not zero are coded. */

import { clamp, classOf, sign3 } from './arithmetic';
import {
  above,
  accumulate,
  block,
  bx,
  by,
  coefficient,
  component,
  corner,
  DC_BASIS,
  gapLeft,
  gapTop,
  hasPrevious,
  hasReference,
  left,
  luma,
  magnitudeOf,
  previous,
  reference,
  right,
  stepAt,
  wide,
} from './block';
import { codeMagnitude, INNER_KIND, VALUE_SLOTS } from './magnitude';
import { allocateMaps, allocateSets, allocateSlots, code, setContext } from './mixer';

/** Places of all classes of components. */
const PLACES = 3 * 49;
const INNER_0 = allocateSlots(120 * PLACES * VALUE_SLOTS);
const INNER_1 = allocateSlots(81 * PLACES * VALUE_SLOTS);
const INNER_2 = allocateSlots(96 * PLACES * VALUE_SLOTS);
const INNER_3 = allocateSlots(50 * PLACES * VALUE_SLOTS);
const INNER_4 = allocateSlots(144 * PLACES * VALUE_SLOTS);
const INNER_5 = allocateSlots(144 * PLACES * VALUE_SLOTS);
const INNER_6 = allocateSlots(128 * PLACES * VALUE_SLOTS);
const INNER_7 = allocateSlots(84 * PLACES * VALUE_SLOTS);
const SIGN_0 = allocateSlots(27 * PLACES);
const SIGN_1 = allocateSlots(19 * PLACES);
const SIGN_2 = allocateSlots(19 * PLACES);
const SIGN_3 = allocateSlots(9 * PLACES);
const SIGN_4 = allocateSlots(25 * PLACES);
const SIGN_5 = allocateSlots(361 * PLACES);
const SIGN_6 = allocateSlots(76 * PLACES);
const SIGN_7 = allocateSlots(76 * PLACES);
const SETS = allocateSets(PLACES);
const SIGN_SETS = allocateSets(PLACES);
const SIGN_CLASS_SETS = allocateSets(3);
const SIGN_MAPS = allocateMaps(PLACES);

/** Natural positions in zigzag order. */
const POSITIONS = memory.data(49, 16);

/** Fills the table; once. */
export function fillPositions(): void {
  let at = POSITIONS;
  for (let diagonal = 2; diagonal <= 14; diagonal++) {
    for (let i = 1; i < 8; i++) {
      const v = diagonal & 1 ? i : diagonal - i;
      const u = diagonal - v;
      if (u >= 1 && v >= 1 && u < 8 && v < 8) store<u8>(at++, <u8>(v * 8 + u));
    }
  }
}

/** Class of a magnitude with its sign, 0-18. */
function signedClass(x: i32): i32 {
  const c = classOf(abs(x), 9);
  return x < 0 ? c + 9 : c;
}

/** Codes the inner coefficients, `count` of which are not zero. */
export function codeInner(count: i32): void {
  let remaining = count;
  const c = block;
  for (let k = 0; k < 49 && remaining > 0; k++) {
    const n = <i32>load<u8>(POSITIONS + k);
    const u = n & 7;
    const v = n >> 3;
    const l = magnitudeOf(left, n);
    const a = magnitudeOf(above, n);
    const d = magnitudeOf(corner, n);
    const r = magnitudeOf(right, n);
    const average = ((l + a) * 13 + d * 4 + r * 2) >> 3;
    const o1 = u > 1 ? magnitudeOf(c, n - 1) : 0;
    const o2 = v > 1 ? magnitudeOf(c, n - 8) : 0;
    const o3 = u > 1 && v > 1 ? magnitudeOf(c, n - 9) : 0;
    const o4 = u > 2 ? magnitudeOf(c, n - 2) : 0;
    const o5 = v > 2 ? magnitudeOf(c, n - 16) : 0;
    const own = 2 * (o1 + o2) + o3 + o4 + o5;
    let cross =
      magnitudeOf(left, n - 1) +
      magnitudeOf(left, n - 8) +
      magnitudeOf(above, n - 1) +
      magnitudeOf(above, n - 8);
    if (u < 7) cross += magnitudeOf(left, n + 1) + magnitudeOf(above, n + 1);
    if (v < 7) cross += magnitudeOf(left, n + 8) + magnitudeOf(above, n + 8);
    const ck = component * 49 + k;
    const places = 49 - k;
    const density = min(7, (remaining * 8) / places);
    let other: i32;
    if (hasPrevious) other = classOf(reference(n), 11) * 12 + classOf(2 * magnitudeOf(previous, n), 11);
    else if (hasReference) other = classOf(reference(n), 11) * 12 + classOf(reference(n - 9) >> 1, 11);
    else {
      let far = 0;
      if (bx > 1) far += magnitudeOf(c - 256, n);
      if (by > 1) far += magnitudeOf(c - (wide << 8), n);
      other = classOf(d + r, 11) * 12 + classOf(far, 11);
    }
    const expected = classOf((average * 2 + own * 2 + cross) >> 1, 31);
    setContext(0, INNER_0 + (ck * 120 + classOf(average, 11) * 10 + classOf(remaining, 9)) * VALUE_SLOTS);
    setContext(1, INNER_1 + (ck * 81 + classOf(l, 8) * 9 + classOf(a, 8)) * VALUE_SLOTS);
    setContext(2, INNER_2 + (ck * 96 + classOf(own, 11) * 8 + density) * VALUE_SLOTS);
    setContext(3, INNER_3 + (ck * 50 + remaining) * VALUE_SLOTS);
    setContext(4, INNER_4 + (ck * 144 + classOf(cross, 11) * 12 + classOf(own, 11)) * VALUE_SLOTS);
    setContext(5, INNER_5 + (ck * 144 + other) * VALUE_SLOTS);
    setContext(6, INNER_6 + (component * 49 * 128 + (expected * 4 + (density >> 1)) * 49 + k) * VALUE_SLOTS);
    setContext(7, INNER_7 + (ck * 84 + classOf(d + r + o3, 11) * 7 + classOf(o1 + o2, 6)) * VALUE_SLOTS);
    const magnitude = codeMagnitude(
      magnitudeOf(c, n),
      SETS + ck,
      INNER_KIND + component,
      expected,
      remaining === places,
    );
    if (magnitude === 0) continue;
    remaining--;
    const sl = sign3(coefficient(left, n));
    const sa = sign3(coefficient(above, n));
    const sp = sign3(coefficient(previous, n));
    const sy = sign3(coefficient(luma, n));
    const p2 = clamp(coefficient(previous, n), -2, 2) + 2;
    const y2 = clamp(coefficient(luma, n), -2, 2) + 2;
    const scale = DC_BASIS * stepAt(n);
    const fromTop = by > 0 ? signedClass((gapTop(u) * 4) / scale) : 0;
    const fromLeft = bx > 0 ? signedClass((gapLeft(v) * 4) / scale) : 0;
    const size = classOf(magnitude, 3);
    setContext(0, SIGN_0 + ck * 27 + sl * 9 + sa * 3 + sy);
    setContext(1, SIGN_1 + ck * 19 + fromTop);
    setContext(2, SIGN_2 + ck * 19 + fromLeft);
    setContext(3, SIGN_3 + ck * 9 + sp * 3 + sl);
    setContext(4, SIGN_4 + ck * 25 + p2 * 5 + y2);
    setContext(5, SIGN_5 + ck * 361 + fromTop * 19 + fromLeft);
    setContext(6, SIGN_6 + (ck * 4 + size) * 19 + fromTop);
    setContext(7, SIGN_7 + (ck * 4 + size) * 19 + fromLeft);
    const negative = code(
      i32(coefficient(c, n) < 0),
      0,
      SIGN_SETS + ck,
      SIGN_CLASS_SETS + component,
      SIGN_MAPS + ck,
    );
    const value = <i32>(<i16>(negative ? -magnitude : magnitude));
    store<i16>(c + (n << 1), <i16>value);
    accumulate(n, value);
  }
}
