/** CRC-32 of bytes and of tokens in canonical form (spec/conventions.md, spec/codecs.md). */

import CRC32 from 'crc-32';

/** Whether this machine stores 16- and 32-bit array elements as files do. */
const LITTLE_ENDIAN = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Elements that are byte-swapped at a time on a big-endian machine. */
const SWAP_ELEMENTS = 1 << 15;

/**
 * CRC-32 (ISO-HDLC) as an unsigned number.
 *
 * @param previous CRC of the bytes before these, to go on from.
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  return CRC32.buf(bytes, previous) >>> 0;
}

/** A CRC-32 as files' descriptions show it: 8 hexadecimal digits. */
export function formatCrc(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

/** The parts of a `DctChunk` (src/lm/entropy-model.ts) that its canonical form consists of. */
export interface DctTokens {
  readonly bands: readonly { readonly planes: readonly { readonly coefficients: Int16Array }[] }[];
}

/** The `tokens_crc` of a chunk of DCT latents (spec/codecs.md, "1 `jpeg` and 2 `dct`"). */
export function dctTokensCrc(chunk: DctTokens): number {
  let crc = 0;
  for (const band of chunk.bands) {
    for (const plane of band.planes) crc = littleEndianCrc(plane.coefficients, crc);
  }
  return crc;
}

/** The `tokens_crc` of a chunk of codec type `raw` is that of its bytes. */
export function rawTokensCrc(bytes: Uint8Array): number {
  return crc32(bytes);
}

/**
 * The `tokens_crc` of indices or of text tokens: each is a `u32`.
 *
 * @param previous CRC of the tokens of the chunk before these.
 */
export function indexTokensCrc(tokens: Uint32Array, previous = 0): number {
  return littleEndianCrc(tokens, previous);
}

function littleEndianCrc(values: Int16Array | Uint32Array, previous: number): number {
  if (LITTLE_ENDIAN) {
    return crc32(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), previous);
  }
  let crc = previous;
  for (let start = 0; start < values.length; start += SWAP_ELEMENTS) {
    crc = crc32(littleEndianBytes(values.subarray(start, start + SWAP_ELEMENTS)), crc);
  }
  return crc;
}

/** The bytes of an array's elements, least significant first, on a machine of either byte order. */
export function littleEndianBytes(values: Int16Array | Uint32Array): Uint8Array {
  const bytes = new Uint8Array(values.byteLength);
  const view = new DataView(bytes.buffer);
  if (values instanceof Int16Array) {
    for (let i = 0; i < values.length; i++) view.setInt16(2 * i, values[i], true);
  } else {
    for (let i = 0; i < values.length; i++) view.setUint32(4 * i, values[i], true);
  }
  return bytes;
}
