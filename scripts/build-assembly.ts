/** `npm run build:assembly`: compiles the WebAssembly modules of the sources. */

import { writeFileSync } from 'node:fs';
import { ADAPTIVE, compileModule, KERNEL } from './assembly.js';

for (const module of [ADAPTIVE, KERNEL]) {
  writeFileSync(new URL(`../${module.output}`, import.meta.url), await compileModule(module));
}
