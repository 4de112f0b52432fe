/** Where a file's bytes come from. The reader asks for ranges and never for the whole. */

import { LlmcError } from './errors.js';
import { reasonOf } from './reason.js';

/** Random access to the bytes of a file. */
export interface ByteSource {
  /** Size of the file in bytes. */
  readonly byteLength: number;
  /**
   * The bytes from `offset` to `offset + length`, which lie within the file. The result may be a view of memory
   * that the source goes on using: it must not be written to.
   */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A source over bytes in memory; `read` gives views. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    byteLength: bytes.length,
    read: async (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/** A source over a Blob or a File of the browser. */
export function blobSource(blob: Blob): ByteSource {
  return {
    byteLength: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}

/** What the functions of this layer accept as a file. */
export type ByteInput = ByteSource | Uint8Array | Blob;

/** The input itself if it is a source, else a source over it. */
export function toByteSource(input: ByteInput): ByteSource {
  if (input instanceof Uint8Array) return bytesSource(input);
  if (typeof Blob !== 'undefined' && input instanceof Blob) return blobSource(input);
  return input as ByteSource;
}

/**
 * Exactly `length` bytes of a source.
 *
 * @throws LlmcError `input` where the source fails or gives another number of bytes.
 */
export async function readExactly(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  let bytes: Uint8Array;
  try {
    bytes = await source.read(offset, length);
  } catch (cause) {
    if (cause instanceof LlmcError) throw cause;
    throw new LlmcError('input', `reading ${length} bytes failed: ${reasonOf(cause)}`, { offset, cause });
  }
  if (bytes.length !== length) {
    throw new LlmcError('input', `reading ${length} bytes gave ${bytes.length}`, { offset });
  }
  return bytes;
}
