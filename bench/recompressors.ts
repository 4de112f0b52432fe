/** Other programs that make JPEGs smaller without loss, where they are installed. */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isInstalled } from '../src/cli/programs.js';

/** A program, and how it is called. */
export interface Recompressor {
  readonly name: string;
  /** The program: a name on the PATH, or a path. */
  readonly program: string;
  /** Its arguments. */
  readonly args: (input: string, output: string) => string[];
  /** What it writes, where that is not `output`. */
  readonly writes?: (input: string, output: string) => string;
}

/** The programs that are measured, of which those that are not installed are left out. */
export function recompressors(paths: {
  readonly lepton?: string | undefined;
  readonly packjpg?: string | undefined;
  readonly paq8px?: string | undefined;
}): Recompressor[] {
  const lepton = paths.lepton ?? ['lepton_jpeg_util', 'lepton'].find(isInstalled) ?? '';
  const packjpg = paths.packjpg ?? ['packjpg', 'packJPG'].find(isInstalled) ?? '';
  const all: Recompressor[] = [
    {
      name: 'jpegtran -optimize',
      program: 'jpegtran',
      args: (input, output) => ['-copy', 'all', '-optimize', '-outfile', output, input],
    },
    {
      name: 'cjxl -e 9',
      program: 'cjxl',
      args: (input, output) => [input, output, '--lossless_jpeg=1', '-e', '9', '--quiet'],
    },
    { name: 'lepton', program: lepton, args: (input, output) => [input, output] },
    {
      name: 'packJPG',
      program: packjpg,
      args: (input) => ['-np', input],
      writes: (input) => input.replace(/\.jpg$/, '.pjg'),
    },
    {
      name: 'paq8px -6',
      program: paths.paq8px ?? 'paq8px',
      args: (input, output) => ['-6', input, output],
    },
  ];
  return all.filter(({ program }) => isInstalled(program));
}

/** Bytes that a program makes of a JPEG; undefined where it is not there or refuses the file. */
export function sizeBy({ program, args, writes }: Recompressor, bytes: Uint8Array): number | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'llmc-bench-'));
  try {
    const input = join(folder, 'in.jpg');
    const output = join(folder, 'out.bin');
    writeFileSync(input, bytes);
    const { status } = spawnSync(program, args(input, output), { stdio: 'ignore' });
    const written = writes?.(input, output) ?? output;
    return status === 0 && existsSync(written) ? statSync(written).size : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
