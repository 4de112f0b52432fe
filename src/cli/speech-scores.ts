/** Objective scores of speech, by Python's pystoi and pesq where they are installed: no npm package has such a score. */

import { fileURLToPath } from 'node:url';
import { LlmcError } from '../container/errors.js';
import { isInstalled, runProgram } from './programs.js';
import type { Score } from './rd-medium.js';
import { warn } from './report.js';

// src/cli/, dist/cli/ and the dist/chunks/ of bundled programs lie two levels below the package.
const SCRIPT = fileURLToPath(new URL('../../bench/speech_scores.py', import.meta.url));
const REQUIREMENTS = fileURLToPath(new URL('../../bench/requirements.txt', import.meta.url));

/** The scores, in the order in which `speechScores` gives them. */
export const SPEECH_SCORES: readonly Score[] = [
  { name: 'STOI', column: 'stoi', digits: 4 },
  { name: 'PESQ', column: 'pesq', digits: 3 },
];

/**
 * Scores of decoded recordings: for each of them one value a score, NaN where there is none. Warns of scores for which a
 * Python package is missing.
 *
 * @param python A Python program.
 * @param reference WAV file, mono, 16 kHz, 16 bits.
 * @param decoded Such files.
 * @throws LlmcError `input-invalid` where Python fails, `aborted`.
 */
export async function speechScores(
  python: string,
  reference: string,
  decoded: readonly string[],
  signal: AbortSignal,
): Promise<number[][]> {
  const found = isInstalled(python)
    ? parse(await runProgram(python, [SCRIPT, reference, ...decoded], signal))
    : {};
  const missing = SPEECH_SCORES.filter(({ column }) => found[column] === undefined);
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(' and ');
    warn(
      `left out: ${names}, for ${python} does not have them; pip install -r ${REQUIREMENTS}, or name another --python`,
    );
  }
  return decoded.map((_, i) => SPEECH_SCORES.map(({ column }) => found[column]?.[i] ?? Number.NaN));
}

function parse(text: string): Readonly<Record<string, readonly (number | null)[] | undefined>> {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new LlmcError('input-invalid', 'the scores of speech are no JSON', { cause });
  }
}
