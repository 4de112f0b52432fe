/** `llmc conformance`: tries a decoder on the vectors of the conformance kit, and copies the kit. */

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Command, InvalidArgumentError, Option } from 'commander';
import { DecoderCommand } from '../conformance/decoder.js';
import { exportKit } from '../conformance/export.js';
import { readManifest } from '../conformance/manifest.js';
import { runVectors, type VectorResult } from '../conformance/run.js';
import { countBySection, resultsToJson, writeJunit } from '../conformance/summary.js';
import { LlmcError } from '../container/errors.js';
import { errorColours, outputColours } from './colours.js';
import { startProgress } from './progress.js';
import { ExitStatus } from './report.js';

const KIT = fileURLToPath(new URL('../../conformance', import.meta.url));
const BUNDLED_MODELS = fileURLToPath(new URL('../../models', import.meta.url));

interface RunCommandOptions {
  readonly decoder: string;
  readonly group: readonly string[];
  readonly kit: string;
  readonly jobs: number;
  readonly timeout: number;
  readonly memory: number;
  readonly json: boolean;
  readonly junit?: string;
}

/** The command and its subcommands; `done` receives the exit status. */
export function conformanceCommand(done: (status: number) => void): Command {
  const kitOption = new Option('--kit <folder>', 'folder of the kit').default(KIT, 'that of this clone');
  const command = new Command('conformance').description('prove any decoder of .llmc files right');
  command
    .command('run')
    .description('run a decoder over the vectors; conformance/README.md says what it must do')
    .requiredOption('--decoder <command>', "how to run it, such as 'my-decoder {keep-going} {in} {out}'")
    .addOption(
      new Option('--group <name>', 'only vectors whose name begins so; may be repeated')
        .argParser((name: string, names: readonly string[]) => [...names, name])
        .default([], 'all'),
    )
    .addOption(kitOption)
    .addOption(count('-j, --jobs <n>', 'decoders at once').default(availableParallelism(), 'one a core'))
    .addOption(count('--timeout <seconds>', 'most seconds of a run').default(60))
    .addOption(count('--memory <megabytes>', 'most memory of a run').default(1024))
    .option('--json', 'print the results as JSON on standard output', false)
    .option('--junit <file>', 'write the results as JUnit XML too')
    .action(async (options: RunCommandOptions) => done(await run(options)));
  command
    .command('export')
    .description('copy the kit to a folder, to be used without this project')
    .argument('<folder>')
    .addOption(kitOption)
    .action(async (folder: string, { kit }: { kit: string }) => {
      const vectors = await exportKit(kit, folder, BUNDLED_MODELS);
      process.stderr.write(`${folder}: ${vectors} vectors\n`);
      done(ExitStatus.ok);
    });
  return command;
}

async function run(options: RunCommandOptions): Promise<number> {
  const decoder = new DecoderCommand(options.decoder);
  const { vectors: all } = await readManifest(options.kit);
  const { group } = options;
  const vectors = all.filter(
    ({ name }) => group.length === 0 || group.some((start) => name.startsWith(start)),
  );
  if (vectors.length === 0) throw new LlmcError('argument', `no vector is of group ${group.join(', ')}`);
  const progress = startProgress(
    vectors.reduce((sum, { bytes }) => sum + bytes, 0),
    options.json,
  );
  const results = await runVectors(decoder, vectors, {
    kit: options.kit,
    modelFolders: [join(options.kit, 'models'), BUNDLED_MODELS],
    jobs: options.jobs,
    timeoutSeconds: options.timeout,
    memoryBytes: options.memory * 1e6,
    onResult: (result) => {
      progress.update(result.vector.name, result.vector.bytes, 1);
      if (!options.json) progress.interrupt(() => printFaults(result));
    },
  }).finally(() => progress.stop());
  if (options.junit !== undefined) await writeJunit(results, options.junit);
  if (options.json) process.stdout.write(`${JSON.stringify(resultsToJson(results), null, 2)}\n`);
  else printSummary(results, decoder.keepsGoing);
  return results.every(({ faults }) => faults.length === 0) ? ExitStatus.ok : ExitStatus.failed;
}

function printFaults({ vector, faults }: VectorResult): void {
  for (const fault of faults)
    process.stderr.write(`${errorColours.red('failed:')} ${vector.name}: ${fault}\n`);
}

function printSummary(results: readonly VectorResult[], keepsGoing: boolean): void {
  const table = new Table({ head: ['section', 'passed', 'failed'], style: { head: [], compact: true } });
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

function count(flags: string, description: string): Option {
  return new Option(flags, description).argParser((value: string) => {
    const number = Number(value);
    if (!Number.isSafeInteger(number) || number < 1)
      throw new InvalidArgumentError('Not a positive integer.');
    return number;
  });
}
