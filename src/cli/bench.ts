/** `llmc bench`: measures what codecs and models do to one's own files. */

import { type Command, Option } from 'commander';
import type { BenchLlmOptions, TableName } from './bench-llm.js';
import type { BenchRdOptions } from './bench-rd.js';
import { parseCodebook, parseFrameRate, parseGrid, parseQuality } from './codec-choice.js';
import {
  countOption,
  deviceOption,
  jobsOption,
  lanesOption,
  memoryOption,
  positiveInteger,
  quietOption,
  recursiveOption,
} from './options.js';

/** Tables of `bench llm`; its module is loaded only to run it. */
const TABLES: readonly TableName[] = ['text', 'ratio', 'order', 'chunk', 'time', 'overhead'];

/** Adds the command and its subcommands to the program; `done` receives the exit status. */
export function addBenchCommand(program: Command, signal: AbortSignal, done: (status: number) => void): void {
  const csvOption = new Option('--csv <path>', 'write the figures to this file too');
  const svgOption = new Option('--svg <path>', 'draw the figures into this file too');
  const bench = program.command('bench').description('measure what codecs and models do to your own files');

  bench
    .command('rd')
    .description(
      "rate and distortion: of images beside the codec's own coder, JPEG, WebP, AVIF and, where their programs are installed " +
        '(cjxl and djxl, opj_compress and opj_decompress), JPEG XL and JPEG 2000; of sound by layers',
    )
    .argument('<input...>', 'images, or WAV and FLAC files, or, with -r, folders of them')
    .addOption(recursiveOption)
    .addOption(
      new Option(
        '-c, --codec <name>',
        'dct, or a codec package of images or sound, such as vq-photo or rvq-lyra, by its name or folder',
      ).default('dct'),
    )
    .addOption(
      new Option('--qualities <n,n...>', 'images: qualities, 1 to 100, by default 30,50,75,90').argParser(
        (value: string) => value.split(',').map(parseQuality),
      ),
    )
    .addOption(
      new Option('--sampling <name>', 'images: sampling of colours in JPEG, 4:2:0 by default').choices([
        '4:2:0',
        '4:4:4',
      ]),
    )
    .addOption(
      new Option(
        '--depths <n,n...>',
        'sound: numbers of layers, by default powers of two, and all',
      ).argParser((value: string) => value.split(',').map(positiveInteger)),
    )
    .addOption(
      new Option(
        '--python <program>',
        'sound: a Python that has pystoi, pesq or both, for the scores STOI and PESQ',
      ).default('python3'),
    )
    .addOption(new Option('-m, --model <name>', 'entropy model, as of encode').default('auto'))
    .addOption(csvOption)
    .addOption(svgOption)
    .addOption(deviceOption)
    .addOption(jobsOption)
    .addOption(quietOption)
    .action(async (inputs: string[], options: BenchRdOptions) => {
      const { benchRdCommand } = await import('./bench-rd.js');
      done(await benchRdCommand(inputs, { ...options, json: false, signal }));
    });

  bench
    .command('llm')
    .description('language models beside exact and adaptive ones and the codec without a model')
    .argument('<input...>', 'files or, with -r, folders, each of which is one setting')
    .addOption(recursiveOption)
    .addOption(
      new Option(
        '-m, --model <name>',
        'adaptive, or a name, fingerprint or folder of a model package; may be repeated',
      )
        .argParser((name: string, names: readonly string[] = []) => [...names, name])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--table <name>',
        'what to print: text (bits a byte by context), ratio (by input), order (bits a token by input), chunk (bits a ' +
          'token by context), time (milliseconds a token), overhead (time of coding to that of the bare runtime)',
      )
        .choices(TABLES)
        .default('ratio'),
    )
    .addOption(
      countOption(
        '--tokens <n>',
        'most tokens of a file: of a photo luma of its middle; of text 4 bytes each',
      ).default(4096),
    )
    .addOption(
      new Option('--contexts <n,n...>', 'most tokens of a sequence of a language model')
        .argParser((value: string) => value.split(',').map(positiveInteger))
        .default([256], '256'),
    )
    .addOption(lanesOption)
    .addOption(memoryOption)
    .addOption(
      new Option('-c, --codec <name>', 'latents of the files')
        .choices(['jpeg', 'vq', 'rvq', 'text'])
        .default('jpeg'),
    )
    .addOption(
      new Option(
        '--codebook <n[,n...]>',
        'vq, rvq: entries of the codebook, or of that of each layer',
      ).argParser(parseCodebook),
    )
    .addOption(new Option('--grid <WxH>', 'vq: indices of an image').argParser(parseGrid))
    .addOption(countOption('--depth <n>', 'rvq: layers'))
    .addOption(new Option('--frame-rate <hz>', 'rvq: frames a second').argParser(parseFrameRate))
    .addOption(countOption('--sample-rate <hz>', 'rvq: samples a second of the sound'))
    .addOption(csvOption)
    .addOption(svgOption)
    .addOption(deviceOption)
    .addOption(jobsOption)
    .addOption(quietOption)
    .action(async (inputs: string[], options: BenchLlmOptions) => {
      const { benchLlmCommand } = await import('./bench-llm.js');
      done(await benchLlmCommand(inputs, { ...options, signal }));
    });
}
