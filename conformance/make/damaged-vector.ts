/** What every vector of a damaged file is made with. */

import type { KeepGoing } from '../../src/conformance/manifest.js';
import type { LlmcErrorCode } from '../../src/container/errors.js';
import { FieldFile } from './field-file.js';
import type { Vector } from './vector.js';

export const DAMAGE = 'container.md#7-order-of-decoding-and-damage';
const ERRORS = 'errors.md#chunks-and-items';

/** What is not as in most vectors. */
interface Choices {
  /** Codes that must be reported; by default the first one. */
  readonly errors?: readonly LlmcErrorCode[];
  readonly status?: 0 | 1;
  readonly spec?: readonly string[];
  readonly models?: readonly string[];
}

/** A vector that fails with `error` at once, and has `items` left. */
export function damagedVector(
  name: string,
  purpose: string,
  bytes: Uint8Array,
  error: LlmcErrorCode | readonly LlmcErrorCode[],
  items: KeepGoing['items'],
  choices: Choices = {},
): Vector {
  const codes = typeof error === 'string' ? [error] : error;
  const { errors = codes, status = 1, spec = [DAMAGE, ERRORS], models } = choices;
  return {
    name: `damaged/${name}`,
    purpose,
    spec,
    bytes,
    expect: { error: codes, keepGoing: { status, errors, items } },
    ...(models ? { models } : {}),
  };
}

/** Flips a bit of a chunk's payload. */
export async function flip(file: Uint8Array, ...chunks: number[]): Promise<Uint8Array> {
  const fields = await FieldFile.of(file);
  fields.build();
  const copy = file.slice();
  for (const chunk of chunks) {
    const { offset, length } = fields.place(`chunks[${chunk}].payload`);
    copy[offset + (length >> 1)] ^= 0x20;
  }
  return copy;
}
