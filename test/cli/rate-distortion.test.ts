/** Measures of rate and distortion, and the command that prints them. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { deltaRate, psnr } from '../../src/cli/rate-distortion.js';

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

it('llmc bench rd prints a table and writes CSV', () => {
  const folder = mkdtempSync(join(tmpdir(), 'llmc-rd-'));
  try {
    const csv = join(folder, 'rd.csv');
    const image = join(root, 'fixtures/pixels/colour.png');
    const args = ['bench', 'rd', image, '--qualities', '50,90', '-m', 'adaptive', '--csv', csv, '-q'];
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), ...args]);
    expect(status).toBe(0);
    expect(stdout.toString()).toMatch(/JPEG +50 +\d+[\s\S]*llmc \(dct\): -?\d+\.\d\d %/);
    const [head, ...rows] = readFileSync(csv, 'utf8').trim().split('\n');
    expect(head).toBe('format,quality,bytes,bits_per_pixel,ratio,psnr_db,ms_ssim');
    expect(rows.map((row) => row.split(',').slice(0, 2).join(' '))).toEqual(
      ['AVIF', 'JPEG', 'JPEG (optimised)', 'WebP', 'llmc (dct)']
        .sort((a, b) => a.localeCompare(b))
        .flatMap((format) => [`${format} 50`, `${format} 90`]),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
