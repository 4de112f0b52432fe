/** The command line as users meet it: the built program in a folder of its own. */

import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeTemporaryFiles, writeOutput } from '../../src/cli/output.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const sample = fileURLToPath(new URL('../../fixtures/sample.jpg', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmc-cli-'));
  copyFileSync(sample, join(folder, 'photo.jpg'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the program. What is encoded is coded by the adaptive model: models.test.ts has the others. */
function llmc(args: string[], input?: Buffer): SpawnSyncReturns<string> & { bytes: Buffer } {
  const model = args[0] === 'encode' ? ['--model', 'adaptive'] : [];
  const result = spawnSync(process.execPath, [program, ...args, ...model], {
    cwd: folder,
    ...(input ? { input } : {}),
  });
  const bytes = result.stdout;
  return { ...result, bytes, stdout: bytes.toString(), stderr: result.stderr.toString() } as never;
}

const read = (name: string) => readFileSync(join(folder, name));
const write = (name: string, bytes: Uint8Array | string) => writeFileSync(join(folder, name), bytes);

describe('encode and decode', () => {
  it('give the same bytes back, and the same time of modification', () => {
    utimesSync(join(folder, 'photo.jpg'), 1e9, 1e9);
    expect(llmc(['encode', 'photo.jpg']).status).toBe(0);
    expect(llmc(['decode', 'photo.jpg.llmc', '-o', 'back.jpg']).status).toBe(0);
    expect(read('back.jpg').equals(read('photo.jpg'))).toBe(true);
    expect(statSync(join(folder, 'back.jpg')).mtimeMs).toBe(1e12);
  });

  it('work through pipes', () => {
    const packed = llmc(['encode', '-'], read('photo.jpg'));
    expect(packed.status).toBe(0);
    const restored = llmc(['decode', '-'], packed.bytes);
    expect(restored.status).toBe(0);
    expect(restored.bytes.equals(read('photo.jpg'))).toBe(true);
  });

  it('write the same file with any number of jobs', () => {
    llmc(['encode', 'photo.jpg', '-o', 'one.llmc', '--jobs', '1', '--chunk-tokens', '60000']);
    llmc(['encode', 'photo.jpg', '-o', 'three.llmc', '--jobs', '3', '--chunk-tokens', '60000']);
    expect(read('one.llmc').equals(read('three.llmc'))).toBe(true);
    expect(llmc(['decode', 'three.llmc', '-o', 'back.jpg', '--jobs', '2']).status).toBe(0);
    expect(read('back.jpg').equals(read('photo.jpg'))).toBe(true);
  });

  it('replace nothing without --force', () => {
    write('photo.jpg.llmc', 'mine');
    const refused = llmc(['encode', 'photo.jpg']);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/^llmc: photo\.jpg: .*\[output-exists\].*\n$/);
    expect(read('photo.jpg.llmc').toString()).toBe('mine');
    expect(llmc(['encode', 'photo.jpg', '--force']).status).toBe(0);
    expect(read('photo.jpg.llmc').length).toBeGreaterThan(1000);
    write('out.jpg', 'mine');
    expect(llmc(['decode', 'photo.jpg.llmc', '-o', 'out.jpg']).status).toBe(1);
    expect(read('out.jpg').toString()).toBe('mine');
  });

  it('never write over an input, nor twice to one output', () => {
    for (const args of [
      ['encode', 'photo.jpg', '-o', 'photo.jpg', '--force'],
      ['encode', 'photo.jpg', '-o', './photo.jpg', '--force', '--album'],
    ]) {
      expect(llmc(args).stderr).toMatch(/is the input itself \[argument\]/);
    }
    mkdirSync(join(folder, 'other'));
    write('other/photo.jpg', 'another');
    const twice = llmc(['encode', '--force', 'photo.jpg', 'other/photo.jpg', '-o', 'packed']);
    expect(twice.status).toBe(1);
    expect(twice.stderr).toMatch(/is the output of another input already \[argument\]/);
    expect(read('photo.jpg').equals(readFileSync(sample))).toBe(true);
  });

  it('take any name that the file system does', () => {
    const names = ['a b.jpg', '-dash.jpg', 'Grüße 日本.jpg', `${'x'.repeat(240)}.jpg`, 'quote\'"\\.jpg'];
    for (const name of names) write(name, read('photo.jpg'));
    const paths = names.map((name) => `./${name}`);
    expect(llmc(['encode', '-c', 'raw', '-o', 'packed', ...paths]).status).toBe(0);
    expect(llmc(['decode', '-r', 'packed', '-o', 'out']).status).toBe(0);
    expect(readdirSync(join(folder, 'out')).sort()).toEqual([...names].sort());
  });

  it('say what is wrong in one line', () => {
    for (const args of [
      ['encode', 'missing.jpg'],
      ['decode', 'photo.jpg', '-o', 'x'],
      ['decode', 'missing.llmc'],
      ['inspect', 'photo.jpg'],
      ['verify', 'photo.jpg'],
      ['encode', '.'],
    ]) {
      const { status, stderr } = llmc(args);
      expect(status).toBe(1);
      expect(stderr).toMatch(/^llmc: [^\n]+\[[a-z-]+\][^\n]+\n$/);
    }
  });

  it.runIf(existsSync('/dev/full'))('say so where standard output takes no more', () => {
    llmc(['encode', 'photo.jpg']);
    for (const args of [
      'decode photo.jpg.llmc -o -',
      'inspect photo.jpg.llmc',
      'inspect --json photo.jpg.llmc',
    ]) {
      const command = `"${process.execPath}" "${program}" ${args} > /dev/full`;
      const { status, stderr } = spawnSync(command, { shell: true, cwd: folder, encoding: 'utf8' });
      expect(status).toBe(1);
      expect(stderr).toMatch(/^llmc: standard output cannot be written: [^\n]+ \[output\][^\n]+\n$/);
    }
  });

  it('answer a wrong command line with status 2', () => {
    for (const args of [
      ['encode'],
      ['nonsense'],
      ['encode', '--jobs', '0', 'photo.jpg'],
      ['encode', '--album', 'photo.jpg'],
    ]) {
      expect(llmc(args).status).toBe(2);
    }
    expect(llmc(['encode', 'photo.jpg', '-o', '-', 'photo.jpg']).status).toBe(2);
    expect(llmc(['--help']).status).toBe(0);
    expect(llmc(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('folders', () => {
  beforeEach(() => {
    mkdirSync(join(folder, 'in/below'), { recursive: true });
    copyFileSync(sample, join(folder, 'in/a.jpg'));
    copyFileSync(sample, join(folder, 'in/below/b.jpg'));
    write('in/note.txt', 'not an image');
    write('in/empty', '');
  });

  it('are packed, restored and compared whole', () => {
    const packed = llmc(['encode', '-r', 'in', '-o', 'packed', '--json']);
    expect(packed.status).toBe(0);
    expect(JSON.parse(packed.stdout).summary).toMatchObject({ done: 4, failed: 0 });
    expect(llmc(['verify', '-r', 'packed', '--deep']).status).toBe(0);
    expect(llmc(['decode', '-r', 'packed', '-o', 'out']).status).toBe(0);
    for (const name of ['a.jpg', 'below/b.jpg', 'note.txt', 'empty']) {
      expect(read(`out/${name}`).equals(read(`in/${name}`))).toBe(true);
    }
  });

  it('are done once: a second run skips what is sound', () => {
    llmc(['encode', '-r', 'in']);
    const second = llmc(['encode', '-r', 'in', '--json']);
    expect(second.status).toBe(0);
    expect(JSON.parse(second.stdout).summary).toMatchObject({ done: 0, skipped: 4 });
    const damaged = read('in/a.jpg.llmc');
    damaged[damaged.length - 10] ^= 1;
    write('in/a.jpg.llmc', damaged);
    const third = llmc(['encode', '-r', 'in', '--json']);
    expect(third.status).toBe(1);
    expect(JSON.parse(third.stdout).summary).toMatchObject({ skipped: 3, failed: 1 });
    llmc(['decode', '-r', 'in', '-o', 'out']);
    const again = llmc(['decode', '-r', 'in', '-o', 'out', '--json']);
    expect(JSON.parse(again.stdout).summary).toMatchObject({ skipped: 3, failed: 1 });
  });

  it('are not taken for done where another codec or model is asked for', () => {
    llmc(['encode', 'in/a.jpg']);
    const other = llmc(['encode', 'in/a.jpg', '--codec', 'raw']);
    expect(other.status).toBe(1);
    expect(other.stderr).toMatch(/has another codec or model than is asked for \[output-exists\]/);
    expect(llmc(['encode', 'in/a.jpg', '--codec', 'raw', '--force']).status).toBe(0);
    expect(llmc(['encode', 'in/a.jpg', '--codec', 'raw']).stderr).toContain('is done already');
  });

  it('are left with what is in them: hidden and .llmc files are counted', () => {
    write('in/.hidden', 'x');
    write('in/old.llmc', 'x');
    const { summary } = JSON.parse(llmc(['encode', '-r', 'in', '-o', 'packed', '--json']).stdout);
    expect(summary).toMatchObject({ done: 4, leftOut: 2 });
    expect(llmc(['encode', 'in/old.llmc']).stderr).toContain('is an .llmc file already');
    expect(existsSync(join(folder, 'in/old.llmc.llmc'))).toBe(false);
    const inspected = JSON.parse(llmc(['inspect', '-r', 'packed', '--json']).stdout);
    expect(inspected).toHaveLength(4);
  });

  it('go on after a bad file', () => {
    llmc(['encode', '-r', 'in', '-o', 'packed']);
    write('packed/note.txt.llmc', 'broken');
    const result = llmc(['decode', '-r', 'packed', '-o', 'out']);
    expect(result.status).toBe(1);
    expect(result.stderr).toContain('1 failed');
    expect(existsSync(join(folder, 'out/below/b.jpg'))).toBe(true);
    expect(existsSync(join(folder, 'out/note.txt'))).toBe(false);
  });

  it('become albums', () => {
    expect(llmc(['encode', '-r', 'in', '--album', '-o', 'album.llmc']).status).toBe(0);
    expect(llmc(['inspect', 'album.llmc']).stdout).toContain('note.txt');
    expect(llmc(['decode', 'album.llmc']).status).toBe(0);
    expect(readdirSync(join(folder, 'album')).sort()).toEqual(['a.jpg', 'b.jpg', 'empty', 'note.txt']);
    const again = [
      llmc(['encode', '-r', 'in', '--album', '-o', 'album.llmc']),
      llmc(['decode', 'album.llmc']),
    ];
    for (const { status, stderr } of again) {
      expect(status).toBe(0);
      expect(stderr).toContain('is done already');
    }
    expect(llmc(['decode', 'album.llmc', '--item', '0', '-o', '-']).bytes.equals(read('in/a.jpg'))).toBe(
      true,
    );
  });
});

describe('inspect and verify', () => {
  beforeEach(() => {
    llmc(['encode', 'photo.jpg', '--chunk-tokens', '120000', '--meta', 'place=nowhere', '--keep-name']);
  });

  it('describe a file for a person and as JSON', () => {
    const { stdout } = llmc(['inspect', 'photo.jpg.llmc']);
    for (const text of ['768 x 512', 'quality 85', '4:2:0', 'adaptive-dct-1', 'nowhere', 'photo.jpg']) {
      expect(stdout).toContain(text);
    }
    const document = JSON.parse(llmc(['inspect', '--json', 'photo.jpg.llmc']).stdout);
    expect(document).toMatchObject({
      version: '1.0',
      codec: 'jpeg',
      profile: 'adaptive',
      model: { fingerprint: null },
      width: 768,
      height: 512,
      dct: { qf: 85, exact: true, sampling: '4:2:0' },
      items: [{ name: 'photo.jpg', metadata: { place: 'nowhere' } }],
    });
    expect(document.chunks[0]).toMatchObject({ crc32: expect.stringMatching(/^[0-9a-f]{8}$/) });
  });

  it('map every byte', () => {
    const { stdout, status } = llmc(['inspect', '--hex', 'photo.jpg.llmc']);
    expect(status).toBe(0);
    expect(stdout).toContain('8c 4c 4c 4d 43 0d 0a 1a');
  });

  it('find damage, and recover around it', () => {
    const bytes = read('photo.jpg.llmc');
    const { chunks } = JSON.parse(llmc(['inspect', '--json', 'photo.jpg.llmc']).stdout);
    bytes[chunks[1].offset] ^= 1;
    write('damaged.llmc', bytes);
    const verified = llmc(['verify', 'damaged.llmc']);
    expect(verified.status).toBe(1);
    expect(verified.stderr).toContain('chunk-crc');
    expect(llmc(['decode', 'damaged.llmc', '-o', 'saved.jpg']).status).toBe(1);
    expect(existsSync(join(folder, 'saved.jpg'))).toBe(false);
    const saved = llmc(['decode', 'damaged.llmc', '-o', 'saved.jpg', '--keep-going']);
    expect(saved.status).toBe(1);
    expect(saved.stderr).toMatch(/pixel rows \d+ to \d+/);
    expect(existsSync(join(folder, 'saved.jpg'))).toBe(true);
  });
});

describe('interruption', () => {
  it('leaves no partial output', async () => {
    const pixels = Buffer.concat(Array.from({ length: 400 }, () => read('photo.jpg')));
    write('large.bin', pixels);
    const args = ['encode', '--jobs', '1', 'photo.jpg', 'large.bin'];
    const child = spawn(process.execPath, [program, ...args], { cwd: folder });
    const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
    // Its first line: one file is done, and the next is in work.
    await new Promise((resolve) => child.stderr.once('data', resolve));
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(readdirSync(folder).sort()).toEqual(['large.bin', 'photo.jpg', 'photo.jpg.llmc']);
  });

  it('removes what is half written', async () => {
    const output = join(folder, 'out');
    function* parts() {
      yield Uint8Array.of(1);
      expect(readdirSync(folder)).toHaveLength(2);
      removeTemporaryFiles();
      expect(readdirSync(folder)).toEqual(['photo.jpg']);
    }
    await expect(writeOutput(output, parts(), { force: false })).rejects.toMatchObject({ code: 'output' });
    expect(readdirSync(folder)).toEqual(['photo.jpg']);
  });
});
