/** `npm run wasm`: compiles layer.ts and writes it as a module of the sources, so that it needs no loader. */

import { writeFileSync } from 'node:fs';
import { compileLayer, kernelModule } from './compile.js';

writeFileSync(new URL('../src/lm/exact/wasm-kernel.ts', import.meta.url), kernelModule(await compileLayer()));
