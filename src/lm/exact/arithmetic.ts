/** The functions of spec/exact-dct.md, 5.1. */

import { LOG } from './layout.js';

/** a / b to the nearest integer, halves up; b > 0. */
export function rounded(a: number, b: number): number {
  return Math.floor((2 * a + b) / (2 * b));
}

/** sign(n) L(|n|). */
export function signedLog(n: number): number {
  return n < 0 ? -LOG[Math.min(-n, 65535)] : LOG[Math.min(n, 65535)];
}

/** 4 clamp(x, -24, 24). */
export function small(x: number): number {
  return x > 24 ? 96 : x < -24 ? -96 : 4 * x;
}

/** clamp(x, -127, 127). */
export function linear(x: number): number {
  return Math.max(-127, Math.min(x, 127));
}

/** clamp(x, -65535, 65535). */
export function clamp16(x: number): number {
  return Math.max(-65535, Math.min(x, 65535));
}
