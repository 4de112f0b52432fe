/** `llmc models`: lists, shows, checks, adds and removes model packages. */

import { stat } from 'node:fs/promises';
import Table from 'cli-table3';
import { LlmcError } from '../container/errors.js';
import { formatFingerprint } from '../container/fingerprint.js';
import { openContainer } from '../container/reader.js';
import type { DeviceChoice } from '../lm/exact/exact-model.js';
import { openExactModel } from '../lm/exact/exact-model-node.js';
import { type ExactPackage, packageId, readExactPackage } from '../lm/exact/package.js';
import { type ListedPackage, ORIGINS, PackageFolders } from '../lm/exact/package-folders-node.js';
import { readEmbeddedPackage } from '../pipeline/embedded-package.js';
import { errorColours, outputColours } from './colours.js';
import { formatBytes } from './format.js';
import { withSource } from './inputs.js';
import { ExitStatus, errorToJson, errorToText, toLlmcError, warn } from './report.js';
import { PLAIN_TABLE } from './tables.js';

/** Options of every subcommand. */
export interface ModelsCommandOptions {
  readonly json: boolean;
}

/** A package as the commands describe it; `error` says why it cannot be used. */
interface DescribedPackage {
  readonly id: string;
  readonly origin: string;
  readonly folder: string;
  readonly profile: unknown;
  readonly codec: unknown;
  readonly fingerprint: string | null;
  readonly bytes: number | null;
  readonly error?: Record<string, unknown>;
}

/** `models list`: every package at hand, in the order in which decoding looks for it. */
export async function listModels({ json }: ModelsCommandOptions): Promise<number> {
  const folders = new PackageFolders();
  const models: DescribedPackage[] = [];
  for (const entry of await folders.list()) models.push(await describe(folders, entry));
  if (json) {
    writeJson({ models, places: folders.places });
  } else if (models.length === 0) {
    write(`no models in ${folders.places.join(', ')}`);
  } else {
    const table = new Table({
      head: ['model', 'profile', 'for', 'size', 'fingerprint', 'where'],
      style: { head: [], border: [] },
      chars: PLAIN_TABLE,
    });
    for (const { id, profile, codec, bytes, fingerprint, folder, origin, error } of models) {
      const size = bytes === null ? '' : formatBytes(bytes);
      const print = fingerprint?.slice(0, 32) ?? outputColours.red(`cannot be used: ${error?.message}`);
      table.push([id, String(profile), String(codec), size, print, `${folder} (${origin})`]);
    }
    write(table.toString());
  }
  return models.some(({ error }) => error !== undefined) ? ExitStatus.failed : ExitStatus.ok;
}

/** `models show`: the manifest of a package, with the fingerprint that was computed. */
export async function showModel(name: string, { json }: ModelsCommandOptions): Promise<number> {
  const { id, fingerprint, files, manifest } = await new PackageFolders().namedPackage(name);
  const facts = {
    id,
    fingerprint: formatFingerprint(fingerprint),
    bytes: files.manifest.length + files.weights.length,
    manifest,
  };
  if (json) {
    writeJson(facts);
    return ExitStatus.ok;
  }
  write(outputColours.bold(id));
  writeFact('fingerprint', facts.fingerprint);
  writeFact('size', formatBytes(facts.bytes));
  for (const [member, value] of Object.entries(manifest)) {
    if (member === 'name' || member === 'version') continue;
    writeFact(member, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return ExitStatus.ok;
}

/** `models verify`: hashes, shapes, bounds, and the self-test on a device; all packages unless some are named. */
export async function verifyModels(
  names: readonly string[],
  { json, device }: ModelsCommandOptions & { readonly device: DeviceChoice },
): Promise<number> {
  const folders = new PackageFolders();
  const subjects = names.length > 0 ? names : (await folders.list()).map(({ folder }) => folder);
  const results: Record<string, unknown>[] = [];
  for (const subject of subjects) {
    try {
      const found = await folders.namedPackage(subject);
      const model = await openExactModel(found, { device, onWarning: warn });
      await model.close();
      const fingerprint = formatFingerprint(found.fingerprint);
      results.push({ model: subject, id: found.id, fingerprint, device: model.device });
      if (!json) write(`${found.id}  sound, self-test passed on ${model.device}; ${fingerprint}`);
    } catch (error) {
      const known = toLlmcError(error);
      results.push({ model: subject, error: errorToJson(known) });
      if (!json) process.stderr.write(`${errorColours.red('llmc:')} ${subject}: ${errorToText(known)}\n`);
    }
  }
  if (json) writeJson({ models: results });
  return results.some((result) => 'error' in result) ? ExitStatus.failed : ExitStatus.ok;
}

/** `models add`: copies packages, from folders or out of .llmc files, to where they are found later. */
export async function addModels(sources: readonly string[], { json }: ModelsCommandOptions): Promise<number> {
  const folders = new PackageFolders();
  const added: Record<string, unknown>[] = [];
  for (const source of sources) {
    for (const found of await packagesIn(source, folders)) {
      const folder = await folders.add(found);
      const fingerprint = formatFingerprint(found.fingerprint);
      added.push({ id: found.id, fingerprint, folder });
      if (!json) write(`${found.id} -> ${folder}  ${fingerprint}`);
    }
  }
  if (json) writeJson({ added });
  return ExitStatus.ok;
}

/** `models remove`: deletes packages that were added. */
export async function removeModels(
  names: readonly string[],
  { json }: ModelsCommandOptions,
): Promise<number> {
  const folders = new PackageFolders();
  const removed: string[] = [];
  for (const name of names) removed.push(...(await folders.remove(name)));
  if (json) writeJson({ removed });
  else for (const folder of removed) write(`removed ${folder}`);
  return ExitStatus.ok;
}

/** The packages of a folder, or those that an .llmc file carries. */
async function packagesIn(source: string, folders: PackageFolders): Promise<ExactPackage[]> {
  const info = await stat(source).catch(() => undefined);
  if (info === undefined) throw new LlmcError('input', `${source} does not exist`);
  if (info.isDirectory()) return [await folders.read(source)];
  return withSource(source, async (bytes) => {
    const container = await openContainer(bytes, { lenient: true });
    const found: ExactPackage[] = [];
    for (const model of container.header.models.keys()) {
      const files = await readEmbeddedPackage(container, model);
      if (files) found.push(await readExactPackage(files));
    }
    if (found.length === 0) throw new LlmcError('model-missing', `${source} carries no model`);
    return found;
  });
}

async function describe(
  folders: PackageFolders,
  { origin, folder, manifest }: ListedPackage,
): Promise<DescribedPackage> {
  const { profile, codec } = manifest;
  const facts = { id: packageId(manifest), origin: ORIGINS[origin], folder, profile, codec };
  try {
    const { fingerprint, files } = await folders.read(folder);
    const bytes = files.manifest.length + files.weights.length;
    return { ...facts, fingerprint: formatFingerprint(fingerprint), bytes };
  } catch (error) {
    return { ...facts, fingerprint: null, bytes: null, error: errorToJson(toLlmcError(error)) };
  }
}

function write(line: string): void {
  process.stdout.write(`${line}\n`);
}

function writeFact(name: string, value: string): void {
  write(`  ${outputColours.dim(name.padEnd(14))}${value}`);
}

function writeJson(document: unknown): void {
  write(JSON.stringify(document, null, 2));
}
