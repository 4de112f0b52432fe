/** `npm run build:assembly`: compiles src/lm/adaptive/assembly/ into src/lm/adaptive/assembly-base64.ts. */

import { writeFileSync } from 'node:fs';
import { compileAssembly } from './compile-assembly.js';

const base64 = (await compileAssembly()).toString('base64');
const text = `/** The module of assembly/, compiled by \`npm run build:assembly\`. */

/** WebAssembly binary in base64. */
export const ASSEMBLY_BASE64 =
  '${base64}';
`;
writeFileSync(new URL('../src/lm/adaptive/assembly-base64.ts', import.meta.url), text);
