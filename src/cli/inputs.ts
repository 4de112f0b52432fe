/** Command-line inputs: files, folders and standard input. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { LlmcError } from '../container/errors.js';
import { type ByteSource, bytesSource } from '../container/source.js';
import { openFileSource } from '../container/source-node.js';

/** The argument that stands for standard input or output. */
export const STDIO = '-';

/** A file to work on. */
export interface InputFile {
  /** Path to open, or `-` for standard input. */
  readonly path: string;
  /** Path below the folder that was named on the command line; the file's own name if it was named itself. */
  readonly relative: string;
  /** Bytes; 0 for standard input, whose size is not known. */
  readonly size: number;
}

/** What the arguments of a command came to. */
export interface Inputs {
  readonly files: readonly InputFile[];
  /** Whether a folder was among the arguments. */
  readonly fromFolder: boolean;
  /** Arguments that could not be read. */
  readonly failures: readonly { readonly path: string; readonly error: LlmcError }[];
}

/**
 * Lists the files that arguments name: themselves, or, with `recursive`, the files in folders that `accept`
 * takes, in name order. Hidden files and links to folders are left out.
 */
export async function listInputs(
  paths: readonly string[],
  recursive: boolean,
  accept: (name: string) => boolean,
): Promise<Inputs> {
  const files: InputFile[] = [];
  const failures: { path: string; error: LlmcError }[] = [];
  let fromFolder = false;
  for (const path of paths) {
    if (path === STDIO) {
      files.push({ path, relative: 'stdin', size: 0 });
      continue;
    }
    try {
      const info = await stat(path);
      if (!info.isDirectory()) {
        files.push({ path, relative: basename(path), size: info.size });
      } else if (recursive) {
        fromFolder = true;
        await walk(path, '', accept, files);
      } else {
        failures.push({ path, error: new LlmcError('input', 'is a folder; use -r to take the files in it') });
      }
    } catch (cause) {
      failures.push({ path, error: inputError(cause) });
    }
  }
  return { files, fromFolder, failures };
}

async function walk(
  root: string,
  below: string,
  accept: (name: string) => boolean,
  files: InputFile[],
): Promise<void> {
  const entries = await readdir(join(root, below), { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const relative = join(below, entry.name);
    if (entry.isDirectory()) {
      await walk(root, relative, accept, files);
    } else if (accept(entry.name)) {
      const path = join(root, relative);
      const info = await stat(path).catch(() => undefined);
      if (info?.isFile()) files.push({ path, relative, size: info.size });
    }
  }
}

/** All bytes of a file or of standard input. */
export async function readInput(path: string): Promise<Uint8Array> {
  try {
    return path === STDIO ? await buffer(process.stdin) : await readFile(path);
  } catch (cause) {
    throw inputError(cause);
  }
}

/** Calls `use` with random access to a file, or to all of standard input, and closes it after. */
export async function withSource<T>(path: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  if (path === STDIO) return use(bytesSource(await readInput(STDIO)));
  const source = await openFileSource(path);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

/** Turns a failure of the file system into an error of code `input`. */
export function inputError(cause: unknown): LlmcError {
  if (cause instanceof LlmcError) return cause;
  const code = (cause as NodeJS.ErrnoException).code;
  const reasons: Record<string, string> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read',
    EPERM: 'may not be read',
    EISDIR: 'is a folder; use -r to take the files in it',
    ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GiB, the most that is read at once',
  };
  const message = reasons[code ?? ''] ?? (cause instanceof Error ? cause.message : String(cause));
  return new LlmcError('input', message, { cause });
}
