/** Compiles the adaptive model's AssemblyScript. */

import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const OPTIONS = ['-O3', '--runtime', 'stub', '--enable', 'simd', '--enable', 'bulk-memory', '--noAssert'];

/**
 * The WebAssembly binary of src/lm/adaptive/assembly/.
 *
 * @throws Error with the compiler's messages.
 */
export async function compileAssembly(): Promise<Buffer> {
  let binary: Uint8Array | undefined;
  const { error, stderr } = await asc.main(
    [
      'src/lm/adaptive/assembly/index.ts',
      '--baseDir',
      ROOT,
      '-o',
      'adaptive.wasm',
      '--use',
      'abort=',
      ...OPTIONS,
    ],
    {
      writeFile: (_name: string, contents: string | Uint8Array) => {
        binary = contents as Uint8Array;
      },
    },
  );
  if (error || binary === undefined) throw new Error(`the assembly does not compile:\n${stderr.toString()}`);
  return Buffer.from(binary);
}
