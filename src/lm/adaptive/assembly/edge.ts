/** The seven coefficients of the first row (direction 0) or column (1), with predictions from the border. */

import { decoding } from '../../assembly/range-coder';
import { clamp, classOf, sign3 } from './arithmetic';
import {
  above,
  accumulate,
  block,
  bx,
  by,
  coefficient,
  columnCounts,
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
  rowCounts,
  stepAt,
  wide,
} from './block';
import { codeMagnitude, EDGE_KIND, VALUE_SLOTS } from './magnitude';
import { allocateMaps, allocateSets, allocateSlots, code, setContext } from './mixer';

/** Both directions of all classes of components, and the seven places in each. */
const LINES = 3 * 2;
const PLACES = LINES * 7;
const EDGE_0 = allocateSlots(192 * PLACES * VALUE_SLOTS);
const EDGE_1 = allocateSlots(288 * PLACES * VALUE_SLOTS);
const EDGE_2 = allocateSlots(168 * PLACES * VALUE_SLOTS);
const EDGE_3 = allocateSlots(144 * PLACES * VALUE_SLOTS);
const EDGE_4 = allocateSlots(288 * PLACES * VALUE_SLOTS);
const EDGE_5 = allocateSlots(144 * PLACES * VALUE_SLOTS);
const EDGE_6 = allocateSlots(192 * PLACES * VALUE_SLOTS);
const EDGE_7 = allocateSlots(20 * PLACES * VALUE_SLOTS);
const EDGE_COUNT_0 = allocateSlots(64 * LINES * 8);
const EDGE_COUNT_1 = allocateSlots(512 * LINES * 8);
const EDGE_COUNT_2 = allocateSlots(64 * LINES * 8);
const EDGE_COUNT_3 = allocateSlots(50 * LINES * 8);
const EDGE_COUNT_4 = allocateSlots(64 * LINES * 8);
const EDGE_COUNT_5 = allocateSlots(512 * LINES * 8);
const EDGE_COUNT_6 = allocateSlots(64 * LINES * 8);
const EDGE_COUNT_7 = allocateSlots(50 * LINES * 8);
const EDGE_SIGN_0 = allocateSlots(48 * PLACES);
const EDGE_SIGN_1 = allocateSlots(48 * PLACES);
const EDGE_SIGN_2 = allocateSlots(48 * PLACES);
const EDGE_SIGN_3 = allocateSlots(50 * PLACES);
const EDGE_SIGN_4 = allocateSlots(50 * PLACES);
const EDGE_SIGN_5 = allocateSlots(50 * PLACES);
const EDGE_SIGN_6 = allocateSlots(54 * PLACES);
const EDGE_SIGN_7 = allocateSlots(100 * PLACES);
const SETS = allocateSets(PLACES);
const COUNT_SETS = allocateSets(LINES * 8);
const COUNT_NODE_SETS = allocateSets(8);
const SIGN_SETS = allocateSets(PLACES);
const SIGN_GAP_SETS = allocateSets(24);
const COUNT_MAPS = allocateMaps(LINES * 8);
const SIGN_MAPS = allocateMaps(24 * 2);

/** Codes how many of the line's seven coefficients are not zero. */
function codeEdgeCount(direction: i32, step: i32, count: i32): i32 {
  const b = by * wide + bx;
  const edgeCounts = direction === 0 ? rowCounts : columnCounts;
  let edge = 0;
  if (!decoding) for (let k = 1; k < 8; k++) edge += i32(coefficient(block, k * step) !== 0);
  const el: i32 = bx > 0 ? load<u8>(edgeCounts + b - 1) : by > 0 ? load<u8>(edgeCounts + b - wide) : 0;
  const ea: i32 = by > 0 ? load<u8>(edgeCounts + b - wide) : el;
  const o: i32 = direction === 1 ? load<u8>(rowCounts + b) : 7;
  let rc = 0;
  let sc = 0;
  if (hasReference) for (let k = 1; k < 8; k++) rc += i32(reference(k * step) !== 0);
  if (hasPrevious) for (let k = 1; k < 8; k++) sc += i32(coefficient(previous, k * step) !== 0);
  const cq = min(7, (count + 5) / 7);
  const cd = component * 2 + direction;
  setContext(0, EDGE_COUNT_0 + (cd * 64 + el * 8 + ea) * 8);
  setContext(1, EDGE_COUNT_1 + (cd * 512 + (el * 8 + ea) * 8 + cq) * 8);
  setContext(2, EDGE_COUNT_2 + (cd * 64 + o * 8 + cq) * 8);
  setContext(3, EDGE_COUNT_3 + (cd * 50 + count) * 8);
  setContext(4, EDGE_COUNT_4 + (cd * 64 + rc * 8 + sc) * 8);
  setContext(5, EDGE_COUNT_5 + (cd * 512 + (o * 8 + el) * 8 + ea) * 8);
  setContext(6, EDGE_COUNT_6 + (cd * 64 + ea * 8 + o) * 8);
  setContext(7, EDGE_COUNT_7 + (cd * 50 + ((count + (el + ea) * 3) >> 1)) * 8);
  let node = 1;
  for (let s = 2; s >= 0; s--) {
    node =
      node * 2 +
      code(
        (edge >> s) & 1,
        node,
        COUNT_SETS + cd * 8 + node,
        COUNT_NODE_SETS + node,
        COUNT_MAPS + cd * 8 + node,
      );
  }
  edge = node & 7;
  store<u8>(edgeCounts + b, <u8>edge);
  return edge;
}

/** Codes a line: how many coefficients are not zero, then each until these are coded. */
export function codeEdge(direction: i32, count: i32): void {
  const c = block;
  const step = direction === 0 ? 1 : 8;
  const across = direction === 0 ? 8 : 1;
  const have = direction === 0 ? by > 0 : bx > 0;
  let remaining = codeEdgeCount(direction, step, count);
  for (let k = 1; k < 8 && remaining > 0; k++) {
    const n = k * step;
    let predicted = 0;
    if (have) {
      const gap = direction === 0 ? gapTop(k) : gapLeft(k);
      predicted = (gap * 8) / (DC_BASIS * stepAt(n));
      predicted = clamp(predicted, -8000, 8000);
    }
    const ap = abs(predicted);
    const qp = classOf(ap >> 1, 23);
    const l = magnitudeOf(left, n);
    const a = magnitudeOf(above, n);
    const d = magnitudeOf(corner, n);
    const r = magnitudeOf(right, n);
    const average = ((l + a) * 13 + d * 4 + r * 2) >> 3;
    const i1 = magnitudeOf(c, n + across);
    const i2 = magnitudeOf(c, n + 2 * across);
    const i0 = k > 1 ? magnitudeOf(c, n - step) : 0;
    const i9 = k > 1 ? magnitudeOf(c, n + across - step) : 0;
    const i8 = k < 7 ? magnitudeOf(c, n + across + step) : 0;
    const own = 2 * (i1 + i0) + i2 + i9 + i8;
    const ck = component * 14 + direction * 7 + k - 1;
    let other: i32;
    if (hasPrevious) other = classOf(reference(n), 11) * 12 + classOf(2 * magnitudeOf(previous, n), 11);
    else if (hasReference) other = classOf(reference(n), 11) * 12 + classOf(reference(n + across), 11);
    else {
      let far = 0;
      if (bx > 1) far += magnitudeOf(c - 256, n);
      if (by > 1) far += magnitudeOf(c - (wide << 8), n);
      other = classOf(d + r, 11) * 12 + classOf(far, 11);
    }
    const expected = classOf((ap + average + own) >> 1, 31);
    setContext(0, EDGE_0 + (ck * 192 + qp * 8 + remaining) * VALUE_SLOTS);
    setContext(1, EDGE_1 + (ck * 288 + qp * 12 + classOf(average, 11)) * VALUE_SLOTS);
    setContext(2, EDGE_2 + (ck * 168 + classOf(average, 13) * 12 + classOf(own, 11)) * VALUE_SLOTS);
    setContext(3, EDGE_3 + (ck * 144 + classOf(l, 11) * 12 + classOf(a, 11)) * VALUE_SLOTS);
    setContext(4, EDGE_4 + (ck * 288 + qp * 12 + classOf(own, 11)) * VALUE_SLOTS);
    setContext(5, EDGE_5 + (ck * 144 + other) * VALUE_SLOTS);
    setContext(6, EDGE_6 + (ck * 192 + min(expected, 23) * 8 + remaining) * VALUE_SLOTS);
    setContext(7, EDGE_7 + (ck * 20 + classOf(have ? ap >> 3 : average >> 2, 19)) * VALUE_SLOTS);
    const magnitude = codeMagnitude(
      magnitudeOf(c, n),
      SETS + ck,
      EDGE_KIND + component,
      expected,
      remaining === 8 - k,
    );
    if (magnitude === 0) continue;
    remaining--;
    const ps = i32(predicted < 0);
    const qs = classOf(ap, 23);
    const sl = sign3(coefficient(left, n));
    const sa = sign3(coefficient(above, n));
    const p2 = clamp(coefficient(previous, n), -2, 2) + 2;
    const y2 = clamp(coefficient(luma, n), -2, 2) + 2;
    setContext(0, EDGE_SIGN_0 + ck * 48 + qs * 2 + ps);
    setContext(1, EDGE_SIGN_1 + component * 14 * 48 + (classOf(magnitude, 13) * 24 + qs) * 2 + ps);
    setContext(2, EDGE_SIGN_2 + ck * 48 + classOf((ap * magnitude) >> 2, 23) * 2 + ps);
    setContext(3, EDGE_SIGN_3 + (ck * 25 + p2 * 5 + y2) * 2);
    setContext(4, EDGE_SIGN_4 + (ck * 25 + p2 * 5 + y2) * 2 + ps);
    setContext(5, EDGE_SIGN_5 + (ck * 25 + sl * 3 + sa) * 2 + ps);
    setContext(6, EDGE_SIGN_6 + (ck * 27 + sl * 9 + sa * 3 + sign3(coefficient(corner, n))) * 2);
    setContext(
      7,
      EDGE_SIGN_7 +
        (ck * 50 +
          (k > 1 ? sign3(coefficient(c, n - step)) : 0) * 9 +
          (k > 2 ? sign3(coefficient(c, n - 2 * step)) : 0) * 3 +
          sign3(coefficient(c, n + across))) *
          2,
    );
    const negative = code(
      i32(coefficient(c, n) < 0),
      0,
      SIGN_SETS + ck,
      SIGN_GAP_SETS + qs,
      SIGN_MAPS + qs * 2 + ps,
    );
    const value = <i32>(<i16>(negative ? -magnitude : magnitude));
    store<i16>(c + (n << 1), <i16>value);
    accumulate(n, value);
  }
}
