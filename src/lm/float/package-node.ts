/** Model packages of profile `float` in folders. */

import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LlmcError } from '../../container/errors.js';
import { invalidPackage, type Manifest } from '../manifest.js';
import { hashOfFile } from './file-hash-node.js';
import {
  canonicalForm,
  type FileEntry,
  type FloatPackage,
  GRAPH_FILE,
  readFloatManifest,
  TOKENIZER_FILE,
} from './package.js';

/** Told what part of a package's bytes has been hashed, 0 to 1. */
export type HashProgress = (fraction: number) => void;

/**
 * Checks the package in a folder: the manifest, and that the files are those that it lists.
 *
 * @throws LlmcError `model-missing` where a file is not there, `model-invalid`.
 */
export async function readFloatPackageFolder(
  folder: string,
  manifest: Manifest,
  onProgress?: HashProgress,
): Promise<FloatPackage> {
  const checked = readFloatManifest(manifest);
  const { files } = checked;
  for (const { name } of await strangers(folder)) {
    if (!files.has(name)) throw invalidPackage(`the folder has ${name}, which the manifest does not list`);
  }
  for (const [name, { bytes }] of files) {
    const { size } = await statFile(folder, name);
    if (size !== bytes) throw invalidPackage(`${name} has not the length that the manifest says`);
  }
  const hashes = await hashFiles(folder, files, onProgress);
  for (const [name, { sha256 }] of files) {
    if (hashes.get(name) !== sha256)
      throw invalidPackage(`${name} has not the SHA-256 that the manifest says`);
  }
  const fingerprint = new Uint8Array(createHash('sha256').update(canonicalForm(checked)).digest());
  return { profile: 'float', ...checked, fingerprint, folder };
}

/**
 * The member `files` for a manifest that has none yet: all files of the folder that belong to a package.
 *
 * @throws LlmcError `model-missing` where there is no graph.
 */
export async function listPackageFiles(
  folder: string,
  { arrangement }: Manifest,
  onProgress?: HashProgress,
): Promise<Record<string, FileEntry>> {
  await statFile(folder, GRAPH_FILE);
  const sizes = new Map((await strangers(folder)).map(({ name, bytes }) => [name, { bytes }]));
  if (arrangement === 'text') {
    const tokenizer = await stat(join(folder, TOKENIZER_FILE)).catch(() => undefined);
    if (tokenizer) sizes.set(TOKENIZER_FILE, { bytes: tokenizer.size });
  }
  const hashes = await hashFiles(folder, sizes, onProgress);
  return Object.fromEntries(
    [...sizes].map(([name, { bytes }]) => [name, { bytes, sha256: hashes.get(name) as string }]),
  );
}

/** Files of a folder but those that no graph reads weights from, such as the manifest. */
async function strangers(folder: string): Promise<{ name: string; bytes: number }[]> {
  const found: { name: string; bytes: number }[] = [];
  for (const name of (await readdir(folder)).sort()) {
    if (/^(LICENSE|.*\.(json|jinja|md|txt))$/.test(name)) continue;
    const info = await stat(join(folder, name));
    if (!info.isFile()) throw invalidPackage(`${name} is not a file`);
    found.push({ name, bytes: info.size });
  }
  return found;
}

async function statFile(folder: string, name: string) {
  const path = join(folder, name);
  try {
    return await stat(path);
  } catch (cause) {
    throw new LlmcError('model-missing', `${path} cannot be read`, { cause });
  }
}

async function hashFiles(
  folder: string,
  files: ReadonlyMap<string, { readonly bytes: number }>,
  onProgress?: HashProgress,
): Promise<Map<string, string>> {
  let total = 0;
  for (const { bytes } of files.values()) total += bytes;
  let done = 0;
  const hashes = new Map<string, string>();
  for (const name of files.keys()) {
    const hash = await hashOfFile(join(folder, name), (bytes) => {
      done += bytes;
      onProgress?.(Math.min(1, done / total));
    });
    hashes.set(name, hash);
  }
  return hashes;
}
