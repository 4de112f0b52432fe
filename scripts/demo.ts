/**
 * `npm run demo`: packs the bundled photo, looks at the file, restores it, compares, then damages a byte and
 * shows what is saved. Every step is a command that a user could type.
 */

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pc from 'picocolors';
import { inspect } from '../src/index.js';

const llmc = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const sample = fileURLToPath(new URL('../fixtures/sample.jpg', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'llmc-demo-'));

function step(title: string): void {
  console.log(`\n${pc.bold(title)}`);
}

/** Runs the command line as a user would, showing the command and what it prints. */
function run(expectedStatus: number, ...args: string[]): void {
  console.log(pc.cyan(`$ llmc ${args.join(' ')}`));
  const { status, stdout, stderr } = spawnSync(process.execPath, [llmc, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}) },
  });
  process.stdout.write(stdout + stderr);
  if (status !== expectedStatus) fail(`exit status ${status}, expected ${expectedStatus}`);
  if (status !== 0) console.log(pc.dim(`(exit status ${status})`));
}

function fail(message: string): never {
  console.error(pc.red(`demo failed: ${message}`));
  process.exit(1);
}

/** Prints sizes as bars, with what each saves of the first. */
function compareSizes(sizes: Readonly<Record<string, number>>): void {
  const whole = Object.values(sizes)[0];
  for (const [name, size] of Object.entries(sizes)) {
    const bar = '#'.repeat(Math.round((40 * size) / whole)).padEnd(40);
    const saved = size === whole ? '' : `  ${(100 * (1 - size / whole)).toFixed(1)} % smaller`;
    console.log(`${name.padEnd(32)}${bar} ${String(size).padStart(7)} bytes${saved}`);
  }
}

const read = (name: string) => readFileSync(join(folder, name));

try {
  copyFileSync(sample, join(folder, 'photo.jpg'));

  step('1. Pack a photo with the language model, and with the adaptive model that has no weights.');
  run(0, 'encode', 'photo.jpg');
  run(0, 'encode', 'photo.jpg', '--model', 'adaptive', '-o', 'adaptive.llmc');
  compareSizes({
    'photo.jpg, the JPEG itself': read('photo.jpg').length,
    'adaptive.llmc, adaptive model': read('adaptive.llmc').length,
    'photo.jpg.llmc, language model': read('photo.jpg.llmc').length,
  });

  step('2. What is in the file? No model is needed to see it.');
  run(0, 'inspect', 'photo.jpg.llmc');

  step('3. Restore it under another name and compare.');
  run(0, 'decode', 'photo.jpg.llmc', '-o', 'restored.jpg');
  if (!read('restored.jpg').equals(read('photo.jpg'))) fail('the restored file differs');
  console.log(pc.green('restored.jpg and photo.jpg are equal, byte for byte'));

  step(
    '4. Pack it in small chunks, so that damage costs little, and damage one byte in the middle of the second.',
  );
  run(0, 'encode', 'photo.jpg', '--chunk-tokens', '120000', '-o', 'chunks.llmc');
  const file = read('chunks.llmc');
  const { chunks } = await inspect(file);
  const place = chunks[1].offset + Math.floor(chunks[1].length / 2);
  file[place] ^= 0x10;
  writeFileSync(join(folder, 'damaged.llmc'), file);
  console.log(`byte ${place} of damaged.llmc has one bit flipped`);
  run(1, 'verify', 'damaged.llmc');

  step('5. Decoding refuses to give wrong bytes; --keep-going saves the rest and says what is lost.');
  run(1, 'decode', 'damaged.llmc', '-o', 'saved.jpg');
  run(1, 'decode', 'damaged.llmc', '-o', 'saved.jpg', '--keep-going');
} finally {
  rmSync(folder, { recursive: true, force: true });
}
