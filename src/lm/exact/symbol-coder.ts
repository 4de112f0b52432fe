/**
 * Codes the symbols of a chunk (spec/exact-decisions.md) as a WebAssembly module, which `npm run build:assembly` makes of
 * assembly/symbols.ts: three times as fast as the same in JavaScript, and the same everywhere.
 */

import { LlmcError } from '../../container/errors.js';
import { WEIGHTS } from '../../entropy/frequencies.js';
import { instantiate } from '../instantiate.js';
import { LOG_FRACTIONS } from '../logistic.js';
import type { BatchRows, NetBatch } from './batch.js';
import { LAST_SYMBOLS, SYMBOLS as VALUE_SYMBOLS } from './layout.js';
import { SYMBOLS } from './wasm-symbols.js';

/** Channels of a frame that learn apart: its components modulo this. */
export const CHANNELS = 3;

/** A symbol takes fewer bytes of the payload. */
const SYMBOL_BYTES = 40;
/** Coefficients of a group at most. */
const GROUP_SIZE = 8;
/** Where the features of the context net have the last positions of W, N, NW and NE. */
const LASTS_AT = 441;
const PAGE = 65536;

/** What assembly/symbols.ts exports. */
interface Assembly {
  readonly memory: WebAssembly.Memory;
  heap(): number;
  weightTable(): number;
  logTable(): number;
  groupValues(): number;
  reset(observed: boolean): void;
  startEncoding(address: number): void;
  finishEncoding(): number;
  startDecoding(address: number, length: number, open: boolean): number;
  setLength(length: number): void;
  finishDecoding(): number;
  overrun(): number;
  position(): number;
  codeLast(
    logits: number,
    channel: number,
    left: number,
    above: number,
    aboveLeft: number,
    aboveRight: number,
    last: number,
  ): number;
  codeValues(
    logits: number,
    features: number,
    indices: number,
    count: number,
    channel: number,
    surprise: number,
  ): number;
}

/** Told of what is coded, for measurements and examples. */
export interface CodingObserver {
  /**
   * A decision that the nets gave the logistic value `expected`; `sum`, a logistic value in 1/2^22, is what its probability
   * is rounded from.
   */
  decision(bit: number, expected: number, sum: number): void;
  /** An integer of `bits` bits that nothing is known of. */
  raw(value: number, bits: number): void;
}

/** Where a class's rows are in the module's memory: addresses of row 0, which may be before the first that is there. */
interface PlacedRows {
  last: number;
  logits: number;
  features: number;
  indices: number;
}

/** Gives more of a payload that is still being written: waits until it has a byte at a position, or has ended. */
type PayloadSource = (position: number) => Uint8Array;

/**
 * Codes chunks, one after another, in either direction: an encoder takes the symbols, a decoder ignores them; both return
 * them. Takes 6 MB.
 */
export class SymbolCoder {
  /** The values of a group, at most 8: an encoder's before `codeValues`, a decoder's after. */
  values = new Int32Array(GROUP_SIZE);
  private bytes = new Uint8Array(0);
  private int16 = new Int16Array(0);
  private int32 = new Int32Array(0);
  private readonly payload: number;
  /** Bytes that there is room for at `payload`. */
  private capacity = 0;
  private decoding = false;
  private source: PayloadSource | undefined;
  /** Bytes of a growing payload that have been copied. */
  private received = 0;
  private readonly placed: readonly [PlacedRows, PlacedRows] = [newPlace(), newPlace()];

  private constructor(
    private readonly assembly: Assembly,
    private readonly observed: boolean,
  ) {
    this.payload = assembly.heap();
    this.view();
    this.int32.set(WEIGHTS, assembly.weightTable() >> 2);
    this.int32.set(LOG_FRACTIONS, assembly.logTable() >> 2);
  }

  static async create(observer?: CodingObserver): Promise<SymbolCoder> {
    let coder: SymbolCoder | undefined;
    const { exports } = await instantiate(SYMBOLS, {
      symbols: { more: (position: number) => coder?.receive(position) ?? 0 },
      decisions: {
        decision: (bit: number, expected: number, sum: number) => observer?.decision(bit, expected, sum),
        raw: (value: number, bits: number) => observer?.raw(value, bits),
      },
    });
    coder = new SymbolCoder(exports as unknown as Assembly, observer !== undefined);
    return coder;
  }

  /** Forgets everything and begins a payload. */
  startEncoding(): void {
    this.decoding = false;
    this.capacity = 0;
    this.assembly.reset(this.observed);
    this.assembly.startEncoding(this.payload);
  }

  /**
   * Forgets everything and begins to read a payload.
   *
   * @param source Of a payload that is still being written, of which there is nothing in `payload`.
   * @throws LlmcError `chunk-corrupt` if no encoder writes a payload that begins so.
   */
  startDecoding(payload: Uint8Array, source?: PayloadSource): void {
    this.decoding = true;
    this.source = source;
    this.received = 0;
    const first = source ? source(SYMBOL_BYTES) : payload;
    this.capacity = source ? Math.max(first.length, SYMBOL_BYTES) : first.length;
    this.reserve(this.payload + this.capacity);
    this.bytes.set(first, this.payload);
    this.received = first.length;
    this.assembly.reset(this.observed);
    if (this.assembly.startDecoding(this.payload, first.length, source !== undefined) === 0) {
      throw corrupt('the payload begins out of range');
    }
  }

  /** Takes the nets' answers for the symbols that are coded next. */
  load(batches: readonly NetBatch[], rows: readonly BatchRows[]): void {
    let symbols = 0;
    for (const { firstBlock, endBlock, firstCoefficient, endCoefficient } of rows) {
      symbols += endBlock - firstBlock + endCoefficient - firstCoefficient;
    }
    if (!this.decoding || this.source) {
      const room = this.assembly.position() + SYMBOL_BYTES * (symbols + 2);
      if (room > this.capacity) this.capacity = 2 * room;
    }
    let end = this.payload + this.capacity;
    const take = (elements: number, size: number): number => {
      const address = (end + 15) & ~15;
      end = address + elements * size;
      return address;
    };
    batches.forEach((batch, kind) => {
      const { firstBlock, endBlock, firstCoefficient, endCoefficient } = rows[kind];
      const blocks = endBlock - firstBlock;
      const coefficients = endCoefficient - firstCoefficient;
      const place = this.placed[kind];
      place.last = take(blocks * LAST_SYMBOLS, 2);
      place.logits = take(coefficients * VALUE_SYMBOLS, 2);
      place.features = take(coefficients * batch.coefficientInputs, 2);
      place.indices = take(coefficients, 4);
    });
    this.reserve(end);
    const { int16, int32 } = this;
    batches.forEach((batch, kind) => {
      const { firstBlock, endBlock, firstCoefficient, endCoefficient } = rows[kind];
      const { coefficientInputs: inputs } = batch;
      const place = this.placed[kind];
      int16.set(batch.last.subarray(firstBlock * LAST_SYMBOLS, endBlock * LAST_SYMBOLS), place.last >> 1);
      int16.set(
        batch.logits.subarray(firstCoefficient * VALUE_SYMBOLS, endCoefficient * VALUE_SYMBOLS),
        place.logits >> 1,
      );
      int16.set(
        batch.coefficient.subarray(firstCoefficient * inputs, endCoefficient * inputs),
        place.features >> 1,
      );
      int32.set(batch.index.subarray(firstCoefficient, endCoefficient), place.indices >> 2);
      place.last -= 2 * LAST_SYMBOLS * firstBlock;
      place.logits -= 2 * VALUE_SYMBOLS * firstCoefficient;
      place.features -= 2 * inputs * firstCoefficient;
      place.indices -= 4 * firstCoefficient;
    });
  }

  /**
   * Codes the position of a block's last non-zero AC coefficient, 0..63, in a row of the context net.
   *
   * @throws LlmcError `chunk-corrupt`.
   */
  codeLast(batch: NetBatch, row: number, channel: number, last: number): number {
    const { context } = batch;
    const at = row * batch.contextInputs + LASTS_AT;
    const result = this.assembly.codeLast(
      this.placed[batch.kind].last + 2 * LAST_SYMBOLS * row,
      channel,
      context[at],
      context[at + 1],
      context[at + 2],
      context[at + 3],
      last,
    );
    if (this.decoding) this.checkEnd();
    return result;
  }

  /**
   * Codes `values`, each in -65535..65535, in rows of the coefficient net from `row` on.
   *
   * @param surprise How much larger the block's magnitudes were than the nets expected, of late.
   * @returns The surprise after.
   * @throws LlmcError `chunk-corrupt`.
   */
  codeValues(batch: NetBatch, row: number, count: number, channel: number, surprise: number): number {
    const { logits, features, indices } = this.placed[batch.kind];
    const result = this.assembly.codeValues(
      logits + 2 * VALUE_SYMBOLS * row,
      features + 2 * batch.coefficientInputs * row,
      indices + 4 * row,
      count,
      channel,
      surprise,
    );
    if (this.decoding) this.checkEnd();
    return result;
  }

  /** Of an encoder: the bytes from `from` on that nothing coded later can change: all before the last one that is not 255. */
  settledBytes(from: number): Uint8Array {
    const { bytes, payload } = this;
    let end = this.assembly.position() - 1;
    while (end > from && bytes[payload + end] === 0xff) end--;
    return bytes.slice(payload + from, payload + Math.max(from, end));
  }

  /**
   * Ends the payload and returns it; of a decoder, checks that it has read the payload to its end.
   *
   * @throws LlmcError `chunk-corrupt`.
   */
  finish(): Uint8Array {
    const { assembly, payload } = this;
    if (!this.decoding) {
      const length = assembly.finishEncoding();
      this.view();
      return this.bytes.slice(payload, payload + length);
    }
    if (this.source) assembly.setLength(this.source(Number.POSITIVE_INFINITY).length);
    if (assembly.finishDecoding() === 0) {
      throw corrupt('the payload is longer than its tokens need, or damaged');
    }
    return new Uint8Array(0);
  }

  private checkEnd(): void {
    if (this.assembly.overrun() !== 0) throw corrupt('it ends too early');
  }

  /** Copies what there is of a growing payload, as far as there is room; returns its length. */
  private receive(position: number): number {
    const { source, received, payload } = this;
    if (!source) return received;
    const known = source(position);
    const length = Math.min(known.length, this.capacity);
    if (length > received) this.bytes.set(known.subarray(received, length), payload + received);
    this.received = Math.max(received, length);
    return length;
  }

  /** Makes memory reach up to an address. */
  private reserve(end: number): void {
    const { memory } = this.assembly;
    const missing = end - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
    if (memory.buffer !== this.bytes.buffer) this.view();
  }

  private view(): void {
    const { buffer } = this.assembly.memory;
    this.bytes = new Uint8Array(buffer);
    this.int16 = new Int16Array(buffer);
    this.int32 = new Int32Array(buffer);
    this.values = new Int32Array(buffer, this.assembly.groupValues(), GROUP_SIZE);
  }
}

function newPlace(): PlacedRows {
  return { last: 0, logits: 0, features: 0, indices: 0 };
}

function corrupt(reason: string): LlmcError {
  return new LlmcError('chunk-corrupt', `The chunk's payload does not decode: ${reason}.`);
}
