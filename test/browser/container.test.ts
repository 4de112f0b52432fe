/** The container layer in a browser: it is bundled without a Node built-in, and describes files as Node does. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inspect, mapBytes, writeContainer } from '../../src/container/index.js';
import { SMALL_CONTENT } from '../container/contents.js';
import { GOLDEN_FILES, readGolden } from '../container/golden.js';

const ENTRY = fileURLToPath(new URL('../../src/container/index.ts', import.meta.url));
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const SKIPPED = process.env.LLMC_SKIP_BROWSER === '1';

async function bundleLayer(): Promise<{ readonly code: string; readonly inputs: readonly string[] }> {
  const result = await build({
    entryPoints: [ENTRY],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'llmc',
    target: 'es2022',
  });
  return { code: result.outputFiles[0].text, inputs: Object.keys(result.metafile.inputs) };
}

test('the layer is bundled for browsers with nothing but itself, binary-parser and crc-32', async () => {
  const { inputs } = await bundleLayer();
  const foreign = inputs.filter(
    (path) => !/(^|\/)(src\/container|node_modules\/(binary-parser|crc-32))\//.test(path),
  );
  expect(foreign).toEqual([]);
  expect(inputs.length).toBeGreaterThan(10);
});

describe.skipIf(SKIPPED)('in a browser', () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    if (!existsSync(CHROMIUM)) {
      throw new Error(
        `There is no browser at ${CHROMIUM}: set CHROMIUM to the path of one, or LLMC_SKIP_BROWSER=1 to skip this test.`,
      );
    }
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        '--no-first-run',
      ],
    });
    page = await browser.newPage();
    await page.addScriptTag({ content: (await bundleLayer()).code });
  });
  afterAll(() => browser?.close());

  const files: readonly [string, () => Uint8Array][] = [
    ['a small file', () => writeContainer(SMALL_CONTENT)],
    ...GOLDEN_FILES.map((name): [string, () => Uint8Array] => [name, () => readGolden(name)]),
  ];

  test.each(files)('inspect and mapBytes agree with Node on %s', async (_, read) => {
    const file = read();
    const found = await page.evaluate(describeInPage, Array.from(file));
    expect(found.description).toEqual(await inspect(file));
    expect(found.fields).toEqual(await mapBytes(file));
  });

  test('files that are written there are the same bytes', async () => {
    const written = await page.evaluate(writeInPage);
    expect(Uint8Array.from(written)).toEqual(writeContainer(rawContent()));
  });

  test('errors keep their code and offset', async () => {
    const error = await page.evaluate(failInPage, [0x8c, 0x4c, 0x4c, 0x4d, 0x43, 0x0a, 0x1a, 1, 0]);
    expect(error).toMatchObject({ name: 'LlmcError', code: 'signature-mangled', offset: 5 });
  });
});

type Layer = typeof import('../../src/container/index.js');
declare const llmc: Layer;

function rawContent() {
  const payload = Uint8Array.of(104, 105);
  return {
    items: [{ parameters: { codec: 'raw' as const }, originalLength: 2 }],
    chunks: [{ tokens: 2, payload, tokensCrc: 0xd8932aac }],
  };
}

// These run in the page: they see nothing of this file but their arguments.

async function describeInPage(bytes: number[]) {
  const file = new Blob([Uint8Array.from(bytes)]);
  return { description: await llmc.inspect(file), fields: await llmc.mapBytes(file) };
}

function writeInPage(): number[] {
  const payload = Uint8Array.of(104, 105);
  return Array.from(
    llmc.writeContainer({
      items: [{ parameters: { codec: 'raw' }, originalLength: 2 }],
      chunks: [{ tokens: 2, payload, tokensCrc: llmc.rawTokensCrc(payload) }],
    }),
  );
}

async function failInPage(bytes: number[]) {
  try {
    await llmc.openContainer(Uint8Array.from(bytes));
  } catch (cause) {
    const { name, code, offset } = cause as import('../../src/container/index.js').LlmcError;
    return { name, code, offset };
  }
  return undefined;
}
