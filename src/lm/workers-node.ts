/** Where the programs of worker threads are. */

import { fileURLToPath } from 'node:url';

// src/lm/, dist/lm/ and the dist/chunks/ of bundled programs lie two levels below the package: tests that run the sources use the built workers.
const WORKERS = new URL('../../dist/lm/', import.meta.url);

/** The path of a worker's program, of which `path` is that below `lm/`. */
export function workerPath(path: string): string {
  return fileURLToPath(new URL(path, WORKERS));
}
