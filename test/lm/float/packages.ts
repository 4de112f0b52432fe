/** Packages of the tiny language models of fixtures/llm. */

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What is to be in a package. */
export interface TestPackage {
  readonly graph?: 'llama' | 'llama-half' | 'recurrent';
  /** Members of the manifest, in place of those of a model of VQ indices. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** Changes the graph's bytes. */
  readonly edit?: (graph: Buffer) => Buffer;
}

/** The graph of a tiny model. */
export function graphBytes(graph: string): Buffer {
  return readFileSync(new URL(`../../../fixtures/llm/${graph}.onnx`, import.meta.url));
}

/** Writes a package into a new folder, and answers that. */
export function writePackage({ graph = 'llama', manifest, edit }: TestPackage = {}): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'llmc-float-')), 'package');
  mkdirSync(folder);
  const bytes = edit ? edit(graphBytes(graph)) : graphBytes(graph);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const states = graph === 'recurrent' ? { states: { state: 'new_state' } } : {};
  const members = {
    name: 'tiny',
    version: 1,
    profile: 'float',
    codec: 'vq',
    arrangement: 'vq-raster',
    contextLength: 64,
    startToken: 0,
    offsets: [1],
    ...states,
    files: { 'model.onnx': { bytes: bytes.length, sha256 } },
    ...manifest,
  };
  writeFileSync(join(folder, 'model.onnx'), bytes);
  writeFileSync(join(folder, 'model.json'), JSON.stringify(members));
  return folder;
}

/** Renames something in a graph to a name of the same length. */
export function rename(from: string, to: string): (graph: Buffer) => Buffer {
  return (graph) => Buffer.from(graph.toString('latin1').replaceAll(from, to), 'latin1');
}
