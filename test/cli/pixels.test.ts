/** Pixels on the command line. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const pixels = fileURLToPath(new URL('../../fixtures/pixels/', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmc-pixels-'));
  copyFileSync(join(pixels, 'colour.png'), join(folder, 'a.png'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function llmc(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: folder });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

const DCT = ['--codec', 'dct', '--qf', '75', '-m', 'adaptive'];
const file = (name: string) => readFileSync(join(folder, name));
const raw = (image: Buffer) => sharp(image).raw().toBuffer();

describe('pixels', () => {
  it('become a PNG or JPEG file, as the output is named', async () => {
    expect(llmc('encode', 'a.png', ...DCT)).toMatchObject({ status: 0 });
    const { codec, dct } = JSON.parse(llmc('inspect', '--json', 'a.png.llmc').stdout);
    expect({ codec, qf: dct.qf, sampling: dct.sampling }).toEqual({
      codec: 'dct',
      qf: 75,
      sampling: '4:2:0',
    });
    expect(llmc('decode', 'a.png.llmc', '-o', 'b.jpg')).toMatchObject({ status: 0 });
    expect(llmc('decode', 'a.png.llmc', '-o', 'b.png')).toMatchObject({ status: 0 });
    expect(llmc('decode', 'a.png.llmc', '--to', 'png', '-o', 'c')).toMatchObject({ status: 0 });
    const metadata = await sharp(file('b.jpg')).metadata();
    expect(metadata).toMatchObject({ format: 'jpeg', width: 61, height: 43 });
    expect(
      Buffer.compare(await raw(file('b.jpg')), await raw(join(pixels, 'colour-75-420.jpg') as never)),
    ).toBe(0);
    expect((await sharp(file('b.png')).metadata()).format).toBe('png');
    expect(Buffer.compare(await raw(file('b.png')), await raw(file('b.jpg')))).toBe(0);
    expect(Buffer.compare(file('c'), file('b.png'))).toBe(0);
  });

  it('are named by what they become', async () => {
    await sharp(file('a.png')).webp().toFile(join(folder, 'b.webp'));
    expect(llmc('encode', 'a.png', 'b.webp', '--album', '-o', 'all.llmc', ...DCT)).toMatchObject({
      status: 0,
    });
    expect(llmc('decode', 'all.llmc', '-o', 'out')).toMatchObject({ status: 0 });
    expect((await sharp(file('out/a.png')).metadata()).format).toBe('png');
    expect((await sharp(file('out/b.jpg')).metadata()).format).toBe('jpeg');
    expect(llmc('encode', 'b.webp', ...DCT)).toMatchObject({ status: 0 });
    const { results } = JSON.parse(llmc('decode', 'b.webp.llmc', '--json').stdout);
    expect(results).toMatchObject([{ output: 'b.jpg', status: 'done' }]);
  });

  it('that are packed or restored already are skipped', () => {
    const encode = () => JSON.parse(llmc('encode', 'a.png', '--json', ...DCT).stdout).results[0].status;
    expect([encode(), encode()]).toEqual(['done', 'skipped']);
    for (const name of ['b.jpg', 'b.png']) {
      const decode = () => llmc('decode', 'a.png.llmc', '-o', name, '--json');
      const statuses = [decode(), decode()].map(({ stdout }) => JSON.parse(stdout).results[0].status);
      expect(statuses).toEqual(['done', 'skipped']);
    }
  });

  it('need a quality, and options that fit', () => {
    expect(llmc('encode', 'a.png', '--codec', 'dct')).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^llmc: codec dct needs --qf.*\[argument\].*\n$/),
    });
    expect(llmc('encode', 'a.png', '--qf', '75').status).toBe(2);
    expect(llmc('encode', 'a.png', '--codec', 'dct', '--qf', '101').status).toBe(2);
    expect(llmc('encode', 'a.png', '--codec', 'dct', '--qf', '75', '--sampling', '4:1:0').status).toBe(2);
    writeFileSync(join(folder, 'x.png'), 'no image');
    expect(llmc('encode', 'x.png', ...DCT)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /^llmc: x\.png: the file cannot be read as an image.*\[input-invalid\].*\n$/,
      ),
    });
    expect(llmc('encode', 'a.png', ...DCT).status).toBe(0);
    expect(llmc('decode', 'a.png.llmc', '--to', 'npy').stderr).toContain('[argument]');
    expect(llmc('encode', 'x.png').status).toBe(0);
    expect(llmc('decode', 'x.png.llmc', '--to', 'png').stderr).toContain('[argument]');
  });

  it('of a packed JPEG can be had as PNG', async () => {
    copyFileSync(join(pixels, 'gray-75.jpg'), join(folder, 'g.jpg'));
    expect(llmc('encode', 'g.jpg')).toMatchObject({ status: 0 });
    expect(llmc('decode', 'g.jpg.llmc', '--to', 'png')).toMatchObject({ status: 0 });
    expect(Buffer.compare(await raw(file('g.png')), await raw(file('g.jpg')))).toBe(0);
  });
});
