/** Images of a codec package on the command line. */

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { canonicalFile } from '../../src/codecs/arrays/canonical.js';
import { namedCodecPackage } from '../../src/codecs/package/codec-folders-node.js';
import { gridChoiceOf, ImageDecoder, type ImagePackage } from '../../src/codecs/vq/image-node.js';
import { encode } from '../../src/index.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const image = fileURLToPath(new URL('../../fixtures/pixels/colour.png', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmc-image-'));
  copyFileSync(image, join(folder, 'a.png'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function llmc(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { cwd: folder });
  return { status, stdout: stdout.toString(), stderr: stderr.toString() };
}

const sizeOf = async (name: string) => {
  const { format, width, height } = await sharp(join(folder, name)).metadata();
  return { format, width, height };
};

describe('images', () => {
  it('become indices, and PNG again or .npy, as the output is named', async () => {
    const { width, height } = await sizeOf('a.png');
    const bytes = Math.ceil((Math.ceil(width / 16) * Math.ceil(height / 16) * 10) / 8);
    const encoded = llmc('encode', 'a.png', '--codec', 'vq-photo');
    expect(encoded.stderr).toContain(`than the packed indices of ${bytes} (vq, adaptive-index-1)`);
    expect(encoded.status).toBe(0);
    rmSync(join(folder, 'a.png'));
    expect(llmc('decode', 'a.png.llmc')).toMatchObject({ status: 0 });
    expect(await sizeOf('a.png')).toEqual({ format: 'png', width, height });
    expect(llmc('decode', 'a.png.llmc', '-o', 'b', '--to', 'png')).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, 'b'))).toEqual(readFileSync(join(folder, 'a.png')));
    expect(llmc('decode', 'a.png.llmc', '-o', 'a.npy')).toMatchObject({ status: 0 });
    expect(readFileSync(join(folder, 'a.npy')).subarray(1, 6).toString()).toBe('NUMPY');
    expect(llmc('encode', 'a.npy', '--codec', 'vq-photo')).toMatchObject({ status: 0 });
    expect(llmc('decode', 'a.npy.llmc', '--to', 'png', '-o', 'c.png')).toMatchObject({ status: 0 });
    expect((await sizeOf('c.png')).width % 16).toBe(0);
  });

  it('that no image can be made of leave the indices, in one line', async () => {
    const codec = (await namedCodecPackage('vq-photo')) as ImagePackage;
    const choice = { ...gridChoiceOf(codec), codebookSize: 4096 };
    const grid = { codebookSize: 4096, groups: [{ count: 1, width: 5, height: 5 }] };
    const indices = canonicalFile({ codec: 'vq', vq: grid }, new Uint32Array(25).fill(2000));
    writeFileSync(join(folder, 'other.llmc'), await encode(indices, { codec: choice }));
    const other = llmc('decode', 'other.llmc');
    expect(other.stderr).toMatch(/^llmc: other.llmc: .*codebooks.*vq-photo-1.*--to npy.*\[argument\].*\n$/);
    expect(other.status).toBe(1);
    expect(llmc('decode', 'other.llmc', '--to', 'npy')).toMatchObject({ status: 0 });
    const wide = canonicalFile(
      { codec: 'vq', vq: { codebookSize: 1024, groups: [{ count: 1, width: 2048, height: 1024 }] } },
      new Uint32Array(2 ** 21),
    );
    const decoder = await ImageDecoder.open(codec);
    await expect(decoder.decode(wide)).rejects.toMatchObject({ code: 'limit' });
    await decoder.close();
  });

  it('of a codec of indices that names no package stay indices', () => {
    const packed = llmc('encode', 'a.png', '--codec', 'vq-photo');
    expect(packed.status).toBe(0);
    expect(llmc('decode', 'a.png.llmc', '-o', 'a.npy')).toMatchObject({ status: 0 });
    expect(llmc('encode', 'a.npy', '--codec', 'vq', '--codebook', '1024', '-o', 'b.llmc')).toMatchObject({
      status: 0,
    });
    const refused = llmc('decode', 'b.llmc', '--to', 'png', '-o', 'b.png');
    expect(refused).toMatchObject({ status: 1 });
    expect(refused.stderr).toContain('for it names no codec package');
    expect(llmc('encode', 'a.png', '--codec', 'vq-photo', '--depth', '2', '-o', 'd.llmc').stderr).toContain(
      'no --depth',
    );
  });
});
