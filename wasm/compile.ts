/** Compiles the kernel with AssemblyScript. */

import { readFileSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const OPTIONS = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--importMemory', '--noAssert'];

/** The WebAssembly module of layer.ts. */
export async function compileLayer(): Promise<Uint8Array> {
  const source = readFileSync(new URL('layer.ts', import.meta.url), 'utf8');
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(['layer.ts', '--outFile', 'layer.wasm', ...OPTIONS], {
    readFile: (name) => (name === 'layer.ts' ? source : null),
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binary = contents;
    },
    listFiles: () => [],
  });
  if (error || !binary) throw new Error(`AssemblyScript: ${error?.message ?? stderr.toString()}`);
  return binary;
}

/** A TypeScript module that exports the bytes in Base64. */
export function kernelModule(binary: Uint8Array): string {
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,100}/g);
  const text = (lines ?? []).map((line) => `  '${line}'`).join(' +\n');
  return `/** wasm/layer.ts, compiled; made by \`npm run wasm\`. */\nexport const KERNEL =\n${text};\n`;
}
