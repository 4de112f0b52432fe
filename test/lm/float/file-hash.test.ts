import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hashOfFile } from '../../../src/lm/float/file-hash-node.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmc-hash-'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

async function hash(path: string) {
  let read = 0;
  const digest = await hashOfFile(path, (bytes) => {
    read += bytes;
  });
  return { digest, read };
}

it.skipIf(process.platform !== 'linux')('a large file is hashed once, until it changes', async () => {
  const path = join(folder, 'weights');
  const bytes = new Uint8Array(2 ** 24 + 5).fill(3);
  writeFileSync(path, bytes);
  // Fresh: it may yet change within the same tick of the clock.
  expect(await hash(path)).toEqual({ digest: sha256(bytes), read: bytes.length });
  expect((await hash(path)).read).toBe(bytes.length);
  const now = Date.now();
  vi.spyOn(Date, 'now').mockReturnValue(now + 60000);
  expect((await hash(path)).read).toBe(bytes.length);
  expect(await hash(path)).toEqual({ digest: sha256(bytes), read: 0 });
  bytes[7] = 4;
  writeFileSync(path, bytes);
  expect(await hash(path)).toEqual({ digest: sha256(bytes), read: bytes.length });
});

it('a small file is hashed each time', async () => {
  const path = join(folder, 'graph');
  writeFileSync(path, 'hello');
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60000);
  for (let i = 0; i < 2; i++)
    expect(await hash(path)).toEqual({ digest: sha256(Buffer.from('hello')), read: 5 });
});
