/** What a target of the fuzzer is, and what counts as a right outcome. */

import { LlmcError, type LlmcErrorCode } from '../../src/container/errors.js';
import type { Random } from '../make/media.js';

/** Something that takes bytes from anyone. */
export interface Target {
  readonly name: string;
  /** Its part of the runs: more for what is fast, or large. */
  readonly share: number;
  /** Inputs to start from. */
  readonly seeds: readonly Uint8Array[];
  /** An input made of one and parts of another. */
  mutate(input: Uint8Array, other: Uint8Array, random: Random): Uint8Array | Promise<Uint8Array>;
  /** Tries an input. Throws where the outcome is not a right one. */
  run(input: Uint8Array): void | Promise<void>;
}

/** Codes that say something of the caller, and never of a file. */
const NOT_OF_FILES: ReadonlySet<LlmcErrorCode> = new Set([
  'argument',
  'input',
  'output',
  'input-invalid',
  'output-exists',
  'verification',
  'aborted',
  'internal',
]);

/** The result of a call, or the coded error that it threw. Any other error is a finding, and goes on. */
export async function outcome<T>(
  call: () => T | Promise<T>,
  allowed: (code: LlmcErrorCode) => boolean = (code) => !NOT_OF_FILES.has(code),
): Promise<{ readonly value: T } | { readonly error: LlmcError }> {
  try {
    return { value: await call() };
  } catch (error) {
    if (error instanceof LlmcError && allowed(error.code)) return { error };
    throw error;
  }
}

/** Ends a run with a finding unless `condition` holds. */
export function expectThat(condition: boolean, finding: string): asserts condition {
  if (!condition) throw new Error(finding);
}

/** Whether two byte strings are the same. */
export function equal(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a !== undefined && b !== undefined && Buffer.compare(a, b) === 0;
}
