import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blobSource, bytesSource, toByteSource } from '../../src/container/source.js';
import { openFileSource } from '../../src/container/source-node.js';
import { rejectionOf } from './errors.js';

const BYTES = Uint8Array.from({ length: 100 }, (_, i) => i);
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llmc-source-'));
  await writeFile(join(folder, 'file'), BYTES);
});
afterAll(() => rm(folder, { recursive: true }));

test('every source gives the same ranges', async () => {
  const file = await openFileSource(join(folder, 'file'));
  const view = new Uint8Array([9, ...BYTES, 9]).subarray(1, 101);
  for (const source of [bytesSource(view), blobSource(new Blob([BYTES])), file]) {
    expect(source.byteLength).toBe(100);
    for (const [offset, length] of [
      [0, 100],
      [0, 0],
      [100, 0],
      [7, 3],
      [99, 1],
    ]) {
      expect(await source.read(offset, length)).toEqual(BYTES.subarray(offset, offset + length));
    }
  }
  await file.close();
});

test('bytes and Blobs become sources, sources stay themselves', async () => {
  expect(await toByteSource(BYTES).read(1, 2)).toEqual(Uint8Array.of(1, 2));
  expect(await toByteSource(new Blob([BYTES])).read(1, 2)).toEqual(Uint8Array.of(1, 2));
  const source = bytesSource(BYTES);
  expect(toByteSource(source)).toBe(source);
});

describe('files that cannot be read', () => {
  test('do not exist', async () => {
    const path = join(folder, 'missing');
    const error = await rejectionOf(openFileSource(path));
    expect(error.code).toBe('input');
    expect(error.message).toContain(path);
  });

  test('are folders', async () => {
    expect((await rejectionOf(openFileSource(folder))).code).toBe('input');
  });
});
