/**
 * Makes conformance/vectors and conformance/models: `npm run vectors`. test/conformance/kit.test.ts checks that they are
 * what it makes.
 */

import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TINY_MODELS } from './tiny-models.js';
import { makeVectors, manifestText } from './vectors.js';

const folder = fileURLToPath(new URL('../', import.meta.url));
const SCHEMA = 'vectors/manifest.schema.json';

const vectors = await makeVectors();
const files = new Map<string, Uint8Array>(vectors.map(({ name, bytes }) => [`vectors/${name}.llmc`, bytes]));
files.set('vectors/manifest.json', new TextEncoder().encode(manifestText(vectors)));
for (const { id, files: model } of TINY_MODELS) {
  files.set(`models/${id}/model.json`, model.manifest);
  files.set(`models/${id}/weights.safetensors`, model.weights);
}
for (const name of [...listFiles('vectors'), ...listFiles('models')]) {
  if (!files.has(name) && name !== SCHEMA) rmSync(join(folder, name));
}
for (const [name, bytes] of files) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), bytes);
}
const size = [...files.values()].reduce((sum, { length }) => sum + length, 0);
console.log(`${vectors.length} vectors, ${TINY_MODELS.length} models, ${(size / 1e6).toFixed(2)} MB`);

/** Paths of the files in a part of the kit. */
function listFiles(part: string): string[] {
  const root = join(folder, part);
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length));
}
