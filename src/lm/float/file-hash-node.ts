/**
 * SHA-256 of files that may have gigabytes. What was computed of a large file is remembered in the user's cache
 * folder for as long as its size and its times stay the same.
 */

import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Smaller files are hashed in less time than it takes to be careful. */
const REMEMBERED_BYTES = 2 ** 24;

/** A file that changed less than this long ago may change again and keep its times: coarse clocks do not show it. */
const SETTLED_MILLISECONDS = 5000;

/**
 * The SHA-256 of a file, in 64 hexadecimal digits.
 *
 * @param onBytes Told of bytes as they are read; of none where the hash is remembered.
 */
export async function hashOfFile(path: string, onBytes?: (bytes: number) => void): Promise<string> {
  const before = await stat(path);
  const large = before.size >= REMEMBERED_BYTES;
  const key = [resolve(path), before.ino, before.size, before.mtimeMs, before.ctimeMs].join('\n');
  const memory = join(cacheFolder(), `${createHash('sha256').update(key).digest('hex')}.sha256`);
  if (large) {
    const known = await readFile(memory, 'utf8').catch(() => '');
    if (/^[0-9a-f]{64}$/.test(known)) return known;
  }
  const hash = createHash('sha256');
  for await (const part of createReadStream(path, { highWaterMark: 2 ** 22 })) {
    hash.update(part as Uint8Array);
    onBytes?.((part as Uint8Array).length);
  }
  const digest = hash.digest('hex');
  if (large && isSettled(before) && unchanged(before, await stat(path))) await remember(memory, digest);
  return digest;
}

function isSettled({ mtimeMs, ctimeMs }: Stats): boolean {
  return Date.now() - Math.max(mtimeMs, ctimeMs) > SETTLED_MILLISECONDS;
}

function unchanged(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}

async function remember(path: string, digest: string): Promise<void> {
  const temporary = `${path}.${process.pid}.part`;
  try {
    await mkdir(cacheFolder(), { recursive: true });
    await writeFile(temporary, digest);
    await rename(temporary, path);
  } catch {
    // Without a cache folder that can be written, the next run hashes again.
  }
}

function cacheFolder(): string {
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'llmc', 'hashes');
  if (process.platform === 'win32')
    return join(LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'llmc', 'cache', 'hashes');
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'llmc', 'hashes');
}
