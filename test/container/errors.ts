/** Catching the errors that tests expect. */

import { LlmcError } from '../../src/container/errors.js';

/** The LlmcError that `run` throws; anything else fails the test. */
export function errorOf(run: () => unknown): LlmcError {
  try {
    run();
  } catch (error) {
    return coded(error);
  }
  throw new Error('nothing was thrown');
}

/** The LlmcError that a promise is rejected with; anything else fails the test. */
export async function rejectionOf(promise: Promise<unknown>): Promise<LlmcError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return coded(error);
  }
  throw new Error(`nothing was thrown, the result is ${JSON.stringify(value)}`);
}

function coded(error: unknown): LlmcError {
  if (error instanceof LlmcError) return error;
  throw new Error('not an LlmcError', { cause: error });
}
