/** `npm run build:assembly`: compiles the WebAssembly modules of the sources. */

import { writeFileSync } from 'node:fs';
import { ADAPTIVE, compileModule, KERNEL, SYMBOLS } from './assembly.js';

for (const module of [ADAPTIVE, KERNEL, SYMBOLS]) {
  writeFileSync(new URL(`../${module.output}`, import.meta.url), await compileModule(module));
}
