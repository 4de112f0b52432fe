/** Other programs, where they are installed. */

import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { LlmcError } from '../container/errors.js';
import { reasonOf } from '../container/reason.js';

/** Whether a program is a file, or a name on the PATH. */
export function isInstalled(program: string): boolean {
  if (program === '') return false;
  if (program.includes('/')) return existsSync(program);
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, program)));
}

/**
 * Runs a program; answers what it prints.
 *
 * @throws LlmcError `input-invalid` where it fails, `aborted`.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<string> {
  try {
    return (await promisify(execFile)(program, args, { signal, maxBuffer: 2 ** 26 })).stdout;
  } catch (cause) {
    if (signal.aborted) throw new LlmcError('aborted', 'interrupted', { cause });
    const said = (cause as { stderr?: string }).stderr?.trim().split('\n').at(-1);
    throw new LlmcError('input-invalid', `${program} failed: ${said || reasonOf(cause)}`, { cause });
  }
}

/** Does work with a folder that is removed after. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'llmc-bench-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  // An interruption ends the process at once.
  process.once('exit', remove);
  try {
    return await work(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
