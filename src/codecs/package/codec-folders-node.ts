/** Codec packages in folders: bundled ones, and those of LLMC_CODEC_PATH. */

import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { formatHex } from '../../container/bytes.js';
import { LlmcError } from '../../container/errors.js';
import { matchesFingerprint } from '../../container/fingerprint.js';
import type { CodecPackageReference } from '../../container/parameters.js';
import { BUNDLED_CODECS } from '../bundled-folder-node.js';
import { type CodecManifest, type NETWORK_FILES, parseCodecManifest } from './manifest.js';

const MANIFEST_FILE = 'codec.json';
const MANIFEST_BYTES_LIMIT = 2 ** 20;

/** A codec package at hand; its networks have not been looked at. */
export interface CodecPackage<Manifest extends CodecManifest = CodecManifest> {
  readonly folder: string;
  readonly manifest: Manifest;
  /** 32 bytes. */
  readonly fingerprint: Uint8Array;
}

/** All packages at hand, in the order in which they are looked for; what breaks a rule is left out. */
export async function listCodecPackages(): Promise<CodecPackage[]> {
  const roots = [BUNDLED_CODECS, ...(process.env.LLMC_CODEC_PATH ?? '').split(delimiter).filter(Boolean)];
  const found: CodecPackage[] = [];
  for (const root of roots) {
    const below = await readdir(root).catch(() => []);
    for (const folder of [root, ...below.sort().map((name) => join(root, name))]) {
      const known = await readCodecPackage(folder).catch(() => undefined);
      if (known) found.push(known);
    }
  }
  return found;
}

/**
 * A package by its name, its name and version, or its folder.
 *
 * @throws LlmcError `argument`, `package-missing` (no package in the folder), `package-invalid`.
 */
export async function namedCodecPackage(name: string): Promise<CodecPackage> {
  if (/[/\\]/.test(name)) return readCodecPackage(name);
  const all = await listCodecPackages();
  const found = all.find(({ manifest }) =>
    [manifest.name, `${manifest.name}-${manifest.version}`].includes(name),
  );
  if (found) return found;
  const names = [
    'auto',
    'raw',
    'jpeg',
    'text',
    'dct',
    'vq',
    'rvq',
    ...all.map(({ manifest }) => manifest.name),
  ];
  throw new LlmcError('argument', `there is no codec ${name}; there are ${names.join(', ')}`);
}

/**
 * The package that a file names.
 *
 * @throws LlmcError `package-missing`.
 */
export async function referencedCodecPackage(reference: CodecPackageReference): Promise<CodecPackage> {
  const all = await listCodecPackages();
  const found = all.find(({ fingerprint }) => matchesFingerprint(fingerprint, reference.fingerprint));
  if (found) return found;
  const fingerprint = formatHex(reference.fingerprint);
  const message = `the medium needs the codec package ${reference.name} (fingerprint ${fingerprint}), which is not at hand`;
  throw new LlmcError('package-missing', message);
}

/**
 * The bytes of a package's network, whose hash is right.
 *
 * @throws LlmcError `package-invalid`.
 */
export async function readNetwork(
  { folder, manifest }: CodecPackage,
  file: (typeof NETWORK_FILES)[number],
): Promise<Uint8Array> {
  const bytes = await readFile(join(folder, file)).catch((cause) => {
    throw new LlmcError('package-invalid', `${join(folder, file)} cannot be read`, { cause });
  });
  if (createHash('sha256').update(bytes).digest('hex') !== manifest.files[file].sha256) {
    throw new LlmcError('package-invalid', `${join(folder, file)} is not the file that codec.json means`);
  }
  return bytes;
}

async function readCodecPackage(folder: string): Promise<CodecPackage> {
  const path = join(folder, MANIFEST_FILE);
  const info = await stat(path).catch((cause) => {
    throw new LlmcError('package-missing', `${folder} is no codec package: it has no ${MANIFEST_FILE}`, {
      cause,
    });
  });
  if (info.size > MANIFEST_BYTES_LIMIT) throw new LlmcError('package-invalid', `${path} is too large`);
  const bytes = await readFile(path);
  const fingerprint = createHash('sha256').update(bytes).digest();
  return { folder, manifest: parseCodecManifest(bytes.toString('utf8')), fingerprint };
}
