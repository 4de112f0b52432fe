/** `llmc bench rd`: rate and distortion of images and sound by a codec, with its own coder and others beside. */

import { writeFile } from 'node:fs/promises';
import { namedCodecPackage } from '../codecs/package/codec-folders-node.js';
import { LlmcError } from '../container/errors.js';
import { dctImages, packageImages } from './rd-images.js';
import type { Medium, Subject } from './rd-medium.js';
import { packageSound } from './rd-sound.js';
import { Figures } from './rd-table.js';
import { type RunOptions, runCommand } from './run.js';

/** Options of the command, as commander hands them over. */
export interface BenchRdOptions extends RunOptions {
  /** `dct`, or a codec package by its name or folder. */
  readonly codec: string;
  readonly qualities?: readonly number[];
  readonly depths?: readonly number[];
  readonly sampling?: '4:2:0' | '4:4:4';
  readonly model: string;
  /** Program that has the scores of speech. */
  readonly python: string;
  /** Files to write all figures, and charts, to. */
  readonly csv?: string;
  readonly svg?: string;
}

const QUALITIES = [30, 50, 75, 90];

/** Runs the command; answers the exit status. */
export async function benchRdCommand(paths: readonly string[], options: BenchRdOptions): Promise<number> {
  const medium = await mediumOf(options);
  const subjects: Subject[] = [];
  try {
    const status = await runCommand(
      'bench rd',
      paths,
      options,
      medium.accepts,
      async ({ inputs, models, report, progress }) => {
        for (const { path, size } of inputs.files) {
          try {
            subjects.push(await medium.measure(path, models));
            report.add({ input: path, status: 'done' });
          } catch (error) {
            if (!(error instanceof LlmcError)) throw error;
            report.add({ input: path, status: 'failed', error });
          }
          progress.update(path, size, 1);
        }
      },
    );
    if (subjects.length === 0) return status;
    const figures = new Figures(medium, subjects);
    process.stdout.write(figures.text());
    if (options.csv !== undefined) await writeFile(options.csv, figures.csv());
    if (options.svg !== undefined) await writeFile(options.svg, figures.svg());
    return status;
  } finally {
    await medium.close();
  }
}

/** @throws LlmcError `argument` where an option is of another medium, `package-missing`, `package-invalid`. */
async function mediumOf(options: BenchRdOptions): Promise<Medium> {
  const { codec, qualities = QUALITIES, sampling = '4:2:0', depths } = options;
  const images = { ...options, qualities: unique(qualities), sampling };
  const refuse = (names: readonly (keyof BenchRdOptions)[], what: string) => {
    const name = names.find((name) => options[name] !== undefined);
    if (name !== undefined)
      throw new LlmcError('argument', `codec ${codec} is of ${what}, which have no --${name}`);
  };
  if (codec === 'dct') {
    refuse(['depths'], 'images');
    return dctImages(images);
  }
  const { manifest, ...rest } = await namedCodecPackage(codec);
  if (manifest.codec === 'vq') {
    refuse(['depths'], 'images');
    return packageImages({ manifest, ...rest }, images);
  }
  refuse(['qualities', 'sampling'], 'recordings');
  return packageSound({ manifest, ...rest }, { ...options, ...(depths ? { depths: unique(depths) } : {}) });
}

function unique(values: readonly number[]): number[] {
  return [...new Set(values)];
}
