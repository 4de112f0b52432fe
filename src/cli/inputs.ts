/** Command-line inputs: files, folders and standard input. */

import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { LlmcError } from '../container/errors.js';
import { reasonOf } from '../container/reason.js';
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
  /** Arguments, and what is in folders, that could not be read. */
  readonly failures: readonly { readonly path: string; readonly error: LlmcError }[];
  /** Files that were left out: hidden ones, those that the command does not take, and what is no regular file. */
  readonly leftOut: number;
}

/** Whether a name is that of an .llmc file. */
export function isLlmcName(name: string): boolean {
  return /.\.llmc$/i.test(name);
}

/**
 * Lists the files that arguments name: themselves, or, with `recursive`, the files in folders, in name order. Hidden
 * files, and links to folders, are left out.
 */
export async function listInputs(
  paths: readonly string[],
  recursive: boolean,
  accept: (name: string) => boolean,
): Promise<Inputs> {
  const inputs = new InputList(accept);
  for (const path of paths) {
    if (path === STDIO) {
      inputs.files.push({ path, relative: 'stdin', size: 0 });
      continue;
    }
    await inputs.attempt(path, async () => {
      const info = await stat(path);
      if (!info.isDirectory()) {
        inputs.files.push({ path, relative: basename(path), size: info.size });
      } else if (recursive) {
        inputs.fromFolder = true;
        await inputs.walk(path, '');
      } else {
        throw new LlmcError('input', 'is a folder; use -r to take the files in it');
      }
    });
  }
  return inputs;
}

class InputList implements Inputs {
  readonly files: InputFile[] = [];
  readonly failures: { path: string; error: LlmcError }[] = [];
  fromFolder = false;
  leftOut = 0;
  readonly #accept: (name: string) => boolean;

  constructor(accept: (name: string) => boolean) {
    this.#accept = accept;
  }

  /** What cannot be read is noted, and does not stop the rest. */
  async attempt(path: string, read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (cause) {
      this.failures.push({ path, error: inputError(cause) });
    }
  }

  async walk(root: string, below: string): Promise<void> {
    const entries = await readdir(join(root, below), { withFileTypes: true });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const relative = join(below, entry.name);
      const path = join(root, relative);
      await this.attempt(path, async () => {
        if (entry.name.startsWith('.')) this.leftOut++;
        else if (entry.isDirectory()) await this.walk(root, relative);
        else await this.#add(path, relative);
      });
    }
  }

  async #add(path: string, relative: string): Promise<void> {
    const info = await stat(path);
    if (info.isFile() && this.#accept(relative)) this.files.push({ path, relative, size: info.size });
    else this.leftOut++;
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
function inputError(cause: unknown): LlmcError {
  if (cause instanceof LlmcError) return cause;
  const code = (cause as NodeJS.ErrnoException).code;
  const reasons: Record<string, string> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read',
    EPERM: 'may not be read',
    EISDIR: 'is a folder; use -r to take the files in it',
    ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GiB, the most that is read at once',
  };
  const message = reasons[code ?? ''] ?? reasonOf(cause);
  return new LlmcError('input', message, { cause });
}
