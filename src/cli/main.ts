#!/usr/bin/env node
/**
 * The command line: parses arguments, runs a command, sets the exit status. What a command needs is loaded when it runs,
 * since loading all of it takes longer than many a command.
 */

import { readFileSync } from 'node:fs';
import { Command, Help, InvalidArgumentError, Option } from 'commander';
import type { DeviceChoice } from '../lm/exact/exact-model.js';
import { userModelFolder } from '../lm/package-folders-node.js';
import { addBenchCommand } from './bench.js';
import { parseCodebook, parseFrameRate, parseGrid, parseQuality } from './codec-choice.js';
import { errorColours } from './colours.js';
import { addConformanceCommand } from './conformance.js';
import type { DecodeCommandOptions } from './decode.js';
import type { DoctorCommandOptions } from './doctor.js';
import type { EncodeCommandOptions } from './encode.js';
import type { InspectCommandOptions } from './inspect.js';
import { MEDIUM_FORMATS } from './medium-format.js';
import type { ModelsCommandOptions } from './models.js';
import {
  countOption,
  deviceOption,
  jobsOption,
  lanesOption,
  memoryOption,
  quietOption,
  recursiveOption,
} from './options.js';
import { outputError, removeTemporaryFiles } from './output.js';
import { stopProgress } from './progress.js';
import { ExitStatus, errorToText, toLlmcError } from './report.js';
import type { VerifyCommandOptions } from './verify.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const interruption = new AbortController();
let status: number = ExitStatus.ok;

const program = new Command('llmc')
  .description(
    'Stores media as the latents of a transform codec, entropy-coded by a model: the same bytes back.',
  )
  .version(version)
  .configureHelp({
    // That a flag is off unless it is given goes without saying.
    optionDescription: (option) =>
      option.defaultValue === false ? option.description : Help.prototype.optionDescription(option),
  })
  .exitOverride()
  .addHelpText(
    'after',
    `
Exit status: 0 all is well, 1 some input failed or is damaged, 2 the command line is wrong, 130 interrupted.`,
  );

const outputOption = new Option(
  '-o, --output <path>',
  'output file, or folder for several inputs; - for standard output',
);
const jsonOption = new Option('--json', 'print one JSON document on standard output').default(false);
const forceOption = new Option('-f, --force', 'replace existing output files').default(false);

program
  .command('encode')
  .description(
    'pack files: JPEGs and pixels as coefficients, files of arrays as indices, anything else as it is',
  )
  .argument('<input...>', 'files or, with -r, folders; - for standard input')
  .addOption(outputOption)
  .addOption(recursiveOption)
  .addOption(forceOption)
  .addOption(jobsOption)
  .addOption(
    new Option(
      '-m, --model <name>',
      'entropy model: auto (of JPEGs the exact model or the adaptive one, whichever saves more), adaptive, or a ' +
        'name, fingerprint or folder of a model package',
    ).default('auto'),
  )
  .addOption(
    new Option(
      '--embed-model',
      'put the model into the file, which then needs no other to be decoded',
    ).default(false),
  )
  .addOption(deviceOption)
  .addOption(countOption('--context <n>', 'most tokens that a language model sees at a time'))
  .addOption(lanesOption)
  .addOption(memoryOption)
  .addOption(
    new Option(
      '-c, --codec <name>',
      'auto (JPEG and EnCodec files by their latents), raw, jpeg (coefficients even where raw is smaller), text (tokens of a ' +
        'language model, named with -m), for images dct (their pixels, quantised: lossy), for .npy and .safetensors ' +
        'files vq (grids of codebook indices) or rvq (layers of them over time), or for images and sound a ' +
        'codec package by its name, such as vq-photo or rvq-lyra, or its folder (lossy)',
    ).default('auto'),
  )
  .addOption(new Option('--qf <1-100>', 'dct: quality, as of libjpeg-turbo').argParser(parseQuality))
  .addOption(
    new Option('--sampling <name>', 'dct: sampling of colours, 4:2:0 by default').choices([
      '4:2:0',
      '4:2:2',
      '4:4:4',
    ]),
  )
  .addOption(
    new Option(
      '--background <colour>',
      'dct, codec packages of images: colour behind transparent pixels, such as white or #fff',
    ),
  )
  .addOption(
    new Option(
      '--codebook <n[,n...]>',
      'vq, rvq: entries of the codebook, or of that of each layer',
    ).argParser(parseCodebook),
  )
  .addOption(
    new Option('--grid <WxH>', "vq: indices of an image; by default an array's last two axes").argParser(
      parseGrid,
    ),
  )
  .addOption(
    countOption(
      '--depth <n>',
      'rvq, codec packages of sound: layers; by default what the array shows, or all',
    ),
  )
  .addOption(
    new Option('--frame-rate <hz>', 'rvq: frames a second, such as 50, 12.5 or 44100/512').argParser(
      parseFrameRate,
    ),
  )
  .addOption(
    new Option('--sample-rate <hz>', 'rvq: samples a second of the sound, 0 if it is not known').argParser(
      nonNegativeInteger,
    ),
  )
  .addOption(
    new Option(
      '--axes <letters>',
      'rvq: axes of the arrays: K layers, T frames, N streams (by default NKT or KT)',
    ),
  )
  .addOption(
    new Option(
      '--key <name>',
      'vq, rvq: array of a .safetensors file that holds indices; may be repeated',
    ).argParser((name: string, previous: readonly string[] = []) => [...previous, name]),
  )
  .addOption(new Option('--album', 'put all inputs into the one file that -o names').default(false))
  .addOption(
    new Option(
      '--independent',
      'with --album: let each file decode without the others (they save less)',
    ).default(false),
  )
  .addOption(new Option('--no-digest', 'leave out the SHA-256 of each input'))
  .addOption(new Option('--keep-name', 'store file names (albums always do)').default(false))
  .addOption(
    new Option('--meta <key=value>', 'store a key-value pair; may be repeated')
      .argParser(keyValue)
      .default({}, 'none'),
  )
  .addOption(countOption('--chunk-tokens <n>', 'most coefficients, indices or (raw) bytes in a chunk'))
  .addOption(jsonOption)
  .addOption(quietOption)
  .action(async (inputs: string[], options: EncodeCommandOptions) => {
    if (options.album && options.output === undefined) {
      program.error("error: --album needs an output file, named with '-o'", { exitCode: ExitStatus.usage });
    }
    const { encodeCommand } = await import('./encode.js');
    status = await encodeCommand(inputs, { ...options, signal: interruption.signal });
  });

program
  .command('decode')
  .description('restore the files that were packed')
  .argument('<input...>', '.llmc files or, with -r, folders; - for standard input')
  .addOption(outputOption)
  .addOption(recursiveOption)
  .addOption(forceOption)
  .addOption(jobsOption)
  .addOption(
    new Option('-k, --keep-going', 'recover what is left of a damaged file, and say what is lost').default(
      false,
    ),
  )
  .addOption(
    new Option('-i, --item <index>', 'decode this item of an album; may be repeated').argParser(indexList),
  )
  .addOption(
    new Option(
      '--to <format>',
      'write another format than that which was packed: npy, safetensors (vq, rvq: the indices), png (dct, jpeg: the ' +
        'pixels), wav (rvq of a codec package: the sound)',
    ).choices(MEDIUM_FORMATS),
  )
  .addOption(deviceOption)
  .addOption(memoryOption)
  .addOption(
    new Option('--index-names', "name an album's items by their index, not by their name").default(false),
  )
  .addOption(jsonOption)
  .addOption(quietOption)
  .action(async (inputs: string[], { item, ...options }: DecodeCommandOptions & { item?: number[] }) => {
    const items = item === undefined ? {} : { items: [...new Set(item)].sort((a, b) => a - b) };
    const { decodeCommand } = await import('./decode.js');
    status = await decodeCommand(inputs, { ...options, ...items, signal: interruption.signal });
  });

program
  .command('verify')
  .description('check structure and checksums, without any model')
  .argument('<input...>', '.llmc files or, with -r, folders; - for standard input')
  .addOption(recursiveOption)
  .addOption(new Option('-d, --deep', 'decode everything too, and compare digests').default(false))
  .addOption(deviceOption)
  .addOption(memoryOption)
  .addOption(jobsOption)
  .addOption(jsonOption)
  .addOption(quietOption)
  .action(async (inputs: string[], options: VerifyCommandOptions) => {
    const { verifyCommand } = await import('./verify.js');
    status = await verifyCommand(inputs, { ...options, signal: interruption.signal });
  });

program
  .command('inspect')
  .description('show what a file is, without any model')
  .argument('<input...>', '.llmc files or, with -r, folders; - for standard input')
  .addOption(recursiveOption)
  .addOption(new Option('--hex', 'map every byte to its field').default(false))
  .addOption(jsonOption)
  .action(async (inputs: string[], options: InspectCommandOptions) => {
    const { inspectCommand } = await import('./inspect.js');
    status = await inspectCommand(inputs, options);
  });

const models = program
  .command('models')
  .description('list, show, check, add and remove model packages')
  .addHelpText(
    'after',
    `
Models are looked for in the bundled ones, in the folders of the environment variable LLMC_MODEL_PATH, in
${userModelFolder()}, and in the file that needs one.`,
  );

models
  .command('list')
  .description('all models at hand')
  .addOption(jsonOption)
  .action(async (options: ModelsCommandOptions) => {
    const { listModels } = await import('./models.js');
    status = await listModels(options);
  });

models
  .command('show')
  .description('what a model is, how it was made, and what was measured')
  .argument('<model>', 'name, fingerprint or folder')
  .addOption(jsonOption)
  .action(async (model: string, options: ModelsCommandOptions) => {
    const { showModel } = await import('./models.js');
    status = await showModel(model, options);
  });

models
  .command('verify')
  .description('check hashes, shapes and bounds, and run the self-test on a device')
  .argument('[model...]', 'names, fingerprints or folders; all models at hand by default')
  .addOption(deviceOption)
  .addOption(jsonOption)
  .action(async (names: string[], options: ModelsCommandOptions & { device: DeviceChoice }) => {
    const { verifyModels } = await import('./models.js');
    status = await verifyModels(names, options);
  });

models
  .command('add')
  .description(`copy models to ${userModelFolder()}`)
  .argument('<source...>', 'folders of model packages, or .llmc files that carry one')
  .addOption(jsonOption)
  .action(async (sources: string[], options: ModelsCommandOptions) => {
    const { addModels } = await import('./models.js');
    status = await addModels(sources, options);
  });

models
  .command('remove')
  .description('delete models that were added')
  .argument('<model...>', 'names or fingerprints')
  .addOption(jsonOption)
  .action(async (names: string[], options: ModelsCommandOptions) => {
    const { removeModels } = await import('./models.js');
    status = await removeModels(names, options);
  });

program
  .command('doctor')
  .description('show what models can be computed on here: devices, self-tests, speed')
  .addOption(new Option('-m, --model <name>', 'model to test with, in place of the bundled one'))
  .addOption(jsonOption)
  .action(async (options: DoctorCommandOptions) => {
    const { doctorCommand } = await import('./doctor.js');
    status = await doctorCommand(options);
  });

addBenchCommand(program, interruption.signal, (result) => {
  status = result;
});
addConformanceCommand(program, (result) => {
  status = result;
});
for (const command of [
  program,
  ...program.commands,
  ...program.commands.flatMap((group) => group.commands),
]) {
  command.showHelpAfterError(`(see ${nameOf(command)} --help)`);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interruption.abort();
    removeTemporaryFiles();
    stopProgress();
    process.exit(ExitStatus.interrupted);
  });
}
// A reader that closes the pipe early (`| head`) is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? ExitStatus.ok : exitStatusOf(outputError('standard output', error)));
});

try {
  await program.parseAsync();
  process.exitCode = status;
} catch (error) {
  process.exitCode = exitStatusOf(error);
}

function exitStatusOf(error: unknown): number {
  if (error instanceof Error && 'exitCode' in error && 'code' in error) {
    // Commander has printed its message already; help and version end with 0.
    return error.exitCode === 0 ? ExitStatus.ok : ExitStatus.usage;
  }
  const known = toLlmcError(error);
  process.stderr.write(`${errorColours.red('llmc:')} ${errorToText(known)}\n`);
  return known.code === 'argument' ? ExitStatus.usage : ExitStatus.failed;
}

/** A command as it is typed. */
function nameOf(command: Command): string {
  return command.parent ? `${nameOf(command.parent)} ${command.name()}` : command.name();
}

function nonNegativeInteger(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('Not an integer of 0 or more.');
  return number;
}

function indexList(value: string, previous: readonly number[] = []): number[] {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new InvalidArgumentError('Not an index; they count from 0.');
  return [...previous, number];
}

function keyValue(pair: string, previous: Readonly<Record<string, string>> = {}): Record<string, string> {
  const equals = pair.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('Not of the form key=value.');
  return { ...previous, [pair.slice(0, equals)]: pair.slice(equals + 1) };
}
