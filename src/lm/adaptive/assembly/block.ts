/** The block being coded: where it and its neighbours lie, and the borders of its pixels (section 5). */

import { clamp } from './arithmetic';

/** The basis at the block's border, in 1/1024: 1/sqrt 2 for frequency 0, else 1 or -1. */
export const DC_BASIS = 724;
const AC_BASIS = 1024;
/** 2^27 - 1: eight times a gap fits 32 bits. */
const GAP_LIMIT = 0x7ffffff;
const LEVEL_LIMIT = 16383;
const ZEROS = memory.data(128, 16);

/** Magnitudes of the co-located blocks of component 0, summed. */
const REFERENCE = memory.data(64 * 4, 16);
/** Sums of the coded coefficients' contributions to the block's border pixels, by frequency along the border. */
export const TOP = memory.data(32, 16);
const BOTTOM = memory.data(32, 16);
/** See TOP. */
export const LEFT = memory.data(32, 16);
const RIGHT = memory.data(32, 16);
/** RIGHT of the block to the left. */
export const RIGHTS = memory.data(32, 16);

export let component: i32 = 0;
export let bx: i32 = 0;
export let by: i32 = 0;
export let wide: i32 = 0;
/** Quantisation steps, u16[64]. */
export let q: usize = 0;
/** Coefficients, i16[64], of the block and of its neighbours. */
export let block: usize = 0;
export let left: usize = 0;
export let above: usize = 0;
export let corner: usize = 0;
export let right: usize = 0;
/** Whether there is a component before with which to compare; whether there are two. */
export let hasReference: bool = false;
export let hasPrevious: bool = false;
/** The co-located block of component 0 if it is sampled alike, of the component before. */
export let luma: usize = 0;
export let previous: usize = 0;
export let referenceCount: i32 = 0;
/** Count of each block, and of its first row and column. */
export let counts: usize = 0;
export let rowCounts: usize = 0;
export let columnCounts: usize = 0;
export let dcErrors: usize = 0;
/** BOTTOM of each block of the row above. */
export let bottoms: usize = 0;

let coefficients: usize = 0;
/** Address, blocks in a row, h and v of each plane of the band, 16 bytes each. */
const planes = memory.data(4 * 16, 16);

/** A coefficient of the block at an address. */
export function coefficient(at: usize, n: i32): i32 {
  return load<i16>(at + (n << 1));
}
/** Its magnitude. */
export function magnitudeOf(at: usize, n: i32): i32 {
  return abs(<i32>load<i16>(at + (n << 1)));
}
/** Quantisation step of a position. */
export function stepAt(n: i32): i32 {
  return load<u16>(q + (n << 1));
}

/** Sum of the magnitudes at a position of the co-located blocks of component 0. */
export function reference(n: i32): i32 {
  return load<i32>(REFERENCE + (n << 2));
}

/** What the lower border of the block above lies above the block's own, by horizontal frequency. */
export function gapTop(u: i32): i32 {
  return clamp(load<i32>(bottoms + (bx << 5) + (u << 2)) - load<i32>(TOP + (u << 2)), -GAP_LIMIT, GAP_LIMIT);
}

/** What the right border of the block to the left lies above the block's own, by vertical frequency. */
export function gapLeft(v: i32): i32 {
  return clamp(load<i32>(RIGHTS + (v << 2)) - load<i32>(LEFT + (v << 2)), -GAP_LIMIT, GAP_LIMIT);
}

/** Tells a plane of the band that is coded next; `h` and `v` are its sampling factors. */
export function describePlane(index: i32, address: usize, blocksWide: i32, h: i32, v: i32): void {
  const at = planes + (index << 4);
  store<u32>(at, <u32>address);
  store<i32>(at, blocksWide, 4);
  store<i32>(at, h, 8);
  store<i32>(at, v, 12);
}

/** Begins a plane; `scratch` has 36 bytes a block of a row, and 3 a block. */
export function startPlane(index: i32, blocksHigh: i32, quantization: usize, scratch: usize): void {
  const at = planes + (index << 4);
  component = index % 3;
  coefficients = load<u32>(at);
  wide = load<i32>(at, 4);
  q = quantization;
  hasReference = index > 0;
  hasPrevious = index > 1;
  const blocks = wide * blocksHigh;
  dcErrors = scratch;
  bottoms = dcErrors + (wide << 2);
  counts = bottoms + (wide << 5);
  rowCounts = counts + blocks;
  columnCounts = rowCounts + blocks;
  luma = ZEROS;
  previous = ZEROS;
}

/** Moves to a block. */
export function startBlock(index: i32, x: i32, y: i32): void {
  bx = x;
  by = y;
  const at = coefficients + ((y * wide + x) << 7);
  block = at;
  const row = wide << 7;
  if (x === 0) {
    if (y === 0) left = above = corner = right = ZEROS;
    else {
      left = above = corner = at - row;
      right = wide > 1 ? at - row + 128 : at - row;
    }
  } else if (y === 0) {
    left = above = corner = right = at - 128;
  } else {
    left = at - 128;
    above = at - row;
    corner = above - 128;
    right = x + 1 < wide ? above + 128 : above;
  }
  const plane = planes + (index << 4);
  const h = load<i32>(plane, 8);
  const v = load<i32>(plane, 12);
  if (hasReference) {
    const rh = load<i32>(planes, 8);
    const rv = load<i32>(planes, 12);
    refer((x * rh) / h, (y * rv) / v, max(1, rh / h), max(1, rv / v));
  }
  if (hasPrevious) {
    const before = plane - 16;
    const pw = load<i32>(before, 4);
    const ph = load<i32>(before, 8);
    const pv = load<i32>(before, 12);
    previous = load<u32>(before) + ((((y * pv) / v) * pw + (x * ph) / h) << 7);
  }
  memory.fill(TOP, 0, 32);
  memory.fill(BOTTOM, 0, 32);
  memory.fill(LEFT, 0, 32);
  memory.fill(RIGHT, 0, 32);
}

/** Sums up the co-located blocks of component 0. */
function refer(x0: i32, y0: i32, nx: i32, ny: i32): void {
  const base = <usize>load<u32>(planes);
  const rw = load<i32>(planes, 4);
  let count = 0;
  memory.fill(REFERENCE, 0, 256);
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      const o = base + (((y0 + j) * rw + x0 + i) << 7);
      if (nx === 1 && ny === 1) luma = o;
      for (let k = 0; k < 64; k++) {
        const m = magnitudeOf(o, k);
        store<i32>(REFERENCE + (k << 2), load<i32>(REFERENCE + (k << 2)) + m);
        count += i32(m !== 0);
      }
    }
  }
  referenceCount = min(count / (nx * ny), 49);
}

/** Adds a coefficient to the borders. */
export function accumulate(n: i32, value: i32): void {
  const u = n & 7;
  const v = n >> 3;
  const level = clamp(value * stepAt(n), -LEVEL_LIMIT, LEVEL_LIMIT);
  const tv = level * (v === 0 ? DC_BASIS : AC_BASIS);
  const tu = level * (u === 0 ? DC_BASIS : AC_BASIS);
  store<i32>(TOP + (u << 2), load<i32>(TOP + (u << 2)) + tv);
  store<i32>(BOTTOM + (u << 2), load<i32>(BOTTOM + (u << 2)) + (v & 1 ? -tv : tv));
  store<i32>(LEFT + (v << 2), load<i32>(LEFT + (v << 2)) + tu);
  store<i32>(RIGHT + (v << 2), load<i32>(RIGHT + (v << 2)) + (u & 1 ? -tu : tu));
}

/** Keeps the block's borders for those after it. */
export function endBlock(): void {
  memory.copy(bottoms + (bx << 5), BOTTOM, 32);
  memory.copy(RIGHTS, RIGHT, 32);
}
