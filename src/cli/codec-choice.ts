/** The codec that the options of `llmc encode` choose, and the forms of their values. */

import { InvalidArgumentError } from 'commander';
import type { CodecChoice, DctChoice, RvqChoice, VqChoice } from '../codecs/codec.js';
import { LlmcError } from '../container/errors.js';
import { type Fraction, lowestTerms } from '../container/fraction.js';

/** Options of `llmc encode` that say what the codec needs to know. */
export interface CodecOptions {
  /** `auto`, `raw`, `jpeg`, `text`, `dct`, `vq`, `rvq`, or a codec package by its name or folder. */
  readonly codec: string;
  readonly qf?: number;
  readonly sampling?: DctChoice['sampling'];
  readonly background?: string;
  readonly codebook?: readonly number[];
  readonly grid?: VqChoice['grid'];
  readonly depth?: number;
  readonly frameRate?: RvqChoice['frameRate'];
  readonly sampleRate?: number;
  readonly axes?: string;
  readonly key?: readonly string[];
}

/** Stands for all codec packages. */
const PACKAGE = 'a codec package';

/** The option of each parameter, and the codecs that have it. */
const CODECS_OF: Readonly<Record<string, readonly string[]>> = {
  qf: ['dct'],
  sampling: ['dct'],
  background: ['dct', PACKAGE],
  codebook: ['vq', 'rvq'],
  grid: ['vq'],
  depth: ['rvq', PACKAGE],
  frameRate: ['rvq'],
  sampleRate: ['rvq'],
  axes: ['rvq'],
  key: ['vq', 'rvq'],
};

/**
 * The choice that options make.
 *
 * @throws LlmcError `argument` where an option is of another codec.
 */
export function codecChoice(options: CodecOptions): CodecChoice {
  const { codec, codebook, grid, depth, frameRate, sampleRate, axes, key } = options;
  const kind = ['auto', 'raw', 'jpeg', 'text', 'dct', 'vq', 'rvq'].includes(codec) ? codec : PACKAGE;
  for (const [name, codecs] of Object.entries(CODECS_OF)) {
    if (options[name as keyof CodecOptions] !== undefined && !codecs.includes(kind)) {
      const option = name.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`);
      throw new LlmcError('argument', `--${option} is for --codec ${codecs.join(' or ')}, not ${codec}`);
    }
  }
  if (codec === 'auto' || codec === 'raw' || codec === 'jpeg' || codec === 'text') return codec;
  if (kind === PACKAGE) {
    const { background } = options;
    return {
      codec: 'package',
      name: codec,
      ...(depth === undefined ? {} : { depth }),
      ...(background === undefined ? {} : { background }),
    };
  }
  if (codec === 'dct') {
    const { qf, sampling, background } = options;
    if (qf === undefined) throw new LlmcError('argument', 'codec dct needs --qf, a quality of 1 to 100');
    return {
      codec,
      quality: qf,
      ...(sampling === undefined ? {} : { sampling }),
      ...(background === undefined ? {} : { background }),
    };
  }
  const keys = key === undefined ? {} : { keys: key };
  if (codec === 'vq') {
    if (codebook !== undefined && codebook.length > 1) {
      throw new LlmcError('argument', 'grids have one codebook');
    }
    return {
      codec,
      ...keys,
      ...(codebook === undefined ? {} : { codebookSize: codebook[0] }),
      ...(grid === undefined ? {} : { grid }),
    };
  }
  return {
    codec: 'rvq',
    ...keys,
    ...(codebook === undefined ? {} : { codebookSizes: codebook }),
    ...(depth === undefined ? {} : { depth }),
    ...(frameRate === undefined ? {} : { frameRate }),
    ...(sampleRate === undefined ? {} : { sampleRate }),
    ...(axes === undefined ? {} : { axes }),
  };
}

/** Entries of a codebook, or of that of each layer: `1024`, `4096,1024,1024`. */
export function parseCodebook(value: string): number[] {
  const sizes = value.split(',').map(Number);
  if (sizes.some((size) => !Number.isSafeInteger(size) || size < 1)) {
    throw new InvalidArgumentError(
      'Not a number of entries, such as 1024, or one a layer, such as 4096,1024.',
    );
  }
  return sizes;
}

/** A size: `16x12`, width first. */
export function parseGrid(value: string): { width: number; height: number } {
  const match = /^([1-9]\d{0,8})x([1-9]\d{0,8})$/.exec(value);
  if (!match) throw new InvalidArgumentError('Not a size in indices, such as 16x12 (width first).');
  return { width: Number(match[1]), height: Number(match[2]) };
}

/** A rate as a fraction in lowest terms: `50`, `12.5`, `44100/512`. */
export function parseFrameRate(value: string): Fraction {
  const match = /^(\d{1,9})(?:\.(\d{1,6})|\/(\d{1,9}))?$/.exec(value);
  const scale = 10 ** (match?.[2]?.length ?? 0);
  const numerator = Number(match?.[1]) * scale + Number(match?.[2] ?? 0);
  const denominator = Number(match?.[3] ?? scale);
  if (!match || numerator === 0 || denominator === 0) {
    throw new InvalidArgumentError('Not a rate in frames a second, such as 50, 12.5 or 44100/512.');
  }
  return lowestTerms({ numerator, denominator });
}

/** An IJG quality, 1 to 100. */
export function parseQuality(value: string): number {
  const quality = Number(value);
  if (!Number.isInteger(quality) || quality < 1 || quality > 100) {
    throw new InvalidArgumentError('Not a quality of 1 to 100.');
  }
  return quality;
}
