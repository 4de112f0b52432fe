/** The golden files of fixtures/golden/. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('../../fixtures/golden/', import.meta.url);

/** Names of the golden .llmc files. */
export const GOLDEN_FILES: readonly string[] = existsSync(FOLDER)
  ? readdirSync(FOLDER, { recursive: true })
      .map(String)
      .filter((name) => name.endsWith('.llmc'))
      .sort()
  : [];

/** Bytes of a golden file. */
export function readGolden(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, FOLDER)));
}
