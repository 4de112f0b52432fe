/** Options that several commands have, and how their values are read. */

import { availableParallelism } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import { DEVICE_CHOICES } from '../lm/exact/exact-model.js';

/** Files and chunks worked on at once. */
export const jobsOption = countOption('-j, --jobs <n>', 'files and chunks worked on at once').default(
  availableParallelism(),
  'one a core',
);
/** What computes models. */
export const deviceOption = new Option(
  '--device <name>',
  'what computes models (see llmc doctor); of exact ones it never changes the bytes',
)
  .choices(DEVICE_CHOICES)
  .default('auto');
/** Most memory of a batch. */
export const memoryOption = countOption(
  '--max-memory <megabytes>',
  'most that a batch of a language model may take (by default 1074)',
);
/** Most lanes of a batch. */
export const lanesOption = countOption(
  '--lanes <n>',
  'most sequences that a language model computes at once',
);
/** No line for a file that is done. */
export const quietOption = new Option('-q, --quiet', 'print failures only').default(false);
/** Whether folders are gone through. */
export const recursiveOption = new Option('-r, --recursive', 'take the files in folders').default(false);

/** An option whose value is a positive integer. */
export function countOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser(positiveInteger);
}

/** A positive integer. */
export function positiveInteger(value: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError('Not a positive integer.');
  return number;
}
