/** What the manifests of model packages of every profile have in common (spec/model-package.md, "Manifest"). */

import { LlmcError } from '../container/errors.js';

/** Name of a package's manifest. */
export const MANIFEST_FILE = 'model.json';

/** Most bytes of a manifest that are read. */
export const MANIFEST_BYTES_LIMIT = 2 ** 20;

/** A manifest whose `name` and `version` have been checked; the rest is any JSON. */
export interface Manifest {
  readonly name: string;
  readonly version: number;
  readonly [member: string]: unknown;
}

/** The identifier of the package that a manifest belongs to. */
export function packageId({ name, version }: Manifest): string {
  return `${name}-${version}`;
}

/**
 * Parses a manifest as far as packages of every kind agree.
 *
 * @throws LlmcError `model-invalid`.
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  let manifest: unknown;
  try {
    manifest = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw invalidPackage(`${MANIFEST_FILE} is not JSON in UTF-8`, cause);
  }
  if (!isRecord(manifest)) throw invalidPackage(`${MANIFEST_FILE} is not an object`);
  const { name, version } = manifest;
  if (typeof name !== 'string' || !/^(?=.{1,64}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(name)) {
    throw invalidPackage(`${JSON.stringify(name)} is no name of a package`);
  }
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1 || version > 1e6) {
    throw invalidPackage(`${JSON.stringify(version)} is no version of a package`);
  }
  return { ...manifest, name, version };
}

/** Whether a value of JSON is an object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The error of a package that breaks a rule. */
export function invalidPackage(reason: string, cause?: unknown): LlmcError {
  return new LlmcError('model-invalid', `The model package is not valid: ${reason}.`, { cause });
}
