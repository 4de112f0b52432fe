/** What a promise is rejected with. */

import { LlmcError } from '../src/container/errors.js';

/** The error of work that must fail, and with an `LlmcError`. */
export async function failure(work: Promise<unknown>): Promise<LlmcError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof LlmcError) return error;
    throw error;
  }
  throw new Error('did not fail');
}
