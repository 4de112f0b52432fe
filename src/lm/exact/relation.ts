/** What a block of chroma takes of another component, luma or first chroma (spec/exact-dct.md, 6). */

import { clamp16, linear, rounded, signedLog, small } from './arithmetic.js';
import { AROUND, LOG, NEAR, ZIGZAG } from './layout.js';
import { dequantised, type PlaneState } from './plane.js';

/** Numbers that a relation has among the inputs of the context net. */
export const RELATION_INPUTS = 152;

/** Blocks of another component at the resolution of a plane. */
export interface Reference {
  /** Values, or coefficients if there is a `scale`. */
  readonly values: Int16Array;
  /** Values from one row of blocks to the next. */
  readonly stride: number;
  /** Steps that make values of coefficients. */
  readonly scale: Int32Array | undefined;
}

/** A block's relation to the block of a reference in its place. `start` goes to a block. */
export class Relation {
  private at = 0;
  private nearAt: Int32Array = new Int32Array(0);
  private inside: Uint8Array = new Uint8Array(0);
  /** The slope between plane and reference, over what is known of both, as a fraction. */
  private above = 0;
  private below = 1;
  private readonly direct = new Int32Array(4);

  /** @param reference Absent if the plane does not see the component. */
  constructor(
    private readonly plane: PlaneState,
    private readonly reference: Reference | undefined,
  ) {}

  /**
   * @param at Place of the block in the reference.
   * @param nearAt, inside The block's near neighbours: places in the plane, and which exist.
   */
  start(at: number, nearAt: Int32Array, inside: Uint8Array): void {
    this.at = at;
    this.nearAt = nearAt;
    this.inside = inside;
    this.above = 0;
    this.below = 8 * this.plane.steps[1] * this.plane.steps[1];
    if (this.reference) this.findSlope(this.reference);
  }

  private findSlope({ values: others, stride, scale }: Reference): void {
    const { at, nearAt, inside, direct } = this;
    const { values } = this.plane;
    let above = 0;
    let below = 0;
    for (let n = 0; n < 4; n++) {
      const own = nearAt[n];
      const other = at + NEAR[n][0] * stride + NEAR[n][1] * 64;
      for (let k = 1; k < 10; k++) {
        const i = ZIGZAG[k];
        const b = scale ? dequantised(others[other + i], scale[i]) : others[other + i];
        above += values[own + i] * b;
        below += b * b;
      }
      direct[n] = scale ? dequantised(others[other], scale[0]) : others[other];
    }
    for (let pair = 0; pair < 3; pair++) {
      const i = pair === 0 ? 1 : pair === 1 ? 0 : 3;
      const j = pair === 2 ? 1 : 2;
      if (inside[i] === 0 || inside[j] === 0) continue;
      const b = direct[i] - direct[j];
      above += (values[nearAt[i]] - values[nearAt[j]]) * b;
      below += b * b;
    }
    this.above = above;
    this.below += below;
  }

  /** Writes the part of the context net's inputs at `out[o]`, for the block in this row and column. */
  writeContext(out: Int16Array, o: number, row: number, column: number): void {
    const { plane, at } = this;
    if (this.reference === undefined) {
      out.fill(0, o, o + RELATION_INPUTS);
      return;
    }
    const { steps } = plane;
    const { values, stride, scale } = this.reference;
    for (let i = 1; i < 64; i++) {
      const x = values[at + i];
      const own = x === 0 ? 0 : rounded(scale ? dequantised(x, scale[i]) : x, steps[i]);
      out[o + i - 1] = LOG[own < 0 ? -own : own];
      out[o + 62 + i] = small(own);
    }
    o += 126;
    for (let n = 0; n < 2; n++) {
      const from = at + AROUND[n][0] * stride + AROUND[n][1] * 64;
      for (let k = 1; k < 10; k++) {
        const i = ZIGZAG[k];
        const x = values[from + i];
        out[o++] = x === 0 ? 0 : small(rounded(scale ? dequantised(x, scale[i]) : x, steps[i]));
      }
    }
    const own = scale ? dequantised(values[at], scale[0]) : values[at];
    for (let n = 0; n < AROUND.length; n++) {
      let feature = 0;
      if (plane.isInside(row + AROUND[n][0], column + AROUND[n][1])) {
        const x = values[at + AROUND[n][0] * stride + AROUND[n][1] * 64];
        feature = signedLog(((scale ? dequantised(x, scale[0]) : x) - own) >> 1);
      }
      out[o++] = feature;
    }
  }

  /** Writes two inputs of the coefficient net at `out[o]`: the coefficient predicted by the slope. */
  writePrediction(out: Int16Array, o: number, index: number, predictedDc: number): void {
    const predicted = index > 0 ? this.predictAc(index) : this.predictDc(predictedDc);
    out[o] = linear(predicted);
    out[o + 1] = signedLog(predicted);
  }

  /** In 1/8 step, like the one below. */
  private predictAc(index: number): number {
    if (this.above === 0 || this.reference === undefined) return 0;
    const { values, scale } = this.reference;
    const other = values[this.at + index];
    const x = scale ? dequantised(other, scale[index]) : other;
    return clamp16(rounded(8 * this.above * x, this.below * this.plane.steps[index]));
  }

  private predictDc(predictedDc: number): number {
    const { plane, nearAt, inside, at } = this;
    if (inside[0] === 0 || inside[1] === 0) return 0;
    const [step] = plane.steps;
    let moved = 0;
    if (this.above !== 0 && this.reference !== undefined) {
      const { values, stride, scale } = this.reference;
      const own = values[at];
      const left = values[at - 64];
      const above = values[at - stride];
      moved = scale
        ? 2 * dequantised(own, scale[0]) - dequantised(left, scale[0]) - dequantised(above, scale[0])
        : 2 * own - left - above;
    }
    return clamp16(
      rounded(4 * this.above * moved, this.below * step) +
        rounded(4 * residue(plane, nearAt, predictedDc), step),
    );
  }
}

/** Twice how far the mean of the left and the upper DC value is from the predicted one. */
function residue({ values, steps }: PlaneState, nearAt: Int32Array, predictedDc: number): number {
  return values[nearAt[0]] + values[nearAt[1]] - 2 * predictedDc * steps[0];
}
