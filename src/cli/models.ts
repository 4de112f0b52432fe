/** `llmc models`: lists, shows, checks, adds and removes model packages. */

import { stat } from 'node:fs/promises';
import Table from 'cli-table3';
import { LlmcError } from '../container/errors.js';
import { FINGERPRINT_BYTES, formatFingerprint } from '../container/fingerprint.js';
import { openContainer } from '../container/reader.js';
import type { DeviceChoice } from '../lm/exact/exact-model.js';
import { openExactModel } from '../lm/exact/exact-model-node.js';
import { readExactPackage } from '../lm/exact/package.js';
import { openFloatModel } from '../lm/float/float-model-node.js';
import { packageId } from '../lm/manifest.js';
import { type ListedPackage, ORIGINS, PackageFolders } from '../lm/package-folders-node.js';
import type { ModelPackage } from '../lm/package-store.js';
import { readEmbeddedPackage } from '../pipeline/embedded-package.js';
import { errorColours, outputColours } from './colours.js';
import { formatBytes } from './format.js';
import { hashingProgress } from './hashing.js';
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
  const progress = hashingProgress(json);
  const folders = new PackageFolders(undefined, progress.update);
  const models: DescribedPackage[] = [];
  for (const entry of await folders.list()) models.push(await describe(folders, entry));
  progress.stop();
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
      const print =
        fingerprint?.slice(0, 2 * FINGERPRINT_BYTES) ??
        outputColours.red(`cannot be used: ${error?.message}`);
      table.push([id, String(profile), String(codec), size, print, `${folder} (${origin})`]);
    }
    write(table.toString());
  }
  return models.some(({ error }) => error !== undefined) ? ExitStatus.failed : ExitStatus.ok;
}

/** `models show`: the manifest of a package, with the fingerprint that was computed. */
export async function showModel(name: string, { json }: ModelsCommandOptions): Promise<number> {
  const progress = hashingProgress(json);
  const found = await new PackageFolders(undefined, progress.update)
    .namedPackage(name)
    .finally(() => progress.stop());
  const { id, fingerprint, manifest } = found;
  const facts = { id, fingerprint: formatFingerprint(fingerprint), bytes: bytesOf(found), manifest };
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

/**
 * `models verify`: hashes, shapes, bounds, and the self-test on a device, of language models two steps in place of
 * the latter; all packages unless some are named.
 */
export async function verifyModels(
  names: readonly string[],
  { json, device }: ModelsCommandOptions & { readonly device: DeviceChoice },
): Promise<number> {
  const progress = hashingProgress(json);
  const folders = new PackageFolders(undefined, progress.update);
  const subjects = names.length > 0 ? names : (await folders.list()).map(({ folder }) => folder);
  const results: Record<string, unknown>[] = [];
  for (const subject of subjects) {
    try {
      const found = await folders.namedPackage(subject).finally(() => progress.stop());
      const proof = await prove(found, device);
      const fingerprint = formatFingerprint(found.fingerprint);
      results.push({ model: subject, id: found.id, fingerprint, device: proof.device });
      if (!json) write(`${found.id}  sound, ${proof.text} on ${proof.device}; ${fingerprint}`);
    } catch (error) {
      const known = toLlmcError(error);
      results.push({ model: subject, error: errorToJson(known) });
      if (!json) process.stderr.write(`${errorColours.red('llmc:')} ${subject}: ${errorToText(known)}\n`);
    }
  }
  if (json) writeJson({ models: results });
  return results.some((result) => 'error' in result) ? ExitStatus.failed : ExitStatus.ok;
}

/** Opens a package on a device, which is then proven to compute it. */
async function prove(found: ModelPackage, device: DeviceChoice): Promise<{ device: string; text: string }> {
  if (found.profile === 'exact') {
    const model = await openExactModel(found, { device, onWarning: warn });
    await model.close();
    return { device: model.device, text: 'self-test passed' };
  }
  const model = await openFloatModel(found, { device: device === 'integers' ? 'auto' : device, lanes: 1 });
  await model.close();
  return { device: model.entry.device, text: 'its graph was run' };
}

/** `models add`: copies packages, from folders or out of .llmc files, to where they are found later. */
export async function addModels(sources: readonly string[], { json }: ModelsCommandOptions): Promise<number> {
  const progress = hashingProgress(json);
  const folders = new PackageFolders(undefined, progress.update);
  const added: Record<string, unknown>[] = [];
  for (const source of sources) {
    for (const found of await packagesIn(source, folders).finally(() => progress.stop())) {
      if (found.profile === 'float') await prove(found, 'auto');
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
async function packagesIn(source: string, folders: PackageFolders): Promise<ModelPackage[]> {
  const info = await stat(source).catch(() => undefined);
  if (info === undefined) throw new LlmcError('input', `${source} does not exist`);
  if (info.isDirectory()) return [await folders.readToAdd(source)];
  return withSource(source, async (bytes) => {
    const container = await openContainer(bytes, { lenient: true });
    const found: ModelPackage[] = [];
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
    const found = await folders.read(folder);
    return { ...facts, fingerprint: formatFingerprint(found.fingerprint), bytes: bytesOf(found) };
  } catch (error) {
    return { ...facts, fingerprint: null, bytes: null, error: errorToJson(toLlmcError(error)) };
  }
}

/** Bytes of a package's files. */
function bytesOf(found: ModelPackage): number {
  if (found.profile === 'exact') return found.files.manifest.length + found.files.weights.length;
  return [...found.files.values()].reduce((sum, { bytes }) => sum + bytes, 0);
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
