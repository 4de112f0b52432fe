/** `llmc conformance run`: the vectors through a decoder, and what came of them. */

import { join } from 'node:path';
import Table from 'cli-table3';
import { DecoderCommand } from '../conformance/decoder.js';
import { readManifest } from '../conformance/manifest.js';
import { runVectors, type VectorResult } from '../conformance/run.js';
import { countBySection, resultsToJson, writeJunit } from '../conformance/summary.js';
import { LlmcError } from '../container/errors.js';
import { errorColours, outputColours } from './colours.js';
import { printLine, startProgress, stopProgress } from './progress.js';
import { ExitStatus } from './report.js';

/** Options of the command, as commander hands them over. */
export interface RunCommandOptions {
  readonly decoder: string;
  readonly group: readonly string[];
  readonly kit: string;
  readonly jobs: number;
  readonly timeout: number;
  readonly memory: number;
  readonly json: boolean;
  readonly junit?: string;
}

/**
 * Runs the command; answers the exit status.
 *
 * @param bundledModels Folder of models that vectors may use beside those of the kit.
 */
export async function runKit(options: RunCommandOptions, bundledModels: string): Promise<number> {
  const decoder = new DecoderCommand(options.decoder);
  const { vectors: all } = await readManifest(options.kit);
  const { group } = options;
  const vectors = all.filter(
    ({ name }) => group.length === 0 || group.some((start) => name.startsWith(start)),
  );
  if (vectors.length === 0) throw new LlmcError('argument', `no vector is of group ${group.join(', ')}`);
  const progress = await startProgress(
    vectors.reduce((sum, { bytes }) => sum + bytes, 0),
    options.json,
  );
  const results = await runVectors(decoder, vectors, {
    kit: options.kit,
    modelFolders: [join(options.kit, 'models'), bundledModels],
    jobs: options.jobs,
    timeoutSeconds: options.timeout,
    memoryBytes: options.memory * 1e6,
    onResult: (result) => {
      progress.update(result.vector.name, result.vector.bytes, 1);
      if (!options.json) printFaults(result);
    },
  }).finally(stopProgress);
  if (options.junit !== undefined) await writeJunit(results, options.junit);
  if (options.json) process.stdout.write(`${JSON.stringify(resultsToJson(results), null, 2)}\n`);
  else printSummary(results, decoder.keepsGoing);
  return results.every(({ faults }) => faults.length === 0) ? ExitStatus.ok : ExitStatus.failed;
}

function printFaults({ vector, faults }: VectorResult): void {
  for (const fault of faults) printLine(`${errorColours.red('failed:')} ${vector.name}: ${fault}`);
}

function printSummary(results: readonly VectorResult[], keepsGoing: boolean): void {
  const table = new Table({
    head: ['section', 'passed', 'failed'],
    style: { head: [], border: [], compact: true },
  });
  for (const { section, passed, failed } of countBySection(results)) {
    table.push([section, passed, failed > 0 ? outputColours.red(failed) : '']);
  }
  const failed = results.filter(({ faults }) => faults.length > 0).length;
  const verdict =
    failed === 0
      ? outputColours.green(`conforms: all ${results.length} vectors passed`)
      : outputColours.red(`does not conform: ${failed} of ${results.length} vectors failed`);
  const note = keepsGoing
    ? ''
    : '\nIt was not asked to read around damage: {keep-going} is not in its command.';
  process.stdout.write(`${table}\n${verdict}${note}\n`);
}
