/** Index streams on the command line. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { npy, randomIndices, safetensors } from '../../fixtures/array-files.js';
import { parseFrameRate } from '../../src/cli/codec-choice.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmc-streams-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function llmc(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: folder });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

const RVQ = ['--codec', 'rvq', '--codebook', '1024', '--frame-rate', '12.5', '--sample-rate', '24000'];
const clip = (frames: number) => npy('<i8', [8, frames], randomIndices(8 * frames, 1024, frames));

describe('index streams', () => {
  it('of a folder come back, also as .npy of the smallest type', () => {
    mkdirSync(join(folder, 'codes'));
    writeFileSync(join(folder, 'codes', 'a.npy'), clip(30));
    writeFileSync(join(folder, 'codes', 'b.npy'), clip(7));
    expect(llmc('encode', '-r', 'codes', '-o', 'packed', ...RVQ)).toMatchObject({ status: 0 });
    expect(llmc('decode', '-r', 'packed', '-o', 'back')).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, 'back', 'a.npy')).equals(clip(30))).toBe(true);
    expect(readFileSync(join(folder, 'back', 'b.npy')).equals(clip(7))).toBe(true);
    expect(llmc('decode', '-r', 'packed', '-o', 'small', '--to', 'npy')).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, 'small', 'a.npy'))).toHaveLength(128 + 2 * 8 * 30);
    const { rvq } = JSON.parse(llmc('inspect', '--json', 'packed/a.npy.llmc').stdout);
    expect(rvq).toMatchObject({ depth: 8, frames: 30, frameRate: 12.5, sampleRate: 24000 });
  });

  it('of an album share a chunk, and each comes back alone', () => {
    writeFileSync(join(folder, 'a.npy'), clip(30));
    writeFileSync(join(folder, 'b.npy'), clip(7));
    expect(llmc('encode', 'a.npy', 'b.npy', '--album', '-o', 'all.llmc', ...RVQ)).toMatchObject({
      status: 0,
    });
    expect(JSON.parse(llmc('inspect', '--json', 'all.llmc').stdout).chunks).toHaveLength(1);
    expect(llmc('decode', 'all.llmc', '--item', '1', '-o', 'out')).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, 'out', 'b.npy')).equals(clip(7))).toBe(true);
  });

  it('of an album do without an array that is none of theirs', () => {
    writeFileSync(join(folder, 'a.npy'), clip(30));
    writeFileSync(join(folder, 'floats.npy'), npy('<f4', [8, 30], [...randomIndices(240, 1024, 30)]));
    writeFileSync(join(folder, 'b.npy'), clip(7));
    const { status, stderr } = llmc(
      'encode',
      'a.npy',
      'floats.npy',
      'b.npy',
      '--album',
      '-o',
      'all.llmc',
      ...RVQ,
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/^llmc: floats\.npy: .*\[input-invalid\].*\n2 file\(s\) -> all\.llmc/);
    expect(JSON.parse(llmc('inspect', '--json', 'all.llmc').stdout).items).toHaveLength(2);
  });

  it('ask for what the array does not show, in one line', () => {
    writeFileSync(join(folder, 'a.npy'), clip(3));
    const { status, stderr } = llmc('encode', 'a.npy', '--codec', 'rvq', '--depth', '8');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^llmc: a\.npy: codec rvq needs --codebook, --frame-rate, .*\[argument\].*\n$/);
    const grid = llmc('encode', 'a.npy', '--codec', 'vq', '--codebook', '1024', '--grid', '16x16');
    expect(grid.stderr).toMatch(/\(<i8 \[8, 3\]\) is not made of grids of 16x16 \[input-invalid\]/);
    expect(llmc('encode', 'a.npy', '--codec', 'vq', '--depth', '8').status).toBe(2);
    expect(llmc('encode', 'a.npy', ...RVQ, '--grid', '4').status).toBe(2);
  });

  it('of a .safetensors file are chosen by key', () => {
    const data = new Uint8Array(24);
    const file = safetensors([
      { name: 'codes', type: 'I64', shape: [1, 3], data },
      { name: 'speaker', type: 'I64', shape: [3, 1], data },
    ]);
    writeFileSync(join(folder, 'a.safetensors'), file);
    expect(llmc('encode', 'a.safetensors', ...RVQ).stderr).toContain('[input-invalid]');
    expect(llmc('encode', 'a.safetensors', ...RVQ, '--key', 'codes')).toMatchObject({ status: 0 });
    expect(llmc('decode', 'a.safetensors.llmc', '-o', 'back')).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, 'back')).equals(Buffer.from(file))).toBe(true);
  });
});

describe('frame rates', () => {
  it.each([
    ['50', 50, 1],
    ['12.5', 25, 2],
    ['44100/512', 11025, 128],
    ['0.02', 1, 50],
  ])('%s', (text, numerator, denominator) => {
    expect(parseFrameRate(text)).toEqual({ numerator, denominator });
  });

  it.each(['', '0', '1/0', '-5', '5e3', 'x'])('%j is none', (text) => {
    expect(() => parseFrameRate(text)).toThrow(/Not a rate/);
  });
});
