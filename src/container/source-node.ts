/** A byte source over a file of the file system, for Node. */

import { type FileHandle, open } from 'node:fs/promises';
import { LlmcError } from './errors.js';
import { reasonOf } from './reason.js';
import type { ByteSource } from './source.js';

/** A byte source that holds a file open until it is closed. */
export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

/**
 * Opens a file for reading ranges of it.
 *
 * @throws LlmcError `input` where it does not exist, cannot be read, or is not a regular file.
 */
export async function openFileSource(path: string): Promise<FileSource> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    const stats = await handle.stat();
    if (!stats.isFile()) throw new Error('not a regular file');
    return fileSource(handle, stats.size);
  } catch (cause) {
    await handle?.close();
    const reason = reasonOf(cause);
    throw new LlmcError('input', `cannot read ${path}: ${reason}`, { cause });
  }
}

function fileSource(handle: FileHandle, byteLength: number): FileSource {
  return {
    byteLength,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled === length ? bytes : bytes.subarray(0, filled);
    },
    close: () => handle.close(),
  };
}
