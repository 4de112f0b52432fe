/** Names of output files. */

import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LlmcError } from '../container/errors.js';
import { type InputFile, type Inputs, STDIO } from './inputs.js';

/**
 * Whether `-o` names a folder: it does when there are many inputs, when it ends in a slash, or when it is one.
 *
 * @throws LlmcError `argument` where many inputs would go into one file or to standard output.
 */
export async function outputIsFolder(
  output: string | undefined,
  { files, fromFolder }: Inputs,
): Promise<boolean> {
  if (output === undefined) return false;
  const many = fromFolder || files.length > 1;
  if (output === STDIO) {
    if (many) throw new LlmcError('argument', 'several inputs cannot go to standard output');
    return false;
  }
  const info = await stat(output).catch(() => undefined);
  if (many && info?.isFile()) {
    throw new LlmcError('argument', `-o ${output} is a file, but there are several inputs`);
  }
  return many || output.endsWith('/') || info?.isDirectory() === true;
}

/** The path of a file's output: `-o`, or in the folder `-o`, or beside the input; `-` for standard output. */
export function resolveOutput(
  file: InputFile,
  output: string | undefined,
  intoFolder: boolean,
  rename: (name: string) => string,
): string {
  if (output !== undefined) return intoFolder ? join(output, rename(file.relative)) : output;
  return file.path === STDIO ? STDIO : rename(file.path);
}

/** Whether anything has that name. */
export async function fileExists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** File name for an item of an album that none of `taken` has; it is added there. */
export function itemFileName(
  item: { readonly index: number; readonly name: string | undefined },
  taken: Set<string>,
): string {
  const number = String(item.index).padStart(4, '0');
  let name = item.name ?? `item-${number}`;
  // Folders of many systems do not tell `A.jpg` from `a.jpg`.
  if (taken.has(name.toLowerCase())) name = `${number}-${name}`;
  taken.add(name.toLowerCase());
  return name;
}
