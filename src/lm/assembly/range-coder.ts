/** The range coder (spec/range-coder.md) on a payload in linear memory; src/entropy/range-coder.ts is its twin. */

const INITIAL_RANGE: u32 = 0x7fffffff;
const MINIMUM_RANGE: u32 = 0x800000;
/** Bytes that end a payload; those of them that are zero and last are left out. */
const FINAL_BYTES = 4;

/** Whether decisions are read from the payload rather than written to it. */
export let decoding: bool = false;

/** Where the payload begins. */
let payload: usize = 0;
/** The next byte to write or read. */
let cursor: usize = 0;
/** End of the payload when decoding, of the memory when encoding. */
let end: usize = 0;
let range: u32 = INITIAL_RANGE;
/** Encoder: the lower end of the interval. */
let low: u32 = 0;
/** Decoder: what the payload's number lies above the lower end of the interval. */
let value: u32 = 0;
/** Decoder: the four bytes last read. */
let window: u32 = 0;

/** Begins a payload at an address; memory grows behind it as needed. */
export function startEncoding(address: usize): void {
  decoding = false;
  payload = cursor = address;
  end = (<usize>memory.size()) << 16;
  range = INITIAL_RANGE;
  low = 0;
}

/** Ends the payload; its length. */
export function finishEncoding(): usize {
  const final = finalValue(low, range);
  if (final >> 32 !== 0) carry();
  low = <u32>final;
  for (let i = 0; i < FINAL_BYTES; i++) shiftByte();
  const last = cursor - FINAL_BYTES;
  while (cursor > last && load<u8>(cursor - 1) === 0) cursor--;
  return cursor - payload;
}

/** Begins to read a payload; false if no encoder writes one that begins so. */
export function startDecoding(address: usize, length: usize): bool {
  decoding = true;
  payload = cursor = address;
  end = address + length;
  range = INITIAL_RANGE;
  value = 0;
  window = 0;
  for (let i = 0; i < FINAL_BYTES; i++) value = (value << 8) | nextByte();
  return value < INITIAL_RANGE;
}

/** Decoder: whether the payload has so many bytes more. */
export function hasBytes(count: usize): bool {
  return cursor + count <= end;
}

/** Decoder: takes another length of the payload, of which more or all is known now. */
export function setLength(length: usize): void {
  end = payload + length;
}

/** Bytes of the payload that have been written or read. */
export function position(): usize {
  return cursor - payload;
}

/** Whether more was decoded than the payload holds. */
export function overrun(): bool {
  return cursor > end + FINAL_BYTES;
}

/** Whether the payload is, to the byte, what an encoder writes for the decisions decoded. */
export function finishDecoding(): bool {
  if (cursor < end || overrun() || (end > cursor - FINAL_BYTES && load<u8>(end - 1) === 0)) return false;
  return <u32>finalValue(window - value, range) === window;
}

/** Codes a decision whose probability of being 1 is `probability` / 2^16, in 1..65535. */
export function codeBit(bit: i32, probability: u32): i32 {
  const bound = <u32>((<u64>range * probability) >> 16);
  if (decoding) {
    bit = i32(value < bound);
    if (bit) range = bound;
    else {
      value -= bound;
      range -= bound;
    }
    while (range < MINIMUM_RANGE) {
      value = (value << 8) | nextByte();
      range <<= 8;
    }
  } else {
    if (bit) range = bound;
    else {
      range -= bound;
      advance(bound);
    }
    while (range < MINIMUM_RANGE) {
      shiftByte();
      range <<= 8;
    }
  }
  return bit;
}

/** Codes an integer of `count` bits, 1-16, all values being equally likely. */
export function codeRaw(bits: u32, count: i32): u32 {
  const shift = 16 - count;
  if (decoding) bits = <u32>(((((<u64>value) << 16) | 0xffff) / range) >> shift);
  const lower = <u32>((<u64>range * (bits << shift)) >> 16);
  range = <u32>((<u64>range * ((bits + 1) << shift)) >> 16) - lower;
  if (decoding) value -= lower;
  else advance(lower);
  while (range < MINIMUM_RANGE) {
    if (decoding) value = (value << 8) | nextByte();
    else shiftByte();
    range <<= 8;
  }
  return bits;
}

/** The multiple of the highest power of 256 that lies in [low, low + range); may exceed 2^32 by a carry. */
function finalValue(low: u32, range: u32): u64 {
  let shift: u64 = 32;
  let candidate = ceilTo(low, shift);
  while (candidate - low >= range) {
    shift -= 8;
    candidate = ceilTo(low, shift);
  }
  return candidate;
}

/** The least multiple of 2^shift that is not below `low`. */
function ceilTo(low: u64, shift: u64): u64 {
  const mask = ((<u64>1) << shift) - 1;
  return (low + mask) & ~mask;
}

function advance(amount: u32): void {
  low += amount;
  if (low < amount) carry();
}

/** Adds one to the bytes already written. */
function carry(): void {
  let at = cursor - 1;
  while (load<u8>(at) === 0xff) store<u8>(at--, 0);
  store<u8>(at, load<u8>(at) + 1);
}

function shiftByte(): void {
  if (cursor === end) extend();
  store<u8>(cursor++, <u8>(low >> 24));
  low <<= 8;
}

/** Goes on to the end of the memory, which the caller may have moved, and moves it where the payload is there. */
function extend(): void {
  end = (<usize>memory.size()) << 16;
  if (cursor < end) return;
  if (memory.grow(16) < 0) unreachable();
  end += 16 << 16;
}

/** The next byte; past the end of the payload all are zero. */
function nextByte(): u32 {
  const byte: u32 = cursor < end ? load<u8>(cursor) : 0;
  cursor++;
  window = (window << 8) | byte;
  return byte;
}
