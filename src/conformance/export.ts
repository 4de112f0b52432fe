/** Copies a kit, so that it stands by itself. */

import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LlmcError } from '../container/errors.js';
import { reasonOf } from '../container/reason.js';
import { readManifest } from './manifest.js';

/** What of its folder a kit consists of. */
const PARTS = ['README.md', 'vectors', 'models', 'reference'];
/** What running the reference decoder leaves behind. */
const MADE = new Set(['.venv', '__pycache__']);

/** Where a kit comes from. */
export interface KitSources {
  /** The folder `conformance`. */
  readonly kit: string;
  /** The folder of the specification. */
  readonly spec: string;
  /** Folder of packages that vectors may need beside those of the kit. */
  readonly bundledModels: string;
}

/**
 * Copies the vectors, their manifest and schema, the models, the reference decoder, the description and the specification to a
 * folder that is not there or empty.
 *
 * @returns The number of vectors.
 * @throws LlmcError `input`, `output`, `output-exists`.
 */
export async function exportKit({ kit, spec, bundledModels }: KitSources, folder: string): Promise<number> {
  const { vectors } = await readManifest(kit);
  const there = await readdir(folder).catch(() => []);
  if (there.length > 0) throw new LlmcError('output-exists', `${folder} is not empty`);
  const needed = new Set(vectors.flatMap(({ models }) => models ?? []));
  const own = new Set(await readdir(join(kit, 'models')).catch(() => []));
  const copy = (from: string, ...to: string[]) =>
    cp(from, join(folder, ...to), { recursive: true, filter: (path) => !MADE.has(basename(path)) });
  try {
    await mkdir(folder, { recursive: true });
    for (const part of PARTS) await copy(join(kit, part), part);
    await copy(spec, 'spec');
    for (const name of needed) {
      if (!own.has(name)) await copy(join(bundledModels, name), 'models', name);
    }
    await followLinks(folder);
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new LlmcError('output', `${folder} cannot be written: ${reason}`, { cause });
  }
  return vectors.length;
}

/** The specification stands beside the kit's folder in the repository, and in it in a copy: links between the two follow. */
async function followLinks(folder: string): Promise<void> {
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.md')) continue;
    const path = join(folder, name);
    const page = await readFile(path, 'utf8');
    await writeFile(path, page.replaceAll(/\]\((\.\.\/)?\.\.\/(spec|conformance)\//g, linkInCopy));
  }
}

function linkInCopy(_link: string, further = '', folder: string): string {
  return folder === 'spec' ? `](${further}spec/` : '](../';
}
