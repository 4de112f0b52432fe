/** A kit that was exported stands by itself: its pages link to what it holds, its vectors are there. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { exportKit } from '../../src/conformance/export.js';
import { readManifest, vectorPath } from '../../src/conformance/manifest.js';
import { findModel } from '../../src/conformance/run.js';

const part = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const sources = { kit: part('conformance'), spec: part('spec'), bundledModels: part('models') };
const temporary = mkdtempSync(join(tmpdir(), 'llmc-kit-'));

describe('an exported kit', () => {
  afterAll(() => rmSync(temporary, { recursive: true }));

  it('has its vectors and their models, and pages whose links lead somewhere', async () => {
    const kit = join(temporary, 'kit');
    const { vectors } = await readManifest(sources.kit);
    expect(await exportKit(sources, kit)).toBe(vectors.length);
    for (const { name, models = [] } of vectors) {
      expect(existsSync(vectorPath(kit, name)), name).toBe(true);
      for (const model of models) expect(existsSync(findModel(model, [join(kit, 'models')]))).toBe(true);
    }
    const pages = readdirSync(kit, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.md'),
    );
    expect(pages).toContain(join('spec', 'container.md'));
    const broken = pages.flatMap((page) =>
      [...readFileSync(join(kit, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)]
        .map(([, target]) => target)
        .filter((target) => !existsSync(join(kit, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).toEqual([]);
    expect(existsSync(join(kit, 'reference', '.venv'))).toBe(false);
  });

  it('is not put into a folder that has files', async () => {
    const folder = join(temporary, 'used');
    mkdirSync(folder);
    writeFileSync(join(folder, 'file'), '');
    await expect(exportKit(sources, folder)).rejects.toMatchObject({ code: 'output-exists' });
  });
});
