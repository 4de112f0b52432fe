/** What the encoders of one file's scans share: the bit buffer, and where coefficients are not zero. */

import { NATURAL_FROM_ZIGZAG } from '../../container/quantization.js';
import { BitBuffer } from './bit-buffer.js';

/** What the encoders of a frame's scans share: the bit buffer, and which coefficients of a block are not zero. */
export class EncodingContext {
  readonly bits = new BitBuffer();
  readonly #masks = new Map<Int16Array, Int32Array>();

  /**
   * Two words a block of a plane: bit 31 - (k mod 32) of word k / 32 tells that the coefficient at zigzag position k is not
   * zero. Made once a plane; the coefficients must not change after.
   */
  masksOf(plane: Int16Array): Int32Array {
    let masks = this.#masks.get(plane);
    if (masks === undefined) {
      masks = nonzeroMasks(plane);
      this.#masks.set(plane, masks);
    }
    return masks;
  }
}

/** The bits of the two words that stand for each natural index. */
const LOW_BITS = new Int32Array(64);
const HIGH_BITS = new Int32Array(64);
NATURAL_FROM_ZIGZAG.forEach((natural, k) => {
  (k < 32 ? LOW_BITS : HIGH_BITS)[natural] = 0x80000000 >>> k;
});

function nonzeroMasks(plane: Int16Array): Int32Array {
  // Rows of zeros, which most are, are told by their four pairs of coefficients.
  const aligned = plane.byteOffset % 4 === 0 ? plane : plane.slice();
  const pairs = new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length >> 1);
  const masks = new Int32Array(plane.length >> 5);
  for (let base = 0; base < plane.length; base += 64) {
    let low = 0;
    let high = 0;
    for (let row = 0; row < 64; row += 8) {
      const pair = (base + row) >> 1;
      if ((pairs[pair] | pairs[pair + 1] | pairs[pair + 2] | pairs[pair + 3]) === 0) continue;
      for (let i = row; i < row + 8; i++) {
        const value = plane[base + i];
        // All ones if it is not zero: which of the coefficients are is too random for branches.
        const nonzero = (value | -value) >> 31;
        low |= nonzero & LOW_BITS[i];
        high |= nonzero & HIGH_BITS[i];
      }
    }
    masks[base >> 5] = low;
    masks[(base >> 5) + 1] = high;
  }
  return masks;
}
