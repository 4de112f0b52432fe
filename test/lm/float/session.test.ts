/** Sessions of ONNX Runtime: what a graph's file says of its outputs, and states that stay on a device. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import * as ort from 'onnxruntime-node';
import { afterAll, expect, it } from 'vitest';
import { openGraph } from '../../../src/lm/float/float-model-node.js';
import { graphOutputs } from '../../../src/lm/float/graph-outputs-node.js';
import type { LanguageModel } from '../../../src/lm/float/language-model.js';
import { PackageFolders } from '../../../src/lm/package-folders-node.js';
import { hasSwiftShader, useSwiftShader } from '../../swiftshader.js';
import { graphBytes, writePackage } from './packages.js';

const scratch = mkdtempSync(join(tmpdir(), 'llmc-session-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const graphFile = (name: string) => new URL(`../../../fixtures/llm/${name}.onnx`, import.meta.url).pathname;

it.each(['llama', 'llama-half', 'recurrent'])('the outputs of %s are read from its file', async (name) => {
  const session = await ort.InferenceSession.create(graphFile(name));
  expect(await graphOutputs(graphFile(name))).toEqual(session.outputNames);
  await session.release();
});

it('a file that is cut or altered has some names or none', async () => {
  const graph = graphBytes('recurrent');
  const path = join(scratch, 'altered.onnx');
  await fc.assert(
    fc.asyncProperty(fc.nat(graph.length), fc.nat(graph.length - 1), fc.nat(255), async (end, at, byte) => {
      const altered = Buffer.from(readFileSync(graphFile('recurrent')));
      altered[at] = byte;
      writeFileSync(path, altered.subarray(0, end));
      expect(Array.isArray(await graphOutputs(path))).toBe(true);
    }),
    { numRuns: 200 },
  );
});

/** Logits of three rows over some steps of two batches, and where the states were in the end. */
async function logitsOf(model: LanguageModel) {
  const logits: number[] = [];
  for (const rows of [3, 1]) {
    model.begin(rows);
    for (let t = 0; t < 5; t++) {
      logits.push(...(await model.step(Int32Array.from({ length: rows }, (_, r) => 7 * t + r))));
    }
  }
  const { state } = model as unknown as { state: Readonly<Record<string, ort.Tensor>> };
  return { logits, places: new Set(Object.values(state).map(({ location }) => location)) };
}

it.runIf(hasSwiftShader).each(['llama', 'recurrent'] as const)(
  'states of %s stay on WebGPU, and give what the CPU computes',
  async (graph) => {
    useSwiftShader();
    const folder = writePackage({ graph });
    const found = await new PackageFolders([]).namedPackage(folder);
    if (found.profile !== 'float') throw new TypeError('not a language model');
    const each = [];
    for (const device of ['cpu', 'webgpu'] as const) {
      const model = await openGraph(found, { device, threads: 1 });
      each.push(await logitsOf(model));
      await model.close();
    }
    rmSync(dirname(folder), { recursive: true });
    const [cpu, webgpu] = each;
    expect([...cpu.places, ...webgpu.places]).toEqual(['cpu', 'gpu-buffer']);
    expect(webgpu.logits).toHaveLength(cpu.logits.length);
    for (const [i, logit] of cpu.logits.entries()) expect(webgpu.logits[i]).toBeCloseTo(logit, 3);
  },
);
