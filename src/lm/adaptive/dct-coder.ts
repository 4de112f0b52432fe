/** Coefficients of DCT blocks as decisions in their contexts (spec/adaptive-dct.md). */

import { LlmcError } from '../../container/errors.js';
import type { DctBand, DctChunk, DctPlane } from '../entropy-model.js';
import { MixingCoder } from './mixing-coder.js';

/** Slots of one context of a coefficient's value: see `codeMagnitude`. */
const VALUE_SLOTS = 16;

/** Largest value of each class of magnitudes; see `classOf`. */
const CLASS_LIMITS = [
  0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 27, 36, 48, 64, 86, 115, 154, 205, 273, 364, 486, 648, 864, 1152, 1536,
  2048, 2731, 3641,
];
const CLASSES = new Uint8Array(4096);
for (let value = 0, index = 0; value < 4096; value++) {
  while (index < CLASS_LIMITS.length && value > CLASS_LIMITS[index]) index++;
  CLASSES[value] = index;
}
/** Class of a magnitude, about logarithmic, at most `limit`. */
function classOf(magnitude: number, limit: number): number {
  return Math.min(CLASSES[Math.min(magnitude, 4095)], limit);
}
function sign3(x: number): number {
  return x > 0 ? 1 : x < 0 ? 2 : 0;
}
function div(n: number, d: number): number {
  return (n / d) | 0;
}

/** Natural positions of the 49 coefficients that have both frequencies, in zigzag order. */
const INNER = new Uint8Array(49);
for (let diagonal = 2, n = 0; diagonal <= 14; diagonal++) {
  for (let i = 1; i < 8; i++) {
    const v = diagonal & 1 ? i : diagonal - i;
    const u = diagonal - v;
    if (u >= 1 && v >= 1 && u < 8 && v < 8) INNER[n++] = v * 8 + u;
  }
}

/** cos(pi u / 16), the basis at the pixel next to the border (with 1/sqrt 2 for u = 0), in 1/1024. */
const BORDER = Int32Array.of(724, 1004, 946, 851, 724, 569, 392, 200);

const COMPONENTS = 3;
const INNER_CONTEXTS = [12 * 10, 9 * 9, 12 * 8, 50, 12 * 12, 12 * 12, 32 * 4, 12 * 7];
const EDGE_CONTEXTS = [24 * 8, 24 * 12, 14 * 12, 12 * 12, 24 * 12, 12 * 12, 24 * 8, 20];
const SIGN_CONTEXTS = [27, 9, 9, 9, 25, 9, 9, 9];
const EDGE_SIGN_CONTEXTS = [48, 48, 48, 50, 50, 50, 54, 100];
const COUNT_CONTEXTS = [50, 196, 50, 50, 50, 50, 50, 50];
const EDGE_COUNT_CONTEXTS = [64, 512, 64, 50, 64, 512, 64, 50];
const DC_CONTEXTS = [16, 16, 256, 16, 16, 16, 16, 16];

let slotsUsed = 0;
function allocate(counts: number[], each: number): Int32Array {
  slotsUsed = (slotsUsed + 15) & ~15;
  return Int32Array.from(counts, (count) => {
    const at = slotsUsed;
    slotsUsed += count * each;
    return at;
  });
}
const INNER_BASE = allocate(INNER_CONTEXTS, COMPONENTS * 49 * VALUE_SLOTS);
const EDGE_BASE = allocate(EDGE_CONTEXTS, COMPONENTS * 14 * VALUE_SLOTS);
const DC_BASE = allocate(DC_CONTEXTS, COMPONENTS * VALUE_SLOTS);
const COUNT_BASE = allocate(COUNT_CONTEXTS, COMPONENTS * 64);
const EDGE_COUNT_BASE = allocate(EDGE_COUNT_CONTEXTS, COMPONENTS * 2 * 8);
const SIGN_BASE = allocate(SIGN_CONTEXTS, COMPONENTS * 49);
const EDGE_SIGN_BASE = allocate(EDGE_SIGN_CONTEXTS, COMPONENTS * 14);
const DC_SIGN_BASE = allocate([16, 9], COMPONENTS);
const RESIDUAL_BASE = allocate([1], COMPONENTS * 64 * 16 * 16)[0];
const SLOTS = slotsUsed;

const W = { ck: 0, edge: 147, dc: 147 + 42, node: 200, sign: 400, count: 700, end: 1200 };
const ZEROS = new Int16Array(64);

export class DctCoder {
  private readonly mixer = new MixingCoder(SLOTS, W.end, 4096);
  private component = 0;
  private q: Uint16Array = new Uint16Array(64);
  private c: Int16Array = ZEROS;
  private at = 0;
  private wide = 0;
  private bx = 0;
  private by = 0;
  private left: Int16Array = ZEROS;
  private leftAt = 0;
  private above: Int16Array = ZEROS;
  private aboveAt = 0;
  private corner: Int16Array = ZEROS;
  private cornerAt = 0;
  private right: Int16Array = ZEROS;
  private rightAt = 0;
  private hasRef = false;
  private hasSame = false;
  private refMagnitude = new Int32Array(64);
  private refCount = 0;
  private prev: Int16Array = ZEROS;
  private prevAt = 0;
  private luma: Int16Array = ZEROS;
  private lumaAt = 0;
  private counts = new Uint8Array(0);
  private rowCounts = new Uint8Array(0);
  private columnCounts = new Uint8Array(0);
  private dcErrors = new Int32Array(0);
  private bottoms = new Int32Array(0);
  private rights = new Int32Array(8);
  private readonly top = new Int32Array(8);
  private readonly bottom = new Int32Array(8);
  private readonly leftSum = new Int32Array(8);
  private readonly rightSum = new Int32Array(8);

  /** Codes a chunk into its payload. */
  encode(chunk: DctChunk): Uint8Array {
    this.mixer.startEncoding();
    this.chunk(chunk);
    return this.mixer.finishEncoding();
  }

  /** Decodes a payload into a chunk whose coefficients are all zero. */
  decode(payload: Uint8Array, chunk: DctChunk): void {
    for (const band of chunk.bands) for (const plane of band.planes) plane.coefficients.fill(0);
    this.mixer.startDecoding(payload);
    this.chunk(chunk);
    this.mixer.finishDecoding();
  }

  private chunk(chunk: DctChunk): void {
    for (const band of chunk.bands) for (let i = 0; i < band.planes.length; i++) this.plane(band, i);
  }

  private plane(band: DctBand, index: number): void {
    const plane = band.planes[index];
    const { blocksWide, blocksHigh } = plane;
    this.component = index % 3;
    this.q = plane.quantization;
    this.c = plane.coefficients;
    this.wide = blocksWide;
    const blocks = blocksWide * blocksHigh;
    this.counts = new Uint8Array(blocks);
    this.rowCounts = new Uint8Array(blocks);
    this.columnCounts = new Uint8Array(blocks);
    this.dcErrors = new Int32Array(blocksWide);
    this.bottoms = new Int32Array(blocksWide * 8);
    const reference = index > 0 ? band.planes[0] : undefined;
    const before = index > 1 ? band.planes[index - 1] : undefined;
    this.hasRef = reference !== undefined;
    this.hasSame = before !== undefined;
    for (let by = 0; by < blocksHigh; by++) {
      for (let bx = 0; bx < blocksWide; bx++) {
        this.bx = bx;
        this.by = by;
        this.locate();
        if (reference) this.refer(reference, plane);
        if (before) {
          this.prev = before.coefficients;
          this.prevAt = (div(by * before.v, plane.v) * before.blocksWide + div(bx * before.h, plane.h)) * 64;
        } else {
          this.prev = ZEROS;
          this.prevAt = 0;
        }
        this.block();
      }
    }
  }

  private locate(): void {
    const { bx, by, wide, c } = this;
    const at = (by * wide + bx) * 64;
    this.at = at;
    this.left = this.above = this.corner = this.right = c;
    const left = at - 64;
    const above = at - wide * 64;
    if (bx === 0) {
      if (by === 0) {
        this.left = this.above = this.corner = this.right = ZEROS;
        this.leftAt = this.aboveAt = this.cornerAt = this.rightAt = 0;
        return;
      }
      this.leftAt = this.aboveAt = this.cornerAt = above;
    } else if (by === 0) {
      this.leftAt = this.aboveAt = this.cornerAt = this.rightAt = left;
      return;
    } else {
      this.leftAt = left;
      this.aboveAt = above;
      this.cornerAt = above - 64;
    }
    this.rightAt = bx + 1 < wide ? above + 64 : above;
  }

  private refer(reference: DctPlane, plane: DctPlane): void {
    const { refMagnitude } = this;
    const x0 = div(this.bx * reference.h, plane.h);
    const y0 = div(this.by * reference.v, plane.v);
    const nx = Math.max(1, div(reference.h, plane.h));
    const ny = Math.max(1, div(reference.v, plane.v));
    const c = reference.coefficients;
    let count = 0;
    if (nx === 1 && ny === 1) {
      const o = (y0 * reference.blocksWide + x0) * 64;
      this.luma = c;
      this.lumaAt = o;
      for (let k = 0; k < 64; k++) {
        const m = Math.abs(c[o + k]);
        refMagnitude[k] = m;
        if (m !== 0) count++;
      }
    } else {
      this.luma = ZEROS;
      this.lumaAt = 0;
      refMagnitude.fill(0);
      for (let j = 0; j < ny; j++) {
        for (let i = 0; i < nx; i++) {
          const o = ((y0 + j) * reference.blocksWide + x0 + i) * 64;
          for (let k = 0; k < 64; k++) {
            const m = Math.abs(c[o + k]);
            refMagnitude[k] += m;
            if (m !== 0) count++;
          }
        }
      }
      count = div(count, nx * ny);
    }
    this.refCount = Math.min(count, 49);
  }

  private block(): void {
    this.top.fill(0);
    this.bottom.fill(0);
    this.leftSum.fill(0);
    this.rightSum.fill(0);
    const count = this.codeCount();
    this.codeInner(count);
    this.codeEdge(0, count);
    this.codeEdge(1, count);
    this.codeDc(count);
    const { bottoms, rights, bottom, rightSum } = this;
    for (let i = 0; i < 8; i++) {
      bottoms[this.bx * 8 + i] = bottom[i];
      rights[i] = rightSum[i];
    }
  }

  private codeCount(): number {
    const { mixer, component, c, at, bx, by, wide, counts } = this;
    const b = by * wide + bx;
    let count = 0;
    if (!mixer.decoding) for (let k = 0; k < 49; k++) if (c[at + INNER[k]] !== 0) count++;
    const cl = bx > 0 ? counts[b - 1] : by > 0 ? counts[b - wide] : 0;
    const ca = by > 0 ? counts[b - wide] : cl;
    const cd = bx > 0 && by > 0 ? counts[b - wide - 1] : ca;
    const cr = by > 0 && bx + 1 < wide ? counts[b - wide + 1] : ca;
    let sameCount = cr;
    if (this.hasSame) {
      sameCount = 0;
      for (let k = 0; k < 49; k++) if (this.prev[this.prevAt + INNER[k]] !== 0) sameCount++;
    }
    const x = mixer.contexts;
    const rc = this.hasRef ? this.refCount : (cr + ca + 1) >> 1;
    x[0] = COUNT_BASE[0] + (component * 50 + ((cl + ca + 1) >> 1)) * 64;
    x[1] = COUNT_BASE[1] + (component * 196 + classOf(cl, 13) * 14 + classOf(ca, 13)) * 64;
    x[2] = COUNT_BASE[2] + (component * 50 + cl) * 64;
    x[3] = COUNT_BASE[3] + (component * 50 + ca) * 64;
    x[4] = COUNT_BASE[4] + (component * 50 + div(2 * cl + 2 * ca + cd + cr + 3, 6)) * 64;
    x[5] = COUNT_BASE[5] + (component * 50 + rc) * 64;
    x[6] = COUNT_BASE[6] + (component * 50 + ((cl + ca + sameCount * 2 + 2) >> 2)) * 64;
    x[7] = COUNT_BASE[7] + (component * 50 + sameCount) * 64;
    let node = 1;
    for (let s = 5; s >= 0; s--) {
      node =
        node * 2 +
        mixer.code((count >> s) & 1, node, W.count + component, W.count + 4 + node, component * 64 + node);
    }
    count = node & 63;
    if (count > 49)
      throw new LlmcError('chunk-corrupt', 'The count of coefficients of a block is too large.');
    counts[b] = count;
    return count;
  }

  private codeInner(count: number): void {
    const {
      mixer,
      component,
      c,
      at,
      bx,
      by,
      wide,
      left,
      leftAt,
      above,
      aboveAt,
      corner,
      cornerAt,
      right,
      rightAt,
    } = this;
    const { q, prev, prevAt, refMagnitude, hasRef, hasSame, top, bottom, leftSum, rightSum } = this;
    const x = mixer.contexts;
    let remaining = count;
    for (let k = 0; k < 49 && remaining > 0; k++) {
      const n = INNER[k];
      const u = n & 7;
      const v = n >> 3;
      const l = Math.abs(left[leftAt + n]);
      const a = Math.abs(above[aboveAt + n]);
      const d = Math.abs(corner[cornerAt + n]);
      const r = Math.abs(right[rightAt + n]);
      const average = ((l + a) * 13 + d * 4 + r * 2) >> 3;
      const o1 = u > 1 ? Math.abs(c[at + n - 1]) : 0;
      const o2 = v > 1 ? Math.abs(c[at + n - 8]) : 0;
      const o3 = u > 1 && v > 1 ? Math.abs(c[at + n - 9]) : 0;
      const o4 = u > 2 ? Math.abs(c[at + n - 2]) : 0;
      const o5 = v > 2 ? Math.abs(c[at + n - 16]) : 0;
      const own = 2 * (o1 + o2) + o3 + o4 + o5;
      let cross =
        Math.abs(left[leftAt + n - 1]) +
        Math.abs(left[leftAt + n - 8]) +
        Math.abs(above[aboveAt + n - 1]) +
        Math.abs(above[aboveAt + n - 8]);
      if (u < 7) cross += Math.abs(left[leftAt + n + 1]) + Math.abs(above[aboveAt + n + 1]);
      if (v < 7) cross += Math.abs(left[leftAt + n + 8]) + Math.abs(above[aboveAt + n + 8]);
      const ck = component * 49 + k;
      const places = 49 - k;
      const density = Math.min(7, div(remaining * 8, places));
      let other: number;
      if (hasSame) other = classOf(refMagnitude[n], 11) * 12 + classOf(2 * Math.abs(prev[prevAt + n]), 11);
      else if (hasRef) other = classOf(refMagnitude[n], 11) * 12 + classOf(refMagnitude[n - 9] >> 1, 11);
      else {
        let far = 0;
        if (bx > 1) far += Math.abs(c[at - 128 + n]);
        if (by > 1) far += Math.abs(c[at - wide * 128 + n]);
        other = classOf(d + r, 11) * 12 + classOf(far, 11);
      }
      const expected = classOf((average * 2 + own * 2 + cross) >> 1, 31);
      x[0] = INNER_BASE[0] + (ck * 120 + classOf(average, 11) * 10 + classOf(remaining, 9)) * VALUE_SLOTS;
      x[1] = INNER_BASE[1] + (ck * 81 + classOf(l, 8) * 9 + classOf(a, 8)) * VALUE_SLOTS;
      x[2] = INNER_BASE[2] + (ck * 96 + classOf(own, 11) * 8 + density) * VALUE_SLOTS;
      x[3] = INNER_BASE[3] + (ck * 50 + remaining) * VALUE_SLOTS;
      x[4] = INNER_BASE[4] + (ck * 144 + classOf(cross, 11) * 12 + classOf(own, 11)) * VALUE_SLOTS;
      x[5] = INNER_BASE[5] + (ck * 144 + other) * VALUE_SLOTS;
      x[6] = INNER_BASE[6] + (component * 49 * 128 + (expected * 4 + (density >> 1)) * 49 + k) * VALUE_SLOTS;
      x[7] = INNER_BASE[7] + (ck * 84 + classOf(d + r + o3, 11) * 7 + classOf(o1 + o2, 6)) * VALUE_SLOTS;
      const magnitude = this.codeMagnitude(
        Math.abs(c[at + n]),
        ck,
        0,
        component,
        expected,
        remaining === places,
      );
      if (magnitude === 0) {
        c[at + n] = 0;
        continue;
      }
      remaining--;
      let negative = c[at + n] < 0 ? 1 : 0;
      if (!hasRef) negative = mixer.codeRaw(negative, 1);
      else {
        const sl = sign3(left[leftAt + n]);
        const sa = sign3(above[aboveAt + n]);
        const s1 = u > 1 ? sign3(c[at + n - 1]) : 0;
        const s2 = v > 1 ? sign3(c[at + n - 8]) : 0;
        const s3 = u > 2 ? sign3(c[at + n - 2]) : 0;
        const s4 = v > 2 ? sign3(c[at + n - 16]) : 0;
        const sp = hasSame ? sign3(prev[prevAt + n]) : 0;
        const sy = sign3(this.luma[this.lumaAt + n]);
        const p2 = Math.max(-2, Math.min(2, hasSame ? prev[prevAt + n] : 0)) + 2;
        const y2 = Math.max(-2, Math.min(2, this.luma[this.lumaAt + n])) + 2;
        x[0] = SIGN_BASE[0] + ck * 27 + sl * 9 + sa * 3 + sy;
        x[1] = SIGN_BASE[1] + ck * 9 + sl * 3 + sa;
        x[2] = SIGN_BASE[2] + ck * 9 + s1 * 3 + s2;
        x[3] = SIGN_BASE[3] + ck * 9 + sp * 3 + sl;
        x[4] = SIGN_BASE[4] + ck * 25 + p2 * 5 + y2;
        x[5] = SIGN_BASE[5] + ck * 9 + sp * 3 + sy;
        x[6] = SIGN_BASE[6] + ck * 9 + s1 * 3 + s4;
        x[7] = SIGN_BASE[7] + ck * 9 + s2 * 3 + s3;
        negative = mixer.code(negative, 0, W.sign + ck, W.sign + 147 + component, 300 + ck);
      }
      const value = negative ? -magnitude : magnitude;
      if (mixer.decoding) c[at + n] = value;
      const level = Math.max(-16383, Math.min(16383, Math.imul(value, q[n])));
      const tv = Math.imul(level, BORDER[v]);
      const tu = Math.imul(level, BORDER[u]);
      top[u] += tv;
      bottom[u] += v & 1 ? -tv : tv;
      leftSum[v] += tu;
      rightSum[v] += u & 1 ? -tu : tu;
    }
  }

  private accumulate(n: number, value: number): void {
    const u = n & 7;
    const v = n >> 3;
    const level = Math.max(-16383, Math.min(16383, Math.imul(value, this.q[n])));
    const tv = Math.imul(level, BORDER[v]);
    const tu = Math.imul(level, BORDER[u]);
    this.top[u] += tv;
    this.bottom[u] += v & 1 ? -tv : tv;
    this.leftSum[v] += tu;
    this.rightSum[v] += u & 1 ? -tu : tu;
  }

  private codeEdge(direction: number, count: number): void {
    const {
      mixer,
      component,
      c,
      at,
      bx,
      by,
      wide,
      left,
      leftAt,
      above,
      aboveAt,
      corner,
      cornerAt,
      right,
      rightAt,
    } = this;
    const { q, prev, prevAt, refMagnitude, hasRef, hasSame } = this;
    const step = direction === 0 ? 1 : 8;
    const across = direction === 0 ? 8 : 1;
    const have = direction === 0 ? by > 0 : bx > 0;
    const border = direction === 0 ? this.bottoms : this.rights;
    const borderAt = direction === 0 ? bx * 8 : 0;
    const sums = direction === 0 ? this.top : this.leftSum;
    const x = mixer.contexts;
    const b = by * wide + bx;
    const edgeCounts = direction === 0 ? this.rowCounts : this.columnCounts;
    let edge = 0;
    if (!mixer.decoding) for (let k = 1; k < 8; k++) if (c[at + k * step] !== 0) edge++;
    {
      const el = bx > 0 ? edgeCounts[b - 1] : by > 0 ? edgeCounts[b - wide] : 0;
      const ea = by > 0 ? edgeCounts[b - wide] : el;
      const o = direction === 1 ? this.rowCounts[b] : 7;
      let rc = 0;
      let sc = 0;
      if (hasRef) for (let k = 1; k < 8; k++) if (refMagnitude[k * step] !== 0) rc++;
      if (hasSame) for (let k = 1; k < 8; k++) if (prev[prevAt + k * step] !== 0) sc++;
      const cq = Math.min(7, div(count + 5, 7));
      const cd = component * 2 + direction;
      x[0] = EDGE_COUNT_BASE[0] + (cd * 64 + el * 8 + ea) * 8;
      x[1] = EDGE_COUNT_BASE[1] + (cd * 512 + (el * 8 + ea) * 8 + cq) * 8;
      x[2] = EDGE_COUNT_BASE[2] + (cd * 64 + o * 8 + cq) * 8;
      x[3] = EDGE_COUNT_BASE[3] + (cd * 50 + count) * 8;
      x[4] = EDGE_COUNT_BASE[4] + (cd * 64 + rc * 8 + sc) * 8;
      x[5] = EDGE_COUNT_BASE[5] + (cd * 512 + (o * 8 + el) * 8 + ea) * 8;
      x[6] = EDGE_COUNT_BASE[6] + (cd * 64 + ea * 8 + o) * 8;
      x[7] = EDGE_COUNT_BASE[7] + (cd * 50 + ((count + (el + ea) * 3) >> 1)) * 8;
      let node = 1;
      for (let s = 2; s >= 0; s--) {
        node =
          node * 2 +
          mixer.code(
            (edge >> s) & 1,
            node,
            W.count + 80 + cd * 8 + node,
            W.count + 160 + node,
            500 + cd * 8 + node,
          );
      }
      edge = node & 7;
      edgeCounts[b] = edge;
    }
    let remaining = edge;
    for (let k = 1; k < 8 && remaining > 0; k++) {
      const n = k * step;
      let predicted = 0;
      if (have) {
        const difference = Math.max(-0x7ffffff, Math.min(0x7ffffff, border[borderAt + k] - sums[k]));
        predicted = div(difference * 8, Math.imul(BORDER[0], q[n]));
        predicted = Math.max(-8000, Math.min(8000, predicted));
      }
      const ap = Math.abs(predicted);
      const qp = classOf(ap >> 1, 23);
      const l = Math.abs(left[leftAt + n]);
      const a = Math.abs(above[aboveAt + n]);
      const d = Math.abs(corner[cornerAt + n]);
      const r = Math.abs(right[rightAt + n]);
      const average = ((l + a) * 13 + d * 4 + r * 2) >> 3;
      const i1 = Math.abs(c[at + n + across]);
      const i2 = Math.abs(c[at + n + 2 * across]);
      const i0 = k > 1 ? Math.abs(c[at + n - step]) : 0;
      const i9 = k > 1 ? Math.abs(c[at + n + across - step]) : 0;
      const i8 = k < 7 ? Math.abs(c[at + n + across + step]) : 0;
      const own = 2 * (i1 + i0) + i2 + i9 + i8;
      const ck = component * 14 + direction * 7 + k - 1;
      let other: number;
      if (hasSame) other = classOf(refMagnitude[n], 11) * 12 + classOf(2 * Math.abs(prev[prevAt + n]), 11);
      else if (hasRef) other = classOf(refMagnitude[n], 11) * 12 + classOf(refMagnitude[n + across], 11);
      else {
        let far = 0;
        if (bx > 1) far += Math.abs(c[at - 128 + n]);
        if (by > 1) far += Math.abs(c[at - wide * 128 + n]);
        other = classOf(d + r, 11) * 12 + classOf(far, 11);
      }
      const expected = classOf((ap + average + own) >> 1, 31);
      x[0] = EDGE_BASE[0] + (ck * 192 + qp * 8 + remaining) * VALUE_SLOTS;
      x[1] = EDGE_BASE[1] + (ck * 288 + qp * 12 + classOf(average, 11)) * VALUE_SLOTS;
      x[2] = EDGE_BASE[2] + (ck * 168 + classOf(average, 13) * 12 + classOf(own, 11)) * VALUE_SLOTS;
      x[3] = EDGE_BASE[3] + (ck * 144 + classOf(l, 11) * 12 + classOf(a, 11)) * VALUE_SLOTS;
      x[4] = EDGE_BASE[4] + (ck * 288 + qp * 12 + classOf(own, 11)) * VALUE_SLOTS;
      x[5] = EDGE_BASE[5] + (ck * 144 + other) * VALUE_SLOTS;
      x[6] = EDGE_BASE[6] + (ck * 192 + Math.min(expected, 23) * 8 + remaining) * VALUE_SLOTS;
      x[7] = EDGE_BASE[7] + (ck * 20 + classOf(have ? ap >> 3 : average >> 2, 19)) * VALUE_SLOTS;
      const magnitude = this.codeMagnitude(
        Math.abs(c[at + n]),
        W.edge + ck,
        1,
        component,
        expected,
        remaining === 8 - k,
      );
      if (magnitude === 0) {
        c[at + n] = 0;
        continue;
      }
      remaining--;
      const ps = predicted < 0 ? 1 : 0;
      const qs = classOf(ap, 23);
      const sl = sign3(left[leftAt + n]);
      const sa = sign3(above[aboveAt + n]);
      const p2 = Math.max(-2, Math.min(2, hasSame ? prev[prevAt + n] : 0)) + 2;
      const y2 = Math.max(-2, Math.min(2, hasRef ? this.luma[this.lumaAt + n] : 0)) + 2;
      x[0] = EDGE_SIGN_BASE[0] + ck * 48 + qs * 2 + ps;
      x[1] =
        EDGE_SIGN_BASE[1] + component * 14 * 48 + (Math.min(classOf(magnitude, 13), 13) * 24 + qs) * 2 + ps;
      x[2] = EDGE_SIGN_BASE[2] + ck * 48 + classOf((ap * magnitude) >> 2, 23) * 2 + ps;
      x[3] = EDGE_SIGN_BASE[3] + (ck * 25 + p2 * 5 + y2) * 2;
      x[4] = EDGE_SIGN_BASE[4] + (ck * 25 + p2 * 5 + y2) * 2 + ps;
      x[5] = EDGE_SIGN_BASE[5] + (ck * 25 + sl * 3 + sa) * 2 + ps;
      x[6] = EDGE_SIGN_BASE[6] + (ck * 27 + sl * 9 + sa * 3 + sign3(corner[cornerAt + n])) * 2;
      x[7] =
        EDGE_SIGN_BASE[7] +
        (ck * 50 +
          (k > 1 ? sign3(c[at + n - step]) : 0) * 9 +
          (k > 2 ? sign3(c[at + n - 2 * step]) : 0) * 3 +
          sign3(c[at + n + across])) *
          2;
      const negative = mixer.code(
        c[at + n] < 0 ? 1 : 0,
        0,
        W.sign + 160 + ck,
        W.sign + 210 + qs,
        600 + qs * 2 + ps,
      );
      const value = negative ? -magnitude : magnitude;
      if (mixer.decoding) c[at + n] = value;
      this.accumulate(n, value);
    }
  }

  private codeDc(count: number): void {
    const { mixer, component, c, at, bx, by, q, dcErrors } = this;
    const x = mixer.contexts;
    const scale = Math.imul(BORDER[0], q[0]);
    const fromTop = by > 0 ? div(clamp27(this.bottoms[bx * 8] - this.top[0]) * 2, scale) : 0;
    const fromLeft = bx > 0 ? div(clamp27(this.rights[0] - this.leftSum[0]) * 2, scale) : 0;
    let predicted = by > 0 && bx > 0 ? (fromTop + fromLeft + 1) >> 2 : (fromTop + fromLeft) >> 1;
    predicted = Math.max(-32768, Math.min(32767, predicted));
    const spread = Math.abs(fromTop - fromLeft) >> 1;
    const eL = bx > 0 ? dcErrors[bx - 1] : 0;
    const eA = by > 0 ? dcErrors[bx] : 0;
    const errors = Math.abs(eL) + Math.abs(eA);
    let rough = 0;
    if (by > 0) for (let u = 1; u < 8; u++) rough += Math.abs(this.bottoms[bx * 8 + u] - this.top[u]) >> 9;
    if (bx > 0) for (let v = 1; v < 8; v++) rough += Math.abs(this.rights[v] - this.leftSum[v]) >> 9;
    rough = div(rough, q[0]);
    const cm = component;
    x[0] = DC_BASE[0] + (cm * 16 + classOf(spread, 15)) * VALUE_SLOTS;
    x[1] = DC_BASE[1] + (cm * 16 + classOf(errors, 15)) * VALUE_SLOTS;
    x[2] = DC_BASE[2] + (cm * 256 + classOf(spread, 15) * 16 + classOf(errors, 15)) * VALUE_SLOTS;
    x[3] = DC_BASE[3] + (cm * 16 + classOf(rough, 15)) * VALUE_SLOTS;
    x[4] = DC_BASE[4] + (cm * 16 + classOf(Math.abs(eL), 15)) * VALUE_SLOTS;
    x[5] = DC_BASE[5] + (cm * 16 + classOf(Math.abs(eA), 15)) * VALUE_SLOTS;
    x[6] = DC_BASE[6] + (cm * 16 + classOf(count, 15)) * VALUE_SLOTS;
    x[7] = DC_BASE[7] + (cm * 16 + classOf(rough + spread + errors, 15)) * VALUE_SLOTS;
    const difference = ((c[at] - predicted) << 16) >> 16;
    const magnitude = this.codeMagnitude(
      Math.abs(difference),
      W.dc + cm,
      2,
      cm,
      classOf(rough + spread + errors, 31),
      false,
    );
    let value = 0;
    if (magnitude !== 0) {
      const negative = mixer.codeDirect(
        difference < 0 ? 1 : 0,
        DC_SIGN_BASE[0] + cm * 16 + sign3(eL) * 3 + sign3(eA),
      );
      value = negative ? -magnitude : magnitude;
    }
    dcErrors[bx] = value;
    if (mixer.decoding) c[at] = predicted + value;
    this.accumulate(0, c[at]);
  }

  /**
   * Codes a magnitude, 0-32768: is it zero (unless known not to be); the exponent in unary; the bits below.
   */
  private codeMagnitude(
    magnitude: number,
    set: number,
    kind: number,
    component: number,
    expected: number,
    nonzero: boolean,
  ): number {
    const { mixer } = this;
    const nodes = W.node + (kind * 3 + component) * 16;
    const map = 1000 + (kind * 3 + component) * 16 * 16 + (expected >> 1);
    if (!nonzero && mixer.code(magnitude === 0 ? 0 : 1, 0, set, nodes, map) === 0) return 0;
    const target = 31 - Math.clz32(magnitude);
    let exponent = 0;
    while (exponent < 15) {
      const node = 1 + Math.min(exponent, 10);
      if (mixer.code(target > exponent ? 1 : 0, node, set, nodes + node, map + node * 16) === 0) break;
      exponent++;
    }
    if (exponent === 0) return 1;
    if (exponent === 15) return 32768;
    let value = 1;
    let rest = exponent;
    if (exponent === 1) {
      return 2 + mixer.code(magnitude & 1, 12, set, nodes + 12, map + 12 * 16);
    }
    const base = RESIDUAL_BASE + ((kind * 3 + component) * 16 + exponent) * 16 * 4;
    value = 2 + mixer.codeDirect((magnitude >> (exponent - 1)) & 1, base + (expected >> 1) * 4);
    rest--;
    if (rest > 0) {
      value =
        value * 2 + mixer.codeDirect((magnitude >> (rest - 1)) & 1, base + (expected >> 1) * 4 + value - 1);
      rest--;
    }
    if (rest > 0) value = (value << rest) | mixer.codeRaw(magnitude & ((1 << rest) - 1), rest);
    return value;
  }
}

function clamp27(x: number): number {
  return Math.max(-0x7ffffff, Math.min(0x7ffffff, x));
}
