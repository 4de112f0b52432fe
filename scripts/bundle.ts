/**
 * The last step of `npm run build`: makes each program that starts often, the command line and the workers, a few files,
 * which load in a fraction of the time of two hundred. What a command loads only when it runs stays apart.
 */

import { build } from 'esbuild';

await build({
  entryPoints: ['src/cli/main.ts', 'src/lm/adaptive-worker-node.ts', 'src/lm/exact/exact-worker-node.ts'],
  outbase: 'src',
  outdir: 'dist',
  // Two levels below the package, like the folders of modules that find other files by where they are themselves.
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
});
