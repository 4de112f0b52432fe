/** Measures of rate and distortion, and the command that prints them. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deltaRate, psnr } from '../../src/cli/rate-distortion.js';
import { speechScores } from '../../src/cli/speech-scores.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('PSNR is that of the mean square', () => {
  expect(psnr(Uint8Array.of(0, 0), Uint8Array.of(255, 255))).toBeCloseTo(0);
  expect(psnr(Uint8Array.of(10, 20), Uint8Array.of(11, 19))).toBeCloseTo(48.1308, 3);
  expect(psnr(Uint8Array.of(7), Uint8Array.of(7))).toBe(Number.POSITIVE_INFINITY);
});

it('a curve at a multiple of the rate differs by that, whatever its points', () => {
  const curve = fc.uniqueArray(fc.integer({ min: 20, max: 50 }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(curve, fc.double({ min: 0.1, max: 4, noNaN: true }), (qualities, factor) => {
      const rateAt = (quality: number) => Math.exp(quality / 8) + quality;
      const anchor = qualities.map((quality) => ({ quality, rate: rateAt(quality) }));
      const other = anchor.map(({ quality, rate }) => ({ quality, rate: factor * rate }));
      expect(deltaRate(anchor, other)).toBeCloseTo(factor - 1, 9);
    }),
  );
  const point = (quality: number) => ({ quality, rate: 1 });
  expect(deltaRate([point(20), point(30)], [point(31), point(40)])).toBeUndefined();
});

it('of one point each, equal in quality, the rates are compared', () => {
  const point = (rate: number, quality: number) => [{ rate, quality }];
  expect(deltaRate(point(4, 30), point(3, 30))).toBeCloseTo(-0.25);
  expect(deltaRate(point(4, 30), point(3, 31))).toBeUndefined();
  expect(deltaRate([], point(3, 31))).toBeUndefined();
});

describe('llmc bench rd', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'llmc-rd-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const image = join(root, 'fixtures/pixels/colour.png');
  const voice = join(root, 'fixtures/sound/voice.wav');

  /** Runs the command with the programs of the folder alone on the PATH. */
  function benchRd(...args: string[]) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [join(root, 'dist/cli/main.js'), 'bench', 'rd', ...args, '-m', 'adaptive', '-q'],
      { cwd: folder, env: { PATH: folder, HOME: folder } },
    );
    return { status, stdout: stdout.toString(), stderr: stderr.toString() };
  }

  function install(name: string, script: string): void {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  }

  /** Rows of a CSV file. */
  function rowsOf(name: string): Record<string, string>[] {
    const [head, ...rows] = readFileSync(join(folder, name), 'utf8')
      .trim()
      .split('\n')
      .map((line) =>
        (line.match(/"[^"]*"|[^,]+|(?<=,)(?=,|$)/g) ?? []).map((cell) => cell.replaceAll('"', '')),
      );
    return rows.map((row) => Object.fromEntries(head.map((name, i) => [name, row[i]])));
  }

  const settingsOf = (rows: Record<string, string>[], setting: string) =>
    rows.map((row) => `${row.format} ${row[setting]}`);

  it('prints a table, and writes CSV and charts, of images as coefficients', () => {
    const { status, stdout, stderr } = benchRd(
      image,
      '--qualities',
      '50,90,50',
      '--csv',
      'rd.csv',
      '--svg',
      'rd.svg',
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/JPEG +50 +\d+[\s\S]*at the same PSNR\s[\s\S]*llmc \(dct\) +-?\d+\.\d\d %/);
    expect(stderr).toBe(
      'llmc: left out, for they are not installed: JPEG XL (cjxl, djxl), JPEG 2000 (opj_compress, opj_decompress)\n',
    );
    const rows = rowsOf('rd.csv');
    expect(settingsOf(rows, 'quality')).toEqual(
      ['AVIF', 'JPEG', 'JPEG (optimised)', 'llmc (dct)', 'WebP'].flatMap((name) => [
        `${name} 50`,
        `${name} 90`,
      ]),
    );
    for (const row of rows) {
      const own = rows.find(({ format, quality }) => format === 'JPEG' && quality === row.quality);
      const same = ['JPEG (optimised)', 'llmc (dct)'].includes(row.format);
      const ratio = Number(row.bytes) / Number(own?.bytes);
      expect(row.of_own_coder).toBe(same ? ratio.toFixed(4) : '');
      if (same) expect(row.psnr_db).toBe(own?.psnr_db);
      expect(Number(row.bits_per_pixel) * Number(row.ratio)).toBeCloseTo(24, 0);
      expect(row.ms_ssim).toBe('');
    }
    // MS-SSIM has none of so small an image, nor a chart.
    expect(readFileSync(join(folder, 'rd.svg'), 'utf8').match(/<svg /g)).toHaveLength(2);
  });

  it('measures other programs where they are installed, and tells which failed on an image', () => {
    install('cjxl', '[ "$3 $4" = "-q 60" ] && exec /bin/cp "$1" "$2"');
    install('djxl', 'exec /bin/cp "$1" "$2"');
    install('opj_compress', '[ "$1 $3" = "-i -o" ] && exec /bin/cp "$2" "$4"');
    install('opj_decompress', 'exec /bin/cp "$2" "$4"');
    expect(benchRd(image, '--qualities', '60', '--csv', 'rd.csv')).toMatchObject({ status: 0, stderr: '' });
    const rows = rowsOf('rd.csv');
    for (const name of ['JPEG XL', 'JPEG 2000']) {
      const row = rows.find(({ format }) => format === name);
      expect(row).toMatchObject({ quality: '60', psnr_db: 'Infinity' });
      expect(Number(row?.bytes)).toBeGreaterThan(0);
    }
    install('djxl', 'echo broken >&2; exit 1');
    const failed = benchRd(image, '--qualities', '60');
    expect(failed).toMatchObject({ status: 1, stdout: '' });
    expect(failed.stderr).toContain('djxl failed: broken [input-invalid]');
  });

  it('measures images by a codec package', () => {
    expect(benchRd(image, '--codec', 'vq-photo', '--qualities', '1', '--csv', 'rd.csv')).toMatchObject({
      status: 0,
    });
    const [packed, payload, file] = ['packed indices', 'llmc (vq-photo), payload', 'llmc (vq-photo)'].map(
      (name) => rowsOf('rd.csv').find(({ format }) => format === name),
    );
    // 4 x 3 cells of 10 bits.
    expect(packed).toMatchObject({ bytes: '15', quality: '', psnr_db: file?.psnr_db });
    expect(Number(payload?.bytes)).toBeLessThan(Number(file?.bytes));
    expect(payload?.of_own_coder).toBe((Number(payload?.bytes) / 15).toFixed(4));
  });

  it('measures sound by layers, with the scores that Python has', () => {
    install('python', '[ $# = 4 ] && echo \'{"stoi": [0.5, 0.75]}\'');
    const args = [voice, '--codec', 'rvq-lyra', '--depths', '2,8', '--csv', 'rd.csv'];
    const { status, stdout, stderr } = benchRd(...args, '--python', 'python');
    expect(status).toBe(0);
    expect(stderr).toMatch(
      /^llmc: left out: PESQ, for python does not have them; pip install -r .*requirements.txt/,
    );
    expect(stdout).toMatch(/at the same STOI\s[\s\S]*llmc \(rvq-lyra\), payload +-?\d+\.\d\d %/);
    const rows = rowsOf('rd.csv');
    const names = ['llmc (rvq-lyra)', 'llmc (rvq-lyra), payload', 'packed indices'];
    expect(settingsOf(rows, 'layers')).toEqual(names.flatMap((name) => [`${name} 2`, `${name} 8`]));
    // 75 frames of 1.5 seconds, 4 bits a layer.
    expect(rows.slice(4)).toMatchObject([
      { bytes: '75', bits_per_second: '400.0', stoi: '0.5000', pesq: '' },
      { bytes: '300', bits_per_second: '1600.0', stoi: '0.7500', pesq: '' },
    ]);
    const without = benchRd(...args);
    expect(without).toMatchObject({ status: 0 });
    expect(without.stderr).toMatch(/^llmc: left out: STOI and PESQ, for python3 /);
    expect(without.stdout).not.toContain('STOI');
  });

  it('refuses options of other media', () => {
    expect(benchRd(image, '--depths', '1')).toMatchObject({ status: 2 });
    expect(benchRd(voice, '--codec', 'rvq-lyra', '--qualities', '1')).toMatchObject({ status: 2 });
    const deep = benchRd(voice, '--codec', 'rvq-lyra', '--depths', '47');
    expect(deep).toMatchObject({ status: 2, stderr: expect.stringContaining('46 layers, not 47') });
  });
});

const hasStoi = spawnSync('python3', ['-c', 'import pystoi']).status === 0;
it.skipIf(!hasStoi)('STOI is 1 of the same sound, and less of another', async () => {
  const voice = join(root, 'fixtures/sound/voice.wav');
  const folder = mkdtempSync(join(tmpdir(), 'llmc-rd-'));
  try {
    const noise = join(folder, 'noise.wav');
    const bytes = readFileSync(voice);
    for (let i = 44; i < bytes.length; i += 2) {
      bytes.writeInt16LE(Math.round(bytes.readInt16LE(i) / 2 + 8000 * Math.sin(i ** 2)), i);
    }
    writeFileSync(noise, bytes);
    const [[same], [other]] = await speechScores(
      'python3',
      voice,
      [voice, noise],
      new AbortController().signal,
    );
    expect(same).toBeCloseTo(1, 4);
    expect(other).toBeLessThan(0.9);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
