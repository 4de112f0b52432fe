/** Fingerprints of model and codec packages: leading bytes of a SHA-256 (spec/container.md, "Model table"). */

import { formatHex } from './bytes.js';
import { LlmcError } from './errors.js';

/** Fewest bytes of a fingerprint that a file may carry. */
export const FINGERPRINT_MIN = 8;

/**
 * Leading bytes of a fingerprint that are written to files and shown to people: whoever would pass off another package
 * must make 2^128 attempts.
 */
export const FINGERPRINT_BYTES = 16;

/** Bytes of a whole fingerprint. */
export const FINGERPRINT_MAX = 32;

/** A fingerprint, or its leading bytes, as hexadecimal digits. */
export function formatFingerprint(fingerprint: Uint8Array): string {
  return formatHex(fingerprint);
}

/**
 * The bytes of a fingerprint written in hexadecimal digits.
 *
 * @throws LlmcError `argument` where it is not 8 to 32 bytes of hexadecimal digits.
 */
export function parseFingerprint(text: string): Uint8Array {
  const bytes = Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  const valid = /^([0-9a-f]{2})+$/i.test(text);
  if (!valid || bytes.length < FINGERPRINT_MIN || bytes.length > FINGERPRINT_MAX) {
    throw new LlmcError('argument', `not a fingerprint: ${JSON.stringify(text)}`);
  }
  return bytes;
}

/** Whether a package's whole fingerprint begins with the bytes that a file carries. */
export function matchesFingerprint(whole: Uint8Array, leading: Uint8Array): boolean {
  return leading.length <= whole.length && leading.every((byte, i) => byte === whole[i]);
}
