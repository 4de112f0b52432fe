/** Model packages of profile `float` (spec/float-profile.md, "Packages"): the manifest and the fingerprint. */

import type { ArrangementName, CodecName } from '../../container/registry.js';
import { LOGIT_UNITS } from '../../entropy/frequencies.js';
import { invalidPackage, isRecord, type Manifest, packageId } from '../manifest.js';

/** Name of the file of a package's graph. */
export const GRAPH_FILE = 'model.onnx';
/** Name of the file of a tokenizer, of models of text. */
export const TOKENIZER_FILE = 'tokenizer.json';

/** Greatest context length of a package. */
const CONTEXT_LIMIT = 2 ** 24;

/** Arrangements of the profile, and what their latents are called in a manifest. */
const ARRANGEMENTS: Readonly<Partial<Record<ArrangementName, CodecName>>> = {
  'dct-raster': 'dct',
  'dct-zigzag': 'dct',
  'vq-raster': 'vq',
  'rvq-frames': 'rvq',
  'rvq-layers': 'rvq',
  text: 'text',
};

/** Whether models of the profile have this arrangement. */
export function isFloatArrangement(arrangement: ArrangementName | number): boolean {
  return Object.hasOwn(ARRANGEMENTS, arrangement);
}

/** Length and hash of a package's file, as its manifest has them. */
export interface FileEntry {
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** What a manifest says, checked. */
export interface FloatManifest {
  /** Identifier: name, hyphen, version. */
  readonly id: string;
  readonly arrangement: ArrangementName;
  /** Most tokens of a sequence. */
  readonly contextLength: number;
  /** Token that every sequence begins with. */
  readonly startToken: number;
  /** First token of the symbols of each layer or component; the last one is for all beyond. */
  readonly offsets: readonly number[];
  /** Further state inputs of the graph, each with the output that it is given in the next step. */
  readonly states: ReadonlyMap<string, string>;
  /** Every file of the package but the manifest. */
  readonly files: ReadonlyMap<string, FileEntry>;
  /** The whole manifest, for display. */
  readonly manifest: Manifest;
}

/** A package whose files are those that its manifest lists. */
export interface FloatPackage extends FloatManifest {
  readonly profile: 'float';
  /** SHA-256 of the canonical form, 32 bytes. */
  readonly fingerprint: Uint8Array;
  readonly folder: string;
}

/**
 * Checks a manifest.
 *
 * @throws LlmcError `model-invalid`.
 */
export function readFloatManifest(manifest: Manifest): FloatManifest {
  const { profile, codec, arrangement, contextLength, startToken, offsets, states = {}, files } = manifest;
  if (profile !== 'float') throw invalidPackage(`profile is ${JSON.stringify(profile)}, not "float"`);
  const served = ARRANGEMENTS[arrangement as ArrangementName];
  if (served === undefined)
    throw invalidPackage(`arrangement ${JSON.stringify(arrangement)} is not of float`);
  if (codec !== served) throw invalidPackage(`codec is ${JSON.stringify(codec)}, not "${served}"`);
  if (!isInteger(contextLength, 1, CONTEXT_LIMIT)) throw invalidPackage('contextLength is no length');
  if (!isInteger(startToken)) throw invalidPackage('startToken is no token');
  const offsetsFit = Array.isArray(offsets) && offsets.length >= 1 && offsets.length <= 256;
  if (!offsetsFit || !offsets.every((offset) => isInteger(offset))) {
    throw invalidPackage('offsets is no list of tokens');
  }
  if (!isRecord(states) || !Object.values(states).every((output) => typeof output === 'string')) {
    throw invalidPackage('states does not name an output for each input');
  }
  return {
    id: packageId(manifest),
    arrangement: arrangement as ArrangementName,
    contextLength,
    startToken,
    offsets,
    states: new Map(Object.entries(states as Record<string, string>)),
    files: readFiles(files),
    manifest,
  };
}

function readFiles(files: unknown): Map<string, FileEntry> {
  if (files === undefined) throw invalidPackage('it does not list its files, which `llmc models add` does');
  if (!isRecord(files) || !Object.hasOwn(files, GRAPH_FILE))
    throw invalidPackage(`files does not list ${GRAPH_FILE}`);
  return new Map(
    Object.entries(files).map(([name, entry]) => {
      if (!isFileName(name)) throw invalidPackage(`${JSON.stringify(name)} is no name of a file`);
      const { bytes, sha256 } = isRecord(entry) ? entry : {};
      if (!isInteger(bytes) || typeof sha256 !== 'string' || !/^[0-9a-f]{64}$/.test(sha256))
        throw invalidPackage(`files does not give the length and SHA-256 of ${name}`);
      return [name, { bytes, sha256 }];
    }),
  );
}

/** Whether a package may have a file of this name. */
export function isFileName(name: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(name);
}

/** What the fingerprint is the SHA-256 of. */
export function canonicalForm(manifest: FloatManifest): string {
  const { arrangement, contextLength, startToken, offsets, states, files } = manifest;
  const lines = [
    ['llmc float', arrangement, LOGIT_UNITS],
    ['contextLength', contextLength],
    ['startToken', startToken],
    ['offsets', ...offsets],
    ['states', ...inOrder(states).flat()],
    ...inOrder(files).map(([name, { bytes, sha256 }]) => [name, bytes, sha256]),
  ];
  return lines.map((parts) => `${parts.join(' ')}\n`).join('');
}

/** The entries of a map in ascending order of the bytes of their names. */
function inOrder<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => compareBytes(new TextEncoder().encode(a), new TextEncoder().encode(b)));
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 || at >= b.length ? a.length - b.length : a[at] - b[at];
}

function isInteger(value: unknown, low = 0, high = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= low && (value as number) <= high;
}
