/** Codes indices as decisions about their bits, which follow the chunk at hand (spec/exact-index.md, 5). */

import { weigh } from '../../entropy/frequencies.js';
import { bitsOfIndex } from '../../entropy/packed-bits.js';
import { DecisionCoder, logisticOf } from './decision-coder.js';
import type { IndexNets } from './nets.js';

/** Contexts of a decision, and the hashes that they come from. */
const CONTEXTS = 4;
/** Binary logarithm of a context's slots. */
const TABLE_BITS_MIN = 10;
const TABLE_BITS_MAX = 20;
/** Bits of an index at most. */
const INDEX_BITS = 14;
/** Levels that a logistic value is quantised to. */
const CERTAINTIES = 16;
/** Most symbols whose weights of 24 bits sum to less than 2^31; those of more are shortened. */
const WHOLE_WEIGHTS = 127;
const SHORTENED_BITS = 8;

/** Codes in either direction: an encoder takes the indices, a decoder ignores them; both return them. */
export class IndexSymbolCoder {
  /** Hashes of the contexts of the next index: the first four are used. */
  readonly hashes = new Int32Array(8);
  private readonly decisions: DecisionCoder;
  private readonly tableBits: number;
  private readonly weights: Int32Array;
  /** Sum of the weights before each symbol. */
  private readonly before: Int32Array;
  private readonly layers: number;

  /**
   * @param bits Bits of all indices of the chunk.
   * @param payload What to decode; none to encode.
   * @throws LlmcError `chunk-corrupt`.
   */
  constructor({ codebooks }: IndexNets, bits: number, payload?: Uint8Array) {
    let tableBits = TABLE_BITS_MIN;
    while (tableBits < TABLE_BITS_MAX && 2 ** tableBits < bits) tableBits++;
    this.tableBits = tableBits;
    this.layers = codebooks.length;
    const sets = this.layers * INDEX_BITS + INDEX_BITS * CERTAINTIES + this.layers;
    this.decisions = new DecisionCoder({ slots: CONTEXTS << tableBits, sets }, payload);
    const largest = Math.max(...codebooks);
    this.weights = new Int32Array(largest);
    this.before = new Int32Array(largest + 1);
  }

  /** Codes an index of a layer, below `size`, with the logits from `offset` on. */
  code(logits: Int16Array, offset: number, size: number, layer: number, index: number): number {
    const { before } = this;
    this.load(logits, offset, size);
    let value = 0;
    let node = 1;
    for (let b = bitsOfIndex(size) - 1; b >= 0; b--) {
      const middle = value + (1 << b);
      let bit = 0;
      if (middle < size) {
        const end = Math.min(middle + (1 << b), size);
        const expected = logisticOf(before[end] - before[middle], before[middle] - before[value]);
        this.choose(layer, b, node, expected);
        bit = this.decisions.code((index >> b) & 1, expected);
        if (bit !== 0) value = middle;
      }
      node = 2 * node + bit;
    }
    return value;
  }

  /** Ends the payload and returns it; of a decoder, checks that it has read the payload to its end. */
  finish(): Uint8Array {
    return this.decisions.finish();
  }

  private load(logits: Int16Array, offset: number, size: number): void {
    const { weights, before } = this;
    weigh(weights, logits, offset, size);
    const shift = size > WHOLE_WEIGHTS ? SHORTENED_BITS : 0;
    let sum = 0;
    for (let s = 0; s < size; s++) {
      before[s] = sum;
      sum += weights[s] >> shift;
    }
    before[size] = sum;
  }

  /** Names the slots and weight sets of a decision. */
  private choose(layer: number, b: number, node: number, expected: number): void {
    const { hashes, tableBits } = this;
    const { slots, sets } = this.decisions;
    const salt = Math.imul(node, 0x85ebca6b);
    for (let j = 0; j < CONTEXTS; j++) {
      slots[j] = (j << tableBits) + (Math.imul(hashes[j] ^ salt, 0xc2b2ae35) >>> (32 - tableBits));
    }
    const byCertainty = this.layers * INDEX_BITS;
    sets[0] = layer * INDEX_BITS + b;
    sets[1] = byCertainty + b * CERTAINTIES + ((expected + 2048) >> 8);
    sets[2] = byCertainty + INDEX_BITS * CERTAINTIES + layer;
  }
}
