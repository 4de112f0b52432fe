/** The manifest of a conformance kit (conformance/README.md, "The manifest"). */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LlmcError, type LlmcErrorCode } from '../container/errors.js';

/** An item that must come back whole. */
export interface ExpectedItem {
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** A damaged item, and the chunks of it that must come back. */
export interface RecoveredItem {
  /** Bytes of the whole item. */
  readonly bytes: number;
  readonly recovered: readonly RecoveredSpan[];
}

/** What a sound chunk holds of a damaged item. */
export interface RecoveredSpan {
  /** Tokens of the item before these. */
  readonly first: number;
  readonly tokens: number;
  /** CRC-32 of these tokens in canonical form, in 8 hexadecimal digits. */
  readonly crc: string;
}

/** What must come out when a damaged file is read around its damage; `null` is an item of which nothing is asked. */
export interface KeepGoing {
  readonly status: 0 | 1;
  readonly errors: readonly LlmcErrorCode[];
  readonly items: readonly (ExpectedItem | RecoveredItem | null)[];
}

/** The decoder must write these items and end with status 0. */
export interface ExpectedItems {
  readonly items: readonly ExpectedItem[];
}

/** The decoder must refuse with one of these codes and status 1. */
export interface ExpectedError {
  readonly error: readonly LlmcErrorCode[];
  /** First and last place in the file that the decoder may give for the fault. */
  readonly offset?: readonly [number, number];
  readonly keepGoing?: KeepGoing;
}

/** What a decoder must do with a vector. */
export type Expectation = ExpectedItems | ExpectedError;

/** An entry of the manifest. */
export interface ManifestVector {
  /** GROUP/SUBJECT/NAME: the file is `vectors/` + name + `.llmc`. */
  readonly name: string;
  readonly purpose: string;
  /** Sections of the specification that the vector exercises: PAGE.md or PAGE.md#ANCHOR. */
  readonly spec: readonly string[];
  readonly bytes: number;
  /** Of the vector itself, in hexadecimal digits. */
  readonly sha256: string;
  /** Model packages that the decoder is given. */
  readonly models?: readonly string[];
  readonly expect: Expectation;
}

/** The manifest of a kit. */
export interface Manifest {
  /** Version of the specification. */
  readonly spec: string;
  readonly vectors: readonly ManifestVector[];
}

/** Path of a vector in a kit. */
export function vectorPath(kit: string, name: string): string {
  return join(kit, 'vectors', ...`${name}.llmc`.split('/'));
}

/**
 * Reads the manifest of a kit.
 *
 * @throws LlmcError `input` where the folder is no kit.
 */
export async function readManifest(kit: string): Promise<Manifest> {
  const path = join(kit, 'vectors', 'manifest.json');
  try {
    const manifest = JSON.parse(await readFile(path, 'utf8')) as Manifest;
    if (Array.isArray(manifest.vectors)) return manifest;
  } catch (cause) {
    throw new LlmcError('input', `${kit} is no conformance kit: ${path} cannot be read`, { cause });
  }
  throw new LlmcError('input', `${kit} is no conformance kit: ${path} lists no vectors`);
}
