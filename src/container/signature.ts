/** Telling `.llmc` files from others, and from those that a text-mode transfer has altered. */

import { LlmcError } from './errors.js';
import { SIGNATURE } from './structures.js';

/** What transfers make of the first byte: nothing, its high bit lost, or taken for Latin-1, Windows-1252 or UTF-8. */
const FIRST_BYTE_FORMS = [[0x8c], [0x0c], [0xc2, 0x8c], [0xc5, 0x92], [0xef, 0xbf, 0xbd]];

/** What transfers make of CR LF: nothing, LF, CR, or CR CR LF. */
const LINE_END_FORMS = [[0x0d, 0x0a], [0x0a], [0x0d], [0x0d, 0x0d, 0x0a]];

const MANGLED_SIGNATURES: readonly Uint8Array[] = FIRST_BYTE_FORMS.flatMap((first) =>
  LINE_END_FORMS.map((end) => Uint8Array.of(...first, ...SIGNATURE.subarray(1, 5), ...end, SIGNATURE[7])),
);

/** Bytes that are needed to tell a signature from its altered forms. */
export const SIGNATURE_PROBE = Math.max(...MANGLED_SIGNATURES.map((form) => form.length));

/**
 * Checks the first bytes of a file.
 *
 * @param start At least `SIGNATURE_PROBE` bytes, or the whole file.
 * @throws LlmcError `signature`; `signature-mangled`; `truncated` for a file that is a part of the signature.
 */
export function checkSignature(start: Uint8Array): void {
  if (beginsWith(start, SIGNATURE)) return;
  if (start.length < SIGNATURE.length && beginsWith(SIGNATURE, start)) {
    throw new LlmcError('truncated', `the file ends after ${start.length} bytes`, { offset: start.length });
  }
  const offset = SIGNATURE.findIndex((byte, i) => byte !== start[i]);
  if (MANGLED_SIGNATURES.some((form) => beginsWith(start, form))) {
    throw new LlmcError('signature-mangled', 'the signature is as a text-mode transfer leaves it', {
      offset,
    });
  }
  throw new LlmcError('signature', 'the file does not begin with the signature of .llmc', { offset });
}

function beginsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.length <= bytes.length && prefix.every((byte, i) => byte === bytes[i]);
}
