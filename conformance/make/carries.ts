/** Payloads in which the range coder carried: found by what it writes, whatever the encoder looks like from within. */

import { type BuildItem, type CodingModel, chunkOf } from './build.js';

/** Bytes at the end of a payload that depend on where it ends; those of them that are 0 and last are dropped. */
const FINAL_BYTES = 4;

/**
 * Whether the encoder of an item's only chunk carries through a byte 0xFF.
 *
 * While a carry may come, the payload of what is coded so far is what it would make: an encoder that ends there carries, and
 * drops the four bytes of 0 that follow. A payload of a beginning that ends in 0 ended in 0xFF before that; the carry has come
 * where the payload of all tokens begins so too.
 *
 * @param step Tokens by which one beginning is longer than the one before.
 */
export async function hasCarry(
  item: BuildItem,
  { model }: CodingModel,
  tokens: number,
  step: number,
): Promise<boolean> {
  const payloadOf = async (steps: number) =>
    (await model.encode([chunkOf([item], 0, steps * step).chunk]))[0].slice();
  const whole = await payloadOf(tokens / step);
  for (let at = whole.indexOf(0, 1); at >= 0; at = whole.indexOf(0, at + 1)) {
    if (whole[at - 1] === 0) continue;
    // The first beginning with that byte, and those whose last bytes may still be the four.
    let first = 1;
    for (let last = tokens / step; first < last; ) {
      const middle = (first + last) >> 1;
      if ((await payloadOf(middle)).length > at) last = middle;
      else first = middle + 1;
    }
    for (let steps = first; steps < tokens / step; steps++) {
      const beginning = await payloadOf(steps);
      if (beginning.length > at + 1 + FINAL_BYTES) break;
      if (beginning.length === at + 1 && beginning.every((byte, i) => byte === whole[i])) return true;
    }
  }
  return false;
}
