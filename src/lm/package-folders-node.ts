/** Model packages in folders: bundled, of LLMC_MODEL_PATH, of the user (spec/model-package.md, section 7). */

import { constants, copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LlmcError } from '../container/errors.js';
import {
  FINGERPRINT_BYTES,
  formatFingerprint,
  matchesFingerprint,
  parseFingerprint,
} from '../container/fingerprint.js';
import { reasonOf } from '../container/reason.js';
import { type ExactCodec, type ExactPackage, WEIGHTS_FILE } from './exact/package.js';
import { readExactPackageFolder, readLimited } from './exact/package-node.js';
import { isFileName } from './float/package.js';
import { type HashProgress, listPackageFiles, readFloatPackageFolder } from './float/package-node.js';
import {
  isRecord,
  MANIFEST_BYTES_LIMIT,
  MANIFEST_FILE,
  type Manifest,
  packageId,
  parseManifest,
} from './manifest.js';
import type { ModelPackage, PackageStore } from './package-store.js';

// src/lm/, dist/lm/ and the dist/chunks/ of bundled programs lie two levels below the package.
const BUNDLED = fileURLToPath(new URL('../../models', import.meta.url));

/** Why a package is at hand. */
export type PackageOrigin = 'bundled' | 'path' | 'user';

/** A folder that is a package by its manifest; its weights have not been looked at. */
export interface ListedPackage {
  readonly origin: PackageOrigin;
  readonly folder: string;
  readonly manifest: Manifest;
}

/** The folder for packages that the user adds. */
export function userModelFolder(
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'llmc', 'models');
  if (platform === 'win32') {
    return join(environment.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'llmc', 'models');
  }
  return join(environment.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'llmc', 'models');
}

/** The packages of this installation and user. */
export class PackageFolders implements PackageStore {
  readonly #roots: readonly { readonly origin: PackageOrigin; readonly folder: string }[];
  readonly #read = new Map<string, Promise<ModelPackage>>();
  readonly #userFolder = userModelFolder();

  /**
   * @param modelPath Folders to look in beside the bundled and the user's; by default those of LLMC_MODEL_PATH.
   * @param onHashing Told how far the hashing of a package is: a language model has gigabytes.
   */
  constructor(
    modelPath: readonly string[] = (process.env.LLMC_MODEL_PATH ?? '').split(delimiter),
    private readonly onHashing?: HashProgress,
  ) {
    this.#roots = [
      { origin: 'bundled', folder: BUNDLED },
      ...modelPath.filter((folder) => folder !== '').map((folder) => ({ origin: 'path' as const, folder })),
      { origin: 'user', folder: this.#userFolder },
    ];
  }

  get places(): readonly string[] {
    return this.#roots.map(({ origin, folder }) =>
      origin === 'user' ? folder : `${folder} (${ORIGINS[origin]})`,
    );
  }

  /** All packages by their manifests, in the order in which they are looked for. */
  async list(): Promise<ListedPackage[]> {
    const found: ListedPackage[] = [];
    for (const { origin, folder } of this.#roots) {
      for (const candidate of [folder, ...(await subfolders(folder))]) {
        const manifest = await readManifest(candidate);
        if (manifest) found.push({ origin, folder: candidate, manifest });
      }
    }
    return found;
  }

  /**
   * The whole package in a folder, checked.
   *
   * @throws LlmcError `model-missing`, `model-invalid`, `limit`.
   */
  read(folder: string): Promise<ModelPackage> {
    let reading = this.#read.get(folder);
    if (reading === undefined) {
      reading = this.#readFolder(folder);
      this.#read.set(folder, reading);
    }
    return reading;
  }

  async #readFolder(folder: string): Promise<ModelPackage> {
    const manifest = await requireManifest(folder);
    if (profileOf(manifest) === 'exact') return readExactPackageFolder(folder);
    return readFloatPackageFolder(folder, manifest, this.onHashing);
  }

  /**
   * The package in a folder that is to be added: the manifest of a language model need not list its files yet.
   *
   * @throws LlmcError `model-missing`, `model-invalid`, `limit`.
   */
  async readToAdd(folder: string): Promise<ModelPackage> {
    const manifest = await requireManifest(folder);
    if (profileOf(manifest) === 'exact' || manifest.files !== undefined) return this.read(folder);
    const files = await listPackageFiles(folder, manifest, this.onHashing);
    return readFloatPackageFolder(folder, { ...manifest, files });
  }

  async defaultPackage(codec: ExactCodec): Promise<ExactPackage | undefined> {
    const bundled = (await this.list()).filter(
      ({ origin, manifest }) =>
        origin === 'bundled' && manifest.profile === 'exact' && manifest.codec === codec,
    );
    return this.#firstSound(byVersion(bundled), (candidate) => candidate.profile === 'exact') as Promise<
      ExactPackage | undefined
    >;
  }

  async namedPackage(name: string): Promise<ModelPackage> {
    if (/[/\\]/.test(name) || name === '.' || name === '..') return this.read(name);
    const found = await this.#firstSound(byVersion(await this.#meantBy(name)));
    if (found) return found;
    const message = `no sound model ${name} is in ${this.places.join(', ')}`;
    throw new LlmcError('model-missing', [message, ...(await this.describe(name))].join('; '));
  }

  async findPackage<Profile extends ModelPackage['profile']>(
    profile: Profile,
    fingerprint: Uint8Array,
    id: string,
  ): Promise<Extract<ModelPackage, { profile: Profile }> | undefined> {
    const listed = (await this.list()).filter(({ manifest }) => profileOf(manifest) === profile);
    const likely = listed.filter(({ manifest }) => packageId(manifest) === id);
    const found = await this.#firstSound(
      [...likely, ...listed.filter((entry) => !likely.includes(entry))],
      (candidate) => candidate.profile === profile && matchesFingerprint(candidate.fingerprint, fingerprint),
    );
    return found as Extract<ModelPackage, { profile: Profile }> | undefined;
  }

  async describe(name: string): Promise<string[]> {
    const descriptions: string[] = [];
    for (const { folder } of await this.#calledBy(name)) {
      try {
        const { fingerprint } = await this.read(folder);
        const shown = formatFingerprint(fingerprint.subarray(0, FINGERPRINT_BYTES));
        descriptions.push(`${folder} has fingerprint ${shown}`);
      } catch (error) {
        if (!(error instanceof LlmcError)) throw error;
        descriptions.push(`${folder} cannot be used (${error.message})`);
      }
    }
    return descriptions;
  }

  /** Packages of that identifier or name. */
  async #calledBy(name: string): Promise<ListedPackage[]> {
    return (await this.list()).filter(
      ({ manifest }) => packageId(manifest) === name || manifest.name === name,
    );
  }

  /** Packages of that identifier, name or fingerprint (its first 16 digits at least). */
  async #meantBy(name: string): Promise<ListedPackage[]> {
    const named = await this.#calledBy(name);
    if (named.length > 0 || !/^[0-9a-f]{16,64}$/i.test(name)) return named;
    const fingerprint = parseFingerprint(name);
    const found: ListedPackage[] = [];
    for (const entry of await this.list()) {
      const candidate = await this.#readIfSound(entry.folder);
      if (candidate && matchesFingerprint(candidate.fingerprint, fingerprint)) found.push(entry);
    }
    return found;
  }

  async #firstSound(
    listed: readonly ListedPackage[],
    accept: (candidate: ModelPackage) => boolean = () => true,
  ): Promise<ModelPackage | undefined> {
    for (const { folder } of listed) {
      const candidate = await this.#readIfSound(folder);
      if (candidate && accept(candidate)) return candidate;
    }
    return undefined;
  }

  async #readIfSound(folder: string): Promise<ModelPackage | undefined> {
    try {
      return await this.read(folder);
    } catch (error) {
      if (error instanceof LlmcError) return undefined;
      throw error;
    }
  }

  /**
   * Puts a package into the user's folder, under its identifier; answers its folder. Nothing happens where it is
   * there already.
   *
   * @throws LlmcError `output-exists` where another package has that identifier; `output`.
   */
  async add(added: ModelPackage): Promise<string> {
    const { id, fingerprint } = added;
    const folder = join(this.#userFolder, id);
    const present = await this.#readIfSound(folder);
    this.#read.delete(folder);
    if (present && matchesFingerprint(present.fingerprint, fingerprint)) return folder;
    const temporary = `${folder}.${process.pid}.part`;
    try {
      await mkdir(temporary, { recursive: true });
      await writePackage(added, temporary);
      await rename(temporary, folder);
    } catch (cause) {
      await rm(temporary, { recursive: true, force: true });
      const reason = reasonOf(cause);
      if (['ENOTEMPTY', 'EEXIST', 'EPERM'].includes((cause as NodeJS.ErrnoException).code ?? '')) {
        throw new LlmcError('output-exists', `${folder} holds something else; remove it first`, { cause });
      }
      throw new LlmcError('output', `${folder} cannot be written: ${reason}`, { cause });
    }
    return folder;
  }

  /**
   * Deletes packages of that identifier, name or fingerprint from the user's folder; answers their folders.
   *
   * @throws LlmcError `model-missing` where there is none; `argument` where it is one that is not the user's.
   */
  async remove(name: string): Promise<string[]> {
    const matching = await this.#meantBy(name);
    const removable = matching.filter(({ origin }) => origin === 'user');
    if (removable.length === 0) {
      if (matching.length === 0)
        throw new LlmcError('model-missing', `no model ${name} is in ${this.#userFolder}`);
      const [{ folder, origin }] = matching;
      throw new LlmcError(
        'argument',
        `${folder} (${ORIGINS[origin]}) is not among the models that you added`,
      );
    }
    for (const { folder, manifest } of removable) {
      // Only what makes the package: a stranger's files in the folder stay.
      for (const file of packageFiles(manifest)) await rm(join(folder, file), { force: true });
      if ((await readdir(folder)).length === 0) await rm(folder, { recursive: true });
      this.#read.delete(folder);
    }
    return removable.map(({ folder }) => folder);
  }
}

/** What a person is told of an origin. */
export const ORIGINS: Readonly<Record<PackageOrigin, string>> = {
  bundled: 'bundled',
  path: 'LLMC_MODEL_PATH',
  user: 'added',
};

/** Writes the files of a package into a folder. */
async function writePackage(added: ModelPackage, folder: string): Promise<void> {
  if (added.profile === 'exact') {
    await writeFile(join(folder, MANIFEST_FILE), added.files.manifest);
    await writeFile(join(folder, WEIGHTS_FILE), added.files.weights);
    return;
  }
  await writeFile(join(folder, MANIFEST_FILE), JSON.stringify(added.manifest, null, 2));
  // A copy that shares its blocks with the original, where the file system has that.
  for (const file of added.files.keys()) {
    await copyFile(join(added.folder, file), join(folder, file), constants.COPYFILE_FICLONE);
  }
}

/** Names of the files that make the package of a manifest, be it sound or not. */
function packageFiles({ files }: Manifest): string[] {
  return [MANIFEST_FILE, WEIGHTS_FILE, ...Object.keys(isRecord(files) ? files : {}).filter(isFileName)];
}

function profileOf({ profile }: Manifest): ModelPackage['profile'] {
  return profile === 'float' ? 'float' : 'exact';
}

/** Highest version first; equal ones in the order given. */
function byVersion(listed: readonly ListedPackage[]): ListedPackage[] {
  return [...listed].sort((a, b) => b.manifest.version - a.manifest.version);
}

async function subfolders(folder: string): Promise<string[]> {
  const entries = await readdir(folder).catch(() => []);
  return entries.sort().map((name) => join(folder, name));
}

async function requireManifest(folder: string): Promise<Manifest> {
  return parseManifest(await readLimited(join(folder, MANIFEST_FILE), MANIFEST_BYTES_LIMIT));
}

/** The manifest of a folder that is a package; undefined where there is none, or none that can be read. */
async function readManifest(folder: string): Promise<Manifest | undefined> {
  try {
    return await requireManifest(folder);
  } catch {
    return undefined;
  }
}
