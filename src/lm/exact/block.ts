/**
 * A block while it is coded, and the integer features that the nets take of it (spec/exact-dct.md, "Features").
 * Everything is exact: quotients of integers below 2^53 are floored right by binary64 division.
 */

import { clamp16, linear, rounded, signedLog, small } from './arithmetic.js';
import { BORDER, COSINES, FAR, GROUP_INPUTS, LOG, NEAR, POSITION, ZIGZAG } from './layout.js';
import { dequantised, type PlaneState } from './plane.js';
import { RELATION_INPUTS, Relation } from './relation.js';

const GAPS_AT = 126;
const DEVIATIONS_AT = 142;

/**
 * The block that a lane is at. `start`, then `writeContext`; then `begin` with the position of the last
 * coefficient; then for each group `writeGroup`, `writeCoefficient`, and `set` for each of its coefficients.
 */
export class BlockState {
  row = 0;
  column = 0;
  /** Address of the block in its plane. */
  at = 0;
  /** Position of the last non-zero AC coefficient. */
  last = 0;
  /** Predicted DC coefficient; valid once `predictDc` has run. */
  prediction = 0;
  /** Which of the near and far neighbours exist. */
  private readonly inside = new Uint8Array(NEAR.length + FAR.length);
  private readonly nearAt = new Int32Array(NEAR.length);
  private readonly farAt = new Int32Array(FAR.length);
  /** What the unknown coefficients must add at the upper and at the left edge, in 1/256. */
  private readonly top = new Int32Array(8);
  private readonly left = new Int32Array(8);
  /** The same as the features of the current group see them. */
  private readonly topGap = new Int32Array(8);
  private readonly leftGap = new Int32Array(8);
  private readonly weighted = new Int32Array(64);
  private readonly ring = new Int32Array(64);
  private readonly lines = new Int32Array(80);
  private readonly magnitudes = new Int32Array(80);
  private readonly deviations = new Int32Array(16);
  private readonly estimates = new Int32Array(16);
  private readonly sorted = new Int32Array(16);
  private readonly input = new Int16Array(GROUP_INPUTS);
  /** To the components that chroma sees. */
  private toLuma: Relation | undefined;
  private toFirst: Relation | undefined;

  constructor(private plane: PlaneState) {
    this.attach(plane);
  }

  /** Moves to a lane of another plane. */
  attach(plane: PlaneState): void {
    const { luma, first, steps } = plane;
    this.plane = plane;
    this.toLuma =
      luma && new Relation(plane, { values: luma.values, stride: luma.stride * 64, scale: undefined });
    this.toFirst =
      luma &&
      new Relation(plane, first && { values: first.coefficients, stride: first.stride * 64, scale: steps });
  }

  /** Goes to a block whose causal neighbours are known. */
  start(row: number, column: number): void {
    const { plane, inside, nearAt, farAt, top, left } = this;
    this.row = row;
    this.column = column;
    this.at = plane.at(row, column);
    for (let i = 0; i < NEAR.length; i++) {
      inside[i] = plane.isInside(row + NEAR[i][0], column + NEAR[i][1]) ? 1 : 0;
      nearAt[i] = (this.at + NEAR[i][0] * plane.stride + NEAR[i][1]) * 64;
    }
    for (let i = 0; i < FAR.length; i++) {
      inside[NEAR.length + i] = plane.isInside(row + FAR[i][0], column + FAR[i][1]) ? 1 : 0;
      farAt[i] = this.at + FAR[i][0] * plane.stride + FAR[i][1];
    }
    this.findEdges(top, left);
    this.sumMagnitudes();
    this.input.fill(0);
    const { luma } = plane;
    if (!luma) return;
    luma.prepare(row, column);
    this.toLuma?.start(luma.at(row, column) * 64, nearAt, inside);
    this.toFirst?.start(this.at * 64, nearAt, inside);
  }

  /** The edges that the left and upper neighbours expect, as spectra in 1/256. */
  private findEdges(top: Int32Array, left: Int32Array): void {
    const { values } = this.plane;
    const leftAt = this.nearAt[0];
    const aboveAt = this.nearAt[1];
    top.fill(0);
    left.fill(0);
    for (let v = 0; v < 8; v++) {
      const signedV = v & 1 ? -BORDER[v] : BORDER[v];
      let sum = 0;
      for (let u = 0; u < 8; u++) {
        const i = v * 8 + u;
        top[u] += values[aboveAt + i] * signedV;
        sum += values[leftAt + i] * (u & 1 ? -BORDER[u] : BORDER[u]);
      }
      left[v] = sum;
    }
  }

  /** Weighted sums of the near neighbours' magnitudes, and their sums over the adjacent frequencies. */
  private sumMagnitudes(): void {
    const { nearAt, weighted, ring, lines, magnitudes } = this;
    const { coefficients } = this.plane;
    const n0 = nearAt[0];
    const n1 = nearAt[1];
    const n2 = nearAt[2];
    const n3 = nearAt[3];
    const n4 = nearAt[4];
    const n5 = nearAt[5];
    // Rows of ten, with a margin of zeros at either side.
    for (let i = 0; i < 64; i++) {
      const m0 = Math.abs(coefficients[n0 + i]);
      const m1 = Math.abs(coefficients[n1 + i]);
      const m2 = Math.abs(coefficients[n2 + i]);
      const m3 = Math.abs(coefficients[n3 + i]);
      const m4 = Math.abs(coefficients[n4 + i]);
      const m5 = Math.abs(coefficients[n5 + i]);
      weighted[i] = 4 * (m0 + m1) + 2 * (m2 + m3) + m4 + m5;
      magnitudes[(i >> 3) * 10 + (i & 7) + 1] = m0 + m1;
    }
    magnitudes[1] = 0;
    for (let v = 0; v < 8; v++) {
      for (let u = 1; u <= 8; u++) {
        const j = v * 10 + u;
        lines[j] = magnitudes[j - 1] + magnitudes[j] + magnitudes[j + 1];
      }
    }
    for (let i = 1; i < 64; i++) {
      const v = i >> 3;
      const j = v * 10 + (i & 7) + 1;
      let sum = lines[j] - magnitudes[j];
      if (v > 0) sum += lines[j - 10];
      if (v < 7) sum += lines[j + 10];
      ring[i] = sum;
    }
  }

  /** Writes the inputs of the context net at `out[o]`. */
  writeContext(out: Int16Array, o: number): void {
    const { plane, nearAt, farAt, inside, top, left } = this;
    const { coefficients, values, logs, steps } = plane;
    const { length } = NEAR;
    for (let n = 0; n < length; n++) {
      const from = nearAt[n];
      for (let i = 1; i < 64; i++) out[o++] = logs[from + i];
    }
    for (let n = 0; n < 4; n++) {
      const from = nearAt[n];
      for (let k = 1; k < 15; k++) out[o++] = small(coefficients[from + ZIGZAG[k]]);
    }
    const count = inside[0] + inside[1];
    const sum = values[nearAt[0]] + values[nearAt[1]];
    const reference = count === 2 ? rounded(sum, 2) : sum;
    for (let n = 0; n < length; n++) {
      out[o++] = inside[n] === 1 ? signedLog((values[nearAt[n]] - reference) >> 1) : 0;
    }
    const eighth = reference >> 3;
    out[o++] = Math.max(-255, Math.min(eighth, 255));
    for (let n = 0; n < length; n++) out[o++] = plane.last[nearAt[n] >> 6];
    for (let n = 0; n < length; n++) out[o++] = plane.nonZero[nearAt[n] >> 6];
    out[o++] = 16 * inside[0];
    out[o++] = 16 * inside[1];
    out[o++] = 16 * inside[3];
    for (let i = 0; i < 64; i++) out[o++] = LOG[steps[i]];
    for (let n = 0; n < FAR.length; n++) {
      const from = 4 * farAt[n];
      for (let band = 0; band < 4; band++) out[o++] = plane.bandLogs[from + band];
    }
    for (let n = 0; n < FAR.length; n++) {
      out[o++] = inside[length + n] === 1 ? signedLog((values[farAt[n] * 64] - reference) >> 1) : 0;
    }
    for (let u = 1; u < 8; u++) out[o++] = signedLog(rounded(top[u], 32 * steps[u]));
    for (let v = 1; v < 8; v++) out[o++] = signedLog(rounded(left[v], 32 * steps[8 * v]));
    if (!this.toLuma || !this.toFirst) return;
    this.toLuma.writeContext(out, o, this.row, this.column);
    this.toFirst.writeContext(out, o + RELATION_INPUTS, this.row, this.column);
    out[o + 2 * RELATION_INPUTS] = plane.first ? 16 : 0;
  }

  /** Takes the position of the block's last non-zero AC coefficient. */
  begin(last: number): void {
    this.last = last;
  }

  /** Takes a coefficient that has been coded. */
  set(index: number, value: number): void {
    if (value === 0) return;
    const { plane, input, top, left } = this;
    plane.coefficients[this.at * 64 + index] = value;
    if (index === 0) return;
    input[index - 1] = LOG[value < 0 ? -value : value];
    input[62 + index] = small(value);
    const amplitude = dequantised(value, plane.steps[index]);
    top[index & 7] -= amplitude * BORDER[index >> 3];
    left[index >> 3] -= amplitude * BORDER[index & 7];
  }

  /** Writes the inputs of the group net for a group at `out[o]`; what belongs to earlier groups is set. */
  writeGroup(out: Int16Array, o: number, group: number): void {
    const { plane, input, top, left, topGap, leftGap, inside } = this;
    const { steps } = plane;
    const hasLeft = inside[0];
    const hasAbove = inside[1];
    if (group === 0) this.predictDc();
    for (let k = 1; k < 8; k++) {
      topGap[k] = hasAbove === 1 ? top[k] : 0;
      leftGap[k] = hasLeft === 1 ? left[k] : 0;
    }
    topGap[0] = 0;
    leftGap[0] = 0;
    if (hasLeft === 1 && hasAbove === 1) {
      if (group === 0) {
        const predicted = 181 * dequantised(this.prediction, steps[0]);
        topGap[0] = top[0] - predicted;
        leftGap[0] = left[0] - predicted;
      } else {
        topGap[0] = top[0] - left[0];
        leftGap[0] = left[0] - top[0];
      }
    }
    for (let k = 0; k < 8; k++) {
      input[GAPS_AT + k] = signedLog(rounded(topGap[k], 32 * steps[k]));
      input[GAPS_AT + 8 + k] = signedLog(rounded(leftGap[k], 32 * steps[8 * k]));
    }
    if (group === 0) {
      for (let k = 0; k < 16; k++) {
        const deviation = this.deviations[k];
        input[DEVIATIONS_AT + k] = linear(rounded(deviation, 4));
        input[DEVIATIONS_AT + 16 + k] = signedLog(deviation);
      }
    }
    out.set(input, o);
  }

  /** Predicts the DC coefficient by the middle half of the estimates that the edges give, in 1/16 step. */
  private predictDc(): void {
    const { top, left, inside, estimates, sorted, deviations } = this;
    const step = this.plane.steps[0];
    let count = 0;
    for (let side = 0; side < 2; side++) {
      if (inside[1 - side] === 0) continue;
      const gap = side === 0 ? top : left;
      for (let sample = 0; sample < 8; sample++) {
        let sum = 0;
        for (let k = 0; k < 8; k++) sum += gap[k] * COSINES[8 * k + sample];
        const estimate = Math.floor((sum + 1024 * step) / (2048 * step));
        estimates[8 * side + sample] = estimate;
        let place = count++;
        while (place > 0 && sorted[place - 1] > estimate) {
          sorted[place] = sorted[place - 1];
          place--;
        }
        sorted[place] = estimate;
      }
    }
    let sum = 0;
    for (let k = count >> 2; k < (3 * count) >> 2; k++) sum += sorted[k];
    const mean = count === 0 ? 0 : rounded(sum, count >> 1);
    const prediction = rounded(mean, 16);
    this.prediction = Math.max(-32768, Math.min(prediction, 32767));
    for (let k = 0; k < 16; k++) {
      deviations[k] = inside[1 - (k >> 3)] === 1 ? clamp16(estimates[k] - mean) : 0;
    }
  }

  /** Writes the inputs of the coefficient net for a coefficient of the group of the last `writeGroup`. */
  writeCoefficient(out: Int16Array, o: number, index: number): void {
    const { plane, nearAt, inside } = this;
    const { coefficients } = plane;
    const base = this.at * 64;
    const step = plane.steps[index];
    const v = index >> 3;
    const u = index & 7;
    const isDc = index === 0;
    const fromTop = rounded(8 * this.topGap[u], BORDER[v] * step);
    const fromLeft = rounded(8 * this.leftGap[v], BORDER[u] * step);
    out[o] = linear(fromTop);
    out[o + 1] = signedLog(fromTop);
    out[o + 2] = linear(fromLeft);
    out[o + 3] = signedLog(fromLeft);
    for (let n = 0; n < 6; n++) {
      let near = coefficients[nearAt[n] + index];
      if (isDc) near = inside[n] === 1 ? near - this.prediction : 0;
      out[o + 4 + n] = small(near);
      out[o + 10 + n] = LOG[near < 0 ? -near : near];
    }
    const weighted = this.weighted[index];
    out[o + 16] = isDc ? 0 : LOG[Math.min(weighted, 65535)];
    const ring = this.ring[index];
    out[o + 17] = LOG[Math.min(ring, 65535)];
    out[o + 18] = LOG[step];
    out[o + 19] = POSITION[index] === this.last ? 16 : 0;
    // Own coefficients beside this one: of lower frequency (never the DC), but of higher frequency for the DC.
    const right = isDc ? coefficients[base + 1] : u > 0 && index > 1 ? coefficients[base + index - 1] : 0;
    const below = isDc ? coefficients[base + 8] : v > 0 && index > 8 ? coefficients[base + index - 8] : 0;
    const right2 = isDc ? coefficients[base + 2] : u > 1 && index > 2 ? coefficients[base + index - 2] : 0;
    const below2 = isDc ? coefficients[base + 16] : v > 1 && index > 16 ? coefficients[base + index - 16] : 0;
    const across = isDc
      ? coefficients[base + 9]
      : u > 0 && v > 0 && index > 9
        ? coefficients[base + index - 9]
        : 0;
    out[o + 20] = LOG[right < 0 ? -right : right];
    out[o + 21] = LOG[below < 0 ? -below : below];
    out[o + 22] = LOG[right2 < 0 ? -right2 : right2];
    out[o + 23] = LOG[below2 < 0 ? -below2 : below2];
    out[o + 24] = LOG[across < 0 ? -across : across];
    out[o + 25] = small(right2);
    out[o + 26] = small(below2);
    const { luma, first } = plane;
    if (!luma || !this.toLuma || !this.toFirst) return;
    const co = isDc ? 0 : rounded(8 * luma.values[luma.at(this.row, this.column) * 64 + index], step);
    out[o + 27] = linear(co);
    out[o + 28] = signedLog(co);
    this.toLuma.writePrediction(out, o + 29, index, this.prediction);
    const own = first && !isDc ? first.coefficients[base + index] : 0;
    out[o + 31] = small(own);
    out[o + 32] = LOG[own < 0 ? -own : own];
    this.toFirst.writePrediction(out, o + 33, index, this.prediction);
  }
}
