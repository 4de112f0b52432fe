/** Exact models in a browser: the whole API is bundled without a Node built-in, and gives the bytes that Node gives. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encode, openModel } from '../../src/index.js';
import { randomPackage } from '../lm/exact/random-package.js';

const ENTRY = fileURLToPath(new URL('../../src/browser.ts', import.meta.url));
const SAMPLE = fileURLToPath(new URL('../../fixtures/sample.jpg', import.meta.url));
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const SKIPPED = process.env.LLMC_SKIP_BROWSER === '1';

describe.skipIf(SKIPPED)('in a browser, a file of an exact model', () => {
  let browser: Browser;
  let page: Page;
  let photo: Uint8Array;
  const packed = { plain: new Uint8Array(), embedded: new Uint8Array() };

  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) {
      throw new Error(
        `There is no browser at ${CHROMIUM}: set CHROMIUM to the path of one, or LLMC_SKIP_BROWSER=1 to skip this test.`,
      );
    }
    const crop = sharp(SAMPLE).extract({ left: 300, top: 200, width: 200, height: 120 });
    photo = new Uint8Array(await crop.jpeg({ quality: 35 }).toBuffer());
    const model = await openModel(randomPackage());
    const options = { models: [model], model: model.id, jobs: 1 };
    packed.plain = new Uint8Array(await encode(photo, options));
    packed.embedded = new Uint8Array(await encode(photo, { ...options, embedModel: true }));
    await model.close();
    const bundle = await build({
      entryPoints: [ENTRY],
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'iife',
      globalName: 'llmc',
      target: 'es2022',
    });
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run'],
    });
    page = await browser.newPage();
    // SHA-256 is there on secure origins alone, and a page without an address is none.
    await page.route('https://llmc.test/', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
    await page.goto('https://llmc.test/');
    await page.addScriptTag({ content: bundle.outputFiles[0].text });
  });
  afterAll(() => browser?.close());

  const inPage = (file: Uint8Array, files?: ReturnType<typeof randomPackage>) =>
    page.evaluate(decodeInPage, {
      file: Array.from(file),
      files: files && { manifest: Array.from(files.manifest), weights: Array.from(files.weights) },
    });

  test('that it carries is decoded', async () => {
    expect(await inPage(packed.embedded)).toEqual({ bytes: Array.from(photo) });
  });

  test('that the page gives is decoded, and encoded to the same bytes', async () => {
    const { bytes, packed: again } = await inPage(packed.plain, randomPackage());
    expect(bytes).toEqual(Array.from(photo));
    expect(again).toEqual(Array.from(packed.plain));
  });

  test('that is not there is refused', async () => {
    expect(await inPage(packed.plain)).toEqual({ code: 'model-missing' });
  });
});

interface Request {
  readonly file: readonly number[];
  readonly files: { readonly manifest: readonly number[]; readonly weights: readonly number[] } | undefined;
}

/** Runs in the page: decodes a file, and encodes the photo again where a model is given. */
async function decodeInPage({
  file,
  files,
}: Request): Promise<{ bytes?: number[]; packed?: number[]; code?: string }> {
  const { decode, encode, openModel } = (
    globalThis as unknown as { llmc: typeof import('../../src/browser.js') }
  ).llmc;
  const models = files
    ? [
        await openModel({
          manifest: Uint8Array.from(files.manifest),
          weights: Uint8Array.from(files.weights),
        }),
      ]
    : [];
  try {
    const [{ bytes = new Uint8Array() }] = await decode(Uint8Array.from(file), { models });
    if (models.length === 0) return { bytes: Array.from(bytes) };
    const packed = await encode(bytes, { models, model: models[0].id });
    return { bytes: Array.from(bytes), packed: Array.from(packed) };
  } catch (error) {
    return { code: (error as { code: string }).code };
  }
}
