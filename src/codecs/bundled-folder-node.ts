/** Where the package keeps its bundled codec packages. */

import { fileURLToPath } from 'node:url';

/** Their folder: src/codecs/, dist/codecs/ and the dist/chunks/ of bundled programs lie two levels below the package. */
export const BUNDLED_CODECS = fileURLToPath(new URL('../../codecs', import.meta.url));
