/** The self-test of an index model's runner (spec/exact-index.md, 6). */

import { AnswersHash, expectHash, Generator } from '../exact/self-test.js';
import type { IndexRunner } from './index-runner.js';
import { IntegerIndexRunner } from './integer-index-runner.js';
import type { IndexNets } from './nets.js';

const CELLS = 3;
const TOKENS = 5;

/** SHA-256 of a runner's answers to the self-test, 64 hexadecimal digits. */
export async function indexSelfTestHash(runner: IndexRunner, nets: IndexNets): Promise<string> {
  const { codebooks, context_1, token_1 } = nets;
  const random = new Generator();
  const answers = new AnswersHash();
  const vectors = new Int32Array(CELLS * token_1.rows);
  for (let cell = 0; cell < CELLS; cell++) {
    const depth = 1 + random.below(codebooks.length);
    const features = new Int16Array(context_1.inputs);
    random.features(features, 0, features.length);
    await runner.runContext(features, depth, 1, vectors.subarray(cell * token_1.rows));
  }
  answers.add(vectors);
  for (let token = 0; token < TOKENS; token++) {
    const layer = random.below(codebooks.length);
    const features = new Int16Array(token_1.inputs);
    random.features(features, 0, features.length);
    const logits = new Int16Array(codebooks[layer]);
    await runner.runToken(layer, features, vectors.subarray((token % CELLS) * token_1.rows), 1, logits);
    answers.add(logits);
  }
  return answers.finish();
}

/**
 * Checks that a runner gives what integers give.
 *
 * @param expected The package's self-test hash; if it has none, integers are computed here.
 * @throws LlmcError `model-invalid` where the runner does not compute exactly, or the package's hash is
 *   not that of its weights.
 */
export async function indexSelfTest(
  runner: IndexRunner,
  nets: IndexNets,
  expected: string | undefined,
): Promise<void> {
  await expectHash(await indexSelfTestHash(runner, nets), expected, () =>
    indexSelfTestHash(new IntegerIndexRunner(nets), nets),
  );
}
