/**
 * Makes conformance/vectors and conformance/models: `npm run vectors`. With `--check` it writes nothing, and fails where the
 * files there differ from what it makes.
 */

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeVectors, manifestText } from './vectors.js';

const folder = fileURLToPath(new URL('../vectors/', import.meta.url));

const vectors = await makeVectors();
const files = new Map<string, Uint8Array>(vectors.map(({ name, bytes }) => [`${name}.llmc`, bytes]));
files.set('manifest.json', new TextEncoder().encode(manifestText(vectors)));
const there = existsSync(folder) ? listFiles(folder) : [];

const KEPT = ['manifest.schema.json'];
const stale = there.filter((name) => !files.has(name) && !KEPT.includes(name));
if (process.argv.includes('--check')) {
  const differing = [...files].filter(
    ([name, bytes]) => !there.includes(name) || !readFileSync(join(folder, name)).equals(bytes),
  );
  for (const name of [...stale, ...differing.map(([name]) => name)]) console.error(`differs: ${name}`);
  process.exitCode = stale.length + differing.length > 0 ? 1 : 0;
} else {
  for (const name of stale) rmSync(join(folder, name));
  for (const [name, bytes] of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  const size = [...files.values()].reduce((sum, { length }) => sum + length, 0);
  console.log(`${vectors.length} vectors, ${(size / 1e6).toFixed(2)} MB`);
}

function listFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}
