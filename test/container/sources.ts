/** Byte sources for tests. */

import type { ByteSource } from '../../src/container/source.js';

/** A source that counts what is read of it; what lies beyond `start` reads as zeros and takes no memory. */
export function sparseSource(
  start: Uint8Array,
  byteLength: number,
): ByteSource & { reads: number; bytes: number } {
  return {
    byteLength,
    reads: 0,
    bytes: 0,
    async read(offset, length) {
      this.reads++;
      this.bytes += length;
      const bytes = new Uint8Array(length);
      bytes.set(start.subarray(offset, offset + length));
      return bytes;
    },
  };
}
