/**
 * Rows of nets that one thread hands to another, and the answers: memory that both share. A request is numbered; the helper
 * answers with its number.
 */

import { NetBatch } from './batch.js';
import { GROUP_INPUTS, LAST_SYMBOLS, SYMBOLS } from './layout.js';

/** Most rows of a class at once: of the context net, the group net and the coefficient net. More stay where they are. */
export const ROOM = { blocks: 128, pairs: 512, coefficients: 1024 } as const;

/** Words before the rows: the number of the last request and of the last answer, then the rows of each class. */
const REQUEST = 0;
const ANSWER = 1;
const COUNTS = 2;
const HEADER_WORDS = 8;
/** Looks at the answer before the thread is put to sleep, which takes longer than most answers. */
const LOOKS = 20_000;

/** A view on memory that both threads share. */
export class SharedRows {
  /** The rows of each class: views on the memory, which must not grow. */
  readonly batches: readonly [NetBatch, NetBatch];
  private readonly header: Int32Array;

  private constructor(
    readonly memory: SharedArrayBuffer,
    /** Rows of `group_1` of each class. */
    readonly baseInputs: readonly [number, number],
  ) {
    this.header = new Int32Array(memory, 0, HEADER_WORDS);
    const place = new Place(memory, 4 * HEADER_WORDS);
    this.batches = [placeBatch(0, baseInputs[0], place), placeBatch(1, baseInputs[1], place)];
  }

  /** Memory without a request. */
  static create(baseInputs: readonly [number, number]): SharedRows {
    const place = new Place(undefined, 4 * HEADER_WORDS);
    placeBatch(0, baseInputs[0], place);
    placeBatch(1, baseInputs[1], place);
    return new SharedRows(new SharedArrayBuffer(place.end), baseInputs);
  }

  /** The rows that another thread asks for. */
  static over(memory: SharedArrayBuffer, baseInputs: readonly [number, number]): SharedRows {
    return new SharedRows(memory, baseInputs);
  }

  /** Hands over the rows that are in `batches`. */
  request(): void {
    this.batches.forEach(({ blocks, pairs, coefficients }, kind) => {
      this.header.set([blocks, pairs, coefficients], COUNTS + 3 * kind);
    });
    Atomics.add(this.header, REQUEST, 1);
    Atomics.notify(this.header, REQUEST);
  }

  /** Helper: blocks the thread until there is a request after that of number `answered`; returns its number. */
  awaitRequest(answered: number): number {
    const { header } = this;
    while (Atomics.load(header, REQUEST) === answered) Atomics.wait(header, REQUEST, answered);
    this.batches.forEach((batch, kind) => {
      [batch.blocks, batch.pairs, batch.coefficients] = header.subarray(COUNTS + 3 * kind);
    });
    return Atomics.load(header, REQUEST);
  }

  /** Helper: says that the answers to a request are there. */
  answer(request: number): void {
    Atomics.store(this.header, ANSWER, request);
    Atomics.notify(this.header, ANSWER);
  }

  /** Blocks the thread until the last request is answered; false if that takes longer than `timeout` milliseconds. */
  awaitAnswer(timeout: number): boolean {
    const { header } = this;
    const request = Atomics.load(header, REQUEST);
    for (let look = 0; look < LOOKS; look++) if (Atomics.load(header, ANSWER) === request) return true;
    const end = performance.now() + timeout;
    for (;;) {
      const answer = Atomics.load(header, ANSWER);
      if (answer === request) return true;
      const left = end - performance.now();
      if (left <= 0) return false;
      Atomics.wait(header, ANSWER, answer, left);
    }
  }
}

/** Places arrays in a memory one after another, or only finds out how much they take. */
class Place {
  constructor(
    private readonly memory: SharedArrayBuffer | undefined,
    public end: number,
  ) {}

  int16(length: number): Int16Array {
    const at = this.take(2 * length);
    return this.memory ? new Int16Array(this.memory, at, length) : new Int16Array(0);
  }

  int32(length: number): Int32Array {
    const at = this.take(4 * length);
    return this.memory ? new Int32Array(this.memory, at, length) : new Int32Array(0);
  }

  private take(bytes: number): number {
    const at = this.end;
    this.end = (at + bytes + 15) & ~15;
    return at;
  }
}

function placeBatch(kind: 0 | 1, baseInputs: number, place: Place): NetBatch {
  const batch = new NetBatch(kind, baseInputs);
  batch.context = place.int16(ROOM.blocks * batch.contextInputs);
  batch.last = place.int16(ROOM.blocks * LAST_SYMBOLS);
  batch.carry = place.int32(ROOM.blocks * baseInputs);
  batch.group = place.int16(ROOM.pairs * GROUP_INPUTS);
  batch.base = place.int32(ROOM.pairs * baseInputs);
  batch.groupIndex = place.int32(ROOM.pairs);
  batch.coefficient = place.int16(ROOM.coefficients * batch.coefficientInputs);
  batch.pair = place.int32(ROOM.coefficients);
  batch.index = place.int32(ROOM.coefficients);
  batch.logits = place.int16(ROOM.coefficients * SYMBOLS);
  return batch;
}
