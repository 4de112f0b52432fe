/** The WebAssembly modules of the sources: each is compiled from AssemblyScript into a module in base64, which needs no loader. */

import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OPTIONS = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd'];

/** A module: where its source is, where it goes, and under which name. */
export interface AssemblyModule {
  readonly source: string;
  readonly output: string;
  readonly name: string;
  readonly options: readonly string[];
}

/** The adaptive model of DCT coefficients. */
export const ADAPTIVE: AssemblyModule = {
  source: 'src/lm/adaptive/assembly/index.ts',
  output: 'src/lm/adaptive/assembly-base64.ts',
  name: 'ASSEMBLY_BASE64',
  options: ['--enable', 'bulk-memory', '--use', 'abort='],
};

/** The inner loops of exact nets. */
export const KERNEL: AssemblyModule = {
  source: 'src/lm/exact/assembly/layer.ts',
  output: 'src/lm/exact/wasm-kernel.ts',
  name: 'KERNEL',
  options: ['--importMemory'],
};

/** The coder of exact models' symbols. */
export const SYMBOLS: AssemblyModule = {
  source: 'src/lm/exact/assembly/symbols.ts',
  output: 'src/lm/exact/wasm-symbols.ts',
  name: 'SYMBOLS',
  options: ['--enable', 'bulk-memory', '--use', 'abort='],
};

/**
 * The text of a module's output.
 *
 * @throws Error with the compiler's messages.
 */
export async function compileModule({ source, name, options }: AssemblyModule): Promise<string> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [source, '--baseDir', ROOT, '--outFile', 'module.wasm', ...OPTIONS, ...options],
    {
      writeFile: (_name, contents) => {
        if (typeof contents !== 'string') binary = contents;
      },
    },
  );
  if (error || !binary) throw new Error(`${source} does not compile:\n${error?.message}\n${stderr}`);
  const lines = Buffer.from(binary)
    .toString('base64')
    .match(/.{1,100}/g);
  const text = (lines ?? []).map((line) => `  '${line}'`).join(' +\n');
  return `/** ${source}, compiled by \`npm run build:assembly\`, in base64. */\nexport const ${name} =\n${text};\n`;
}
