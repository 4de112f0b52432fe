/** Model packages in folders. */

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LlmcError } from '../../container/errors.js';
import { MANIFEST_BYTES_LIMIT, MANIFEST_FILE } from '../manifest.js';
import { type ExactPackage, readExactPackage, WEIGHTS_BYTES_LIMIT, WEIGHTS_FILE } from './package.js';

/**
 * Reads the package in a folder.
 *
 * @throws LlmcError `model-missing` where a file is not there, `model-invalid`, `limit`.
 */
export async function readExactPackageFolder(folder: string): Promise<ExactPackage> {
  const [manifest, weights] = await Promise.all([
    readLimited(join(folder, MANIFEST_FILE), MANIFEST_BYTES_LIMIT),
    readLimited(join(folder, WEIGHTS_FILE), WEIGHTS_BYTES_LIMIT),
  ]);
  return readExactPackage({ manifest, weights });
}

/**
 * A file of at most `limit` bytes.
 *
 * @throws LlmcError `model-missing` where it cannot be read, `limit`.
 */
export async function readLimited(path: string, limit: number): Promise<Uint8Array> {
  try {
    const { size } = await stat(path);
    if (size > limit) throw new LlmcError('limit', `${path} has ${size} bytes, more than ${limit}`);
    return await readFile(path);
  } catch (cause) {
    if (cause instanceof LlmcError) throw cause;
    throw new LlmcError('model-missing', `${path} cannot be read`, { cause });
  }
}
