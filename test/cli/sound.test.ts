/** Sound on the command line. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encode } from '../../src/index.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const sounds = fileURLToPath(new URL('../../fixtures/sound/', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmc-sound-'));
  for (const name of ['voice.wav', 'voice.flac']) copyFileSync(join(sounds, name), join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function llmc(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: folder });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

const LYRA = ['--codec', 'rvq-lyra', '--depth', '8'];
const file = (name: string) => readFileSync(join(folder, name));
const WAV_BYTES = 44 + 2 * 24_000;

describe('sound', () => {
  it('becomes indices, and WAV again or .npy, as the output is named', () => {
    const encoded = llmc('encode', 'voice.wav', ...LYRA);
    expect(encoded).toMatchObject({ status: 0 });
    expect(encoded.stderr).toMatch(
      /48,044 -> .* than the packed indices of 300 \(rvq, (adaptive-index-1|rvq-lyra-1)\)/,
    );
    expect(llmc('decode', 'voice.wav.llmc', '-o', 'a.wav')).toMatchObject({ status: 0 });
    expect(file('a.wav')).toHaveLength(WAV_BYTES);
    expect(file('a.wav').subarray(0, 4).toString()).toBe('RIFF');
    expect(llmc('decode', 'voice.wav.llmc', '-o', 'a.npy')).toMatchObject({ status: 0 });
    expect(llmc('decode', 'voice.wav.llmc', '--to', 'npy', '-o', 'b')).toMatchObject({ status: 0 });
    expect(Buffer.compare(file('a.npy'), file('b'))).toBe(0);
    expect(file('b')).toHaveLength(128 + 8 * 75);
    const again = JSON.parse(llmc('decode', 'voice.wav.llmc', '-o', 'a.wav', '--json').stdout);
    expect(again.results[0].status).toBe('skipped');
  });

  it('of an album is named by what it becomes', () => {
    expect(llmc('encode', 'voice.wav', 'voice.flac', '--album', '-o', 'all.llmc', ...LYRA)).toMatchObject({
      status: 0,
    });
    expect(llmc('decode', 'all.llmc', '-o', 'out')).toMatchObject({ status: 0 });
    expect(file('out/voice.wav')).toHaveLength(WAV_BYTES);
    expect(file('out/0001-voice.wav')).toHaveLength(WAV_BYTES);
  });

  it('of a codec that is not at hand leaves the indices', async () => {
    const codecPackage = { name: 'other-1', fingerprint: new Uint8Array(16) };
    const choice = { codec: 'rvq', codebookSizes: [16], sampleRate: 16000, codecPackage } as const;
    const frameRate = { numerator: 50, denominator: 1 };
    const npy = new Uint8Array(readFileSync(join(sounds, 'voice.npy')));
    writeFileSync(
      join(folder, 'a.wav.llmc'),
      await encode(npy, { jobs: 1, codec: { ...choice, frameRate } }),
    );
    expect(llmc('decode', 'a.wav.llmc')).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^llmc: a\.wav\.llmc: .*other-1 .*--to npy.*\n$/),
    });
    expect(llmc('decode', 'a.wav.llmc', '--to', 'npy')).toMatchObject({ status: 0 });
    expect(Buffer.compare(file('a.npy'), npy)).toBe(0);
  });

  it('needs a file and options that fit', () => {
    expect(llmc('encode', 'voice.wav', '--codec', 'lyra')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^llmc: there is no codec lyra; there are .*rvq-lyra.*\[argument\].*\n$/),
    });
    expect(llmc('encode', 'voice.wav', '--codec', 'rvq-lyra', '--depth', '47').status).toBe(2);
    expect(llmc('encode', 'voice.wav', '--codec', 'rvq-lyra', '--qf', '5').status).toBe(2);
    writeFileSync(join(folder, 'x.wav'), 'no sound');
    expect(llmc('encode', 'x.wav', ...LYRA)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /^llmc: x\.wav: the file is neither WAV or FLAC nor \.npy.*\[input-invalid\].*\n$/,
      ),
    });
    expect(llmc('encode', 'voice.wav')).toMatchObject({ status: 0 });
    expect(llmc('decode', 'voice.wav.llmc', '--to', 'wav', '-o', 'y').stderr).toContain('[argument]');
  });
});
