import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixture, GOLDEN_CASES } from '../fixtures/golden-cases.js';
import { decode, encode } from '../src/index.js';

interface ManifestEntry {
  readonly file: string;
  readonly sha256: string;
  readonly items: readonly { readonly length: number; readonly sha256: string }[];
}

const manifest: readonly ManifestEntry[] = JSON.parse(
  readFileSync(new URL('../fixtures/golden/manifest.json', import.meta.url), 'utf8'),
);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('golden files', () => {
  it('are all in the manifest', () => {
    const files = readdirSync(new URL('../fixtures/golden/', import.meta.url)).filter((name) =>
      name.endsWith('.llmc'),
    );
    expect(files.sort()).toEqual(manifest.map(({ file }) => file).sort());
  });

  it.each(manifest)('$file decodes to what it was made of', async ({ file, sha256: digest, items }) => {
    const bytes = fixture(`golden/${file}`);
    expect(sha256(bytes)).toBe(digest);
    const decoded = await decode(bytes, { jobs: 1 });
    expect(decoded.map((item) => sha256(item.bytes as Uint8Array))).toEqual(items.map((item) => item.sha256));
  });

  it.each(GOLDEN_CASES)('$name is what the encoder still writes', async ({ name, inputs, options }) => {
    const bytes = await encode(inputs, { ...options, jobs: 1 });
    expect(sha256(bytes)).toBe(manifest.find(({ file }) => file === `${name}.llmc`)?.sha256);
  });
});
