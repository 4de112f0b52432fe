/** Copies a kit, so that it stands by itself. */

import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LlmcError } from '../container/errors.js';
import { reasonOf } from '../container/reason.js';
import { readManifest } from './manifest.js';

/** What a kit consists of. */
const PARTS = ['README.md', 'vectors', 'models'];

/**
 * Copies the vectors, their manifest and schema, the models and the description to a folder that is not there or empty.
 *
 * @param bundledModels Folder of packages that vectors may need beside those of the kit.
 * @returns The number of vectors.
 * @throws LlmcError `input`, `output`, `output-exists`.
 */
export async function exportKit(kit: string, folder: string, bundledModels: string): Promise<number> {
  const { vectors } = await readManifest(kit);
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0) throw new LlmcError('output-exists', `${folder} is not empty`);
  const needed = new Set(vectors.flatMap(({ models }) => models ?? []));
  const own = new Set(await readdir(join(kit, 'models')).catch(() => []));
  try {
    await mkdir(folder, { recursive: true });
    for (const part of PARTS) {
      await cp(join(kit, part), join(folder, part), { recursive: true });
    }
    for (const name of needed) {
      if (own.has(name)) continue;
      await cp(join(bundledModels, name), join(folder, 'models', name), { recursive: true });
    }
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new LlmcError('output', `${folder} cannot be written: ${reason}`, { cause });
  }
  return vectors.length;
}
