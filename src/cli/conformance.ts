/** `llmc conformance`: tries a decoder on the vectors of the conformance kit, and copies the kit. */

import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import type { RunCommandOptions } from './conformance-run.js';
import { countOption } from './options.js';
import { ExitStatus } from './report.js';

const KIT = fileURLToPath(new URL('../../conformance', import.meta.url));
const SPEC = fileURLToPath(new URL('../../spec', import.meta.url));
const BUNDLED_MODELS = fileURLToPath(new URL('../../models', import.meta.url));

/** Adds the command and its subcommands to the program; `done` receives the exit status. */
export function addConformanceCommand(program: Command, done: (status: number) => void): void {
  const kitOption = new Option('--kit <folder>', 'folder of the kit').default(KIT, 'that of this clone');
  const command = program.command('conformance').description('prove any decoder of .llmc files right');
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
    .addOption(
      countOption('-j, --jobs <n>', 'decoders at once').default(availableParallelism(), 'one a core'),
    )
    .addOption(countOption('--timeout <seconds>', 'most seconds of a run').default(60))
    .addOption(countOption('--memory <megabytes>', 'most memory of a run').default(1024))
    .option('--json', 'print the results as JSON on standard output', false)
    .option('--junit <file>', 'write the results as JUnit XML too')
    .action(async (options: RunCommandOptions) => {
      const { runKit } = await import('./conformance-run.js');
      done(await runKit(options, BUNDLED_MODELS));
    });
  command
    .command('export')
    .description('copy the kit to a folder, to be used without this project')
    .argument('<folder>')
    .addOption(kitOption)
    .action(async (folder: string, { kit }: { kit: string }) => {
      const { exportKit } = await import('../conformance/export.js');
      const vectors = await exportKit({ kit, spec: SPEC, bundledModels: BUNDLED_MODELS }, folder);
      process.stderr.write(`${folder}: ${vectors} vectors\n`);
      done(ExitStatus.ok);
    });
}
