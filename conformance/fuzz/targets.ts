/** All targets of the fuzzer. */

import { MEDIA_TARGETS, MODEL_TARGET, sideDataTarget } from './codec-targets.js';
import { fileTargets } from './file-targets.js';
import type { Target } from './target.js';

/** Makes the targets, with the models that they use. */
export async function makeTargets(): Promise<Target[]> {
  return [...(await fileTargets()), ...MEDIA_TARGETS, sideDataTarget(), MODEL_TARGET];
}
