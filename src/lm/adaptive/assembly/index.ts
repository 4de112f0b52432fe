/**
 * The adaptive model of DCT coefficients (spec/adaptive-dct.md), compiled to WebAssembly. The caller lays out the
 * planes of a band from `heap()` on, describes and codes them, and finds the payload behind.
 */

import { overrun } from '../../assembly/range-coder';
import { fillClasses } from './arithmetic';
import { endBlock, startBlock, startPlane } from './block';
import { codeCount } from './count';
import { codeDc } from './dc';
import { codeEdge } from './edge';
import { codeInner, fillPositions } from './inner';
import { resetMixer } from './mixer';

export { finishDecoding, finishEncoding, startDecoding, startEncoding } from '../../assembly/range-coder';
export { describePlane } from './block';

/** First address that is the caller's. */
export function heap(): usize {
  return (__heap_base + 15) & ~15;
}

/** Forgets all that was learnt. */
export function reset(): void {
  fillClasses();
  fillPositions();
  resetMixer();
}

/** Codes a plane of the band that is described; false if the payload is not what an encoder writes. */
export function codePlane(
  index: i32,
  blocksWide: i32,
  blocksHigh: i32,
  quantization: usize,
  scratch: usize,
): bool {
  startPlane(index, blocksHigh, quantization, scratch);
  for (let y = 0; y < blocksHigh; y++) {
    for (let x = 0; x < blocksWide; x++) {
      startBlock(index, x, y);
      const count = codeCount();
      if (count > 49) return false;
      codeInner(count);
      codeEdge(0, count);
      codeEdge(1, count);
      codeDc(count);
      endBlock();
      if (overrun()) return false;
    }
  }
  return true;
}
