/** Output files: written under a temporary name, then given their own; never replaced unless asked for. */

import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import { link, mkdir, open, rename, stat, unlink, utimes } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { LlmcError } from '../container/errors.js';
import { reasonOf } from '../container/reason.js';

/** How an output file is written. */
export interface WriteOptions {
  /** Replaces a file of that name. */
  readonly force: boolean;
  /** Time of last modification to give to the file. */
  readonly modified?: Date;
}

const temporaryFiles = new Set<string>();
const claimed = new Set<string>();

/**
 * Takes an output's name, before anything is computed for it.
 *
 * @throws LlmcError `argument` where it is one of the inputs itself, or an output of this run already.
 */
export async function claimOutput(output: string, inputs: readonly string[]): Promise<void> {
  const path = resolve(output);
  if (claimed.has(path)) throw new LlmcError('argument', `${output} is the output of another input already`);
  claimed.add(path);
  const there = await stat(output).catch(() => undefined);
  if (there === undefined) return;
  for (const input of inputs) {
    const info = await stat(input).catch(() => undefined);
    if (info?.ino === there.ino && info.dev === there.dev) {
      throw new LlmcError('argument', `${output} is the input itself`);
    }
  }
}

/** Removes all temporary files; for a process that is about to end. */
export function removeTemporaryFiles(): void {
  for (const path of temporaryFiles) {
    try {
      unlinkSync(path);
    } catch {
      // It already got its name, or it is gone: either way there is nothing to remove.
    }
  }
  temporaryFiles.clear();
}

/**
 * Writes a file whole or not at all, making its folders.
 *
 * @throws LlmcError `output-exists`, `output`.
 */
export async function writeOutput(
  path: string,
  parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
  options: WriteOptions,
): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.llmc-${randomBytes(6).toString('hex')}.part`);
  try {
    await mkdir(folder, { recursive: true });
    temporaryFiles.add(temporary);
    const file = await open(temporary, 'wx');
    try {
      for await (const part of parts) await file.writeFile(part);
      await file.datasync();
    } finally {
      await file.close();
    }
    if (options.modified !== undefined) await utimes(temporary, new Date(), options.modified);
    await (options.force ? rename(temporary, path) : nameWithoutReplacing(temporary, path));
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw outputError(path, cause);
  } finally {
    temporaryFiles.delete(temporary);
  }
}

// rename() replaces silently, and a check before it leaves a gap; link() refuses in one step.
async function nameWithoutReplacing(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'EEXIST' || code === 'ENOENT') throw cause;
    // The file system has no hard links (FAT, some network shares): reserve the name, then replace it.
    await (await open(path, 'wx')).close();
    try {
      await rename(temporary, path);
    } catch (failure) {
      await unlink(path);
      throw failure;
    }
    return;
  }
  await unlink(temporary);
}

/** Writes all bytes to standard output. */
export async function writeStdout(parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void> {
  for await (const part of parts) {
    await new Promise<void>((resolve, reject) => {
      process.stdout.write(part, (error) =>
        error ? reject(outputError('standard output', error)) : resolve(),
      );
    });
  }
}

/** Turns a failure to write into an error of code `output` or `output-exists`. */
export function outputError(path: string, cause: unknown): LlmcError {
  if (cause instanceof LlmcError) return cause;
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'EEXIST') return new LlmcError('output-exists', `${path} exists`, { cause });
  const reason = reasonOf(cause);
  return new LlmcError('output', `${path} cannot be written: ${reason}`, { cause });
}
