/** Runs a decoder over the vectors of a kit. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LlmcError } from '../container/errors.js';
import type { DecoderCommand, DecoderJob, RunLimits } from './decoder.js';
import { judge, judgeKeepGoing } from './judge.js';
import { type ManifestVector, vectorPath } from './manifest.js';

/** How a decoder fared with a vector. */
export interface VectorResult {
  readonly vector: ManifestVector;
  /** Empty where the vector passed. */
  readonly faults: readonly string[];
  readonly seconds: number;
  /** What the decoder printed on standard error, where it failed. */
  readonly stderr: string;
}

/** What a decoder is run with. */
export interface RunOptions extends RunLimits {
  /** Folder of the kit. */
  readonly kit: string;
  /** Folders that hold model packages, of which the first that has one of a name is taken. */
  readonly modelFolders: readonly string[];
  readonly jobs: number;
  /** Called when a vector is done. */
  readonly onResult?: (result: VectorResult) => void;
}

/** The results, in the order of the vectors. */
export async function runVectors(
  decoder: DecoderCommand,
  vectors: readonly ManifestVector[],
  options: RunOptions,
): Promise<VectorResult[]> {
  const results: VectorResult[] = new Array(vectors.length);
  const folder = await mkdtemp(join(tmpdir(), 'llmc-conformance-'));
  let next = 0;
  const work = async () => {
    while (next < vectors.length) {
      const index = next++;
      const result = await runVector(decoder, vectors[index], join(folder, String(index)), options);
      results[index] = result;
      options.onResult?.(result);
    }
  };
  try {
    await Promise.all(Array.from({ length: options.jobs }, work));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return results;
}

async function runVector(
  decoder: DecoderCommand,
  vector: ManifestVector,
  output: string,
  options: RunOptions,
): Promise<VectorResult> {
  const job: DecoderJob = {
    input: resolve(vectorPath(options.kit, vector.name)),
    output,
    keepGoing: false,
    models: (vector.models ?? []).map((name) => findModel(name, options.modelFolders)),
  };
  const strict = await decoder.run(job, options);
  const faults = await judge(vector, strict, output);
  await rm(output, { recursive: true, force: true });
  let { seconds, stderr } = strict;
  const keepGoing = 'error' in vector.expect ? vector.expect.keepGoing : undefined;
  if (keepGoing !== undefined && decoder.keepsGoing) {
    const outcome = await decoder.run({ ...job, keepGoing: true }, options);
    faults.push(...(await judgeKeepGoing(keepGoing, outcome, output)));
    await rm(output, { recursive: true, force: true });
    seconds += outcome.seconds;
    stderr += outcome.stderr;
  }
  return { vector, faults, seconds, stderr: faults.length > 0 ? stderr : '' };
}

/** Folder of a model package. */
export function findModel(name: string, folders: readonly string[]): string {
  const found = folders.map((folder) => resolve(folder, name)).find((path) => existsSync(path));
  if (found === undefined)
    throw new LlmcError('input', `the model package ${name} is in none of ${folders.join(', ')}`);
  return found;
}
