/** The kit is what its script makes, says what it may say, and leaves out no error code and no section it names. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeVectors, manifestText } from '../../conformance/make/vectors.js';
import type { Manifest } from '../../src/conformance/manifest.js';
import type { LlmcErrorCode } from '../../src/container/errors.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url));
const manifest = JSON.parse(read('conformance/vectors/manifest.json').toString()) as Manifest;

describe('the conformance kit', () => {
  let made: Awaited<ReturnType<typeof makeVectors>>;
  beforeAll(async () => {
    made = await makeVectors();
  }, 120_000);

  it('is what its script makes', () => {
    expect(manifestText(made)).toBe(read('conformance/vectors/manifest.json').toString());
    for (const { name, bytes } of made) {
      expect(read(`conformance/vectors/${name}.llmc`).equals(bytes), name).toBe(true);
    }
  });

  it('has no file that the manifest does not list', () => {
    const folder = fileURLToPath(new URL('../../conformance/vectors/', import.meta.url));
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.llmc'),
    );
    const listed = new Set(manifest.vectors.map(({ name }) => `${name}.llmc`));
    expect(files.filter((name) => !listed.has(name))).toEqual([]);
  });

  it('has a manifest that obeys its schema', () => {
    const schema = JSON.parse(read('conformance/vectors/manifest.schema.json').toString());
    const validate = new Ajv().compile(schema);
    validate(manifest);
    expect(validate.errors).toBeNull();
  });

  it('has a vector for each error code of a file', () => {
    const covered = new Set(
      manifest.vectors.flatMap(({ expect: wanted }) => ('error' in wanted ? wanted.error : [])),
    );
    const [aboutFiles] = read('spec/errors.md').toString().split('## The caller');
    const codes = [...aboutFiles.matchAll(/^\| `([a-z-]+)` \|/gm)].map(([, code]) => code);
    expect(codes).toContain('header-crc');
    const missing = codes.filter((code) => !covered.has(code as LlmcErrorCode));
    expect(missing).toEqual([]);
  });

  it('names sections that the specification has', () => {
    const anchors = new Map<string, Set<string>>();
    const anchorsOf = (page: string) => {
      const known = anchors.get(page) ?? new Set(headingAnchors(read(`spec/${page}`).toString()));
      anchors.set(page, known);
      return known;
    };
    const wrong = manifest.vectors.flatMap(({ name, spec }) =>
      spec
        .map((section) => section.split('#'))
        .filter(([page, anchor]) => anchor !== undefined && !anchorsOf(page).has(anchor))
        .map((parts) => `${name}: ${parts.join('#')}`),
    );
    expect(wrong).toEqual([]);
  });
});

/** The anchors that a Markdown page has in the web views of Git hosts. */
function headingAnchors(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
