/** This decoder on every vector, in this process: outputs, codes, offsets, and what is saved of damaged files. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorToText, toLlmcError } from '../../src/cli/report.js';
import type { RunOutcome } from '../../src/conformance/decoder.js';
import { judge, judgeKeepGoing } from '../../src/conformance/judge.js';
import { type ManifestVector, readManifest, vectorPath } from '../../src/conformance/manifest.js';
import { findModel } from '../../src/conformance/run.js';
import { openContainer } from '../../src/container/reader.js';
import { openFileSource } from '../../src/container/source-node.js';
import { nodeModels } from '../../src/lm/model-provider-node.js';
import { decodeItems } from '../../src/pipeline/decode.js';

const KIT = fileURLToPath(new URL('../../conformance', import.meta.url));
const MODEL_FOLDERS = [join(KIT, 'models'), fileURLToPath(new URL('../../models', import.meta.url))];
const { vectors } = await readManifest(KIT);

describe('the decoder on the conformance vectors', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llmc-vectors-'));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it.each(vectors.map((vector) => [vector.name, vector] as const))('%s', async (_, vector) => {
    const output = join(folder, 'strict', vector.name);
    const outcome = await decodeTo(vector, output, false);
    expect(await judge(vector, outcome, output)).toEqual([]);
    const keepGoing = 'error' in vector.expect ? vector.expect.keepGoing : undefined;
    if (keepGoing === undefined) return;
    const saved = join(folder, 'keep-going', vector.name);
    const second = await decodeTo(vector, saved, true);
    expect(await judgeKeepGoing(keepGoing, second, saved)).toEqual([]);
  });
});

/** Decodes as a command would: it knows no model from other files. */
async function decodeTo(vector: ManifestVector, output: string, keepGoing: boolean): Promise<RunOutcome> {
  const modelPath = (vector.models ?? []).map((name) => findModel(name, MODEL_FOLDERS));
  const models = nodeModels({ threads: 1, device: 'integers', modelPath });
  const errors: unknown[] = [];
  const source = await openFileSource(vectorPath(KIT, vector.name));
  try {
    const container = await openContainer(source, { lenient: keepGoing });
    const { length } = container.header.items;
    await mkdir(length > 1 ? output : join(output, '..'), { recursive: true });
    for await (const { index, bytes, damage } of decodeItems(container, models, { keepGoing })) {
      errors.push(...damage.map(({ error }) => error));
      if (bytes) await writeFile(length > 1 ? join(output, String(index)) : output, bytes);
    }
  } catch (error) {
    errors.push(error);
  } finally {
    await source.close();
    await models.close();
  }
  const stderr = errors.map((error) => errorToText(toLlmcError(error))).join('\n');
  return { status: errors.length > 0 ? 1 : 0, ended: undefined, stderr, seconds: 0 };
}
