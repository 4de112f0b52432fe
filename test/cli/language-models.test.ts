/** Language models of profile `float`, as users of the command line meet them. */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { npyFile } from '../lm/float/npy.js';
import { rename, writePackage } from '../lm/float/packages.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmc-language-'));
  writeFileSync(
    join(folder, 'x.npy'),
    npyFile(
      [2, 8, 10],
      Array.from({ length: 160 }, (_, i) => (i * i) % 300),
    ),
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function llmc(...args: string[]): SpawnSyncReturns<string> {
  const env = { ...process.env, LLMC_MODEL_PATH: '', XDG_DATA_HOME: join(folder, 'data') };
  return spawnSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8', env });
}

function place(name: string, options: Parameters<typeof writePackage>[0] = {}): void {
  const made = writePackage(options);
  renameSync(made, join(folder, name));
  rmSync(dirname(made), { recursive: true });
}

const encode = (...args: string[]) => llmc('encode', 'x.npy', '--codec', 'vq', '--codebook', '300', ...args);

describe.skipIf(process.platform !== 'linux')('a language model', () => {
  it('is added without a list of its files, and then listed, used, proven and removed', () => {
    place('export', { manifest: { files: undefined } });
    expect(encode('--model', './export').stderr).toMatch(/models add.*\[model-invalid\]/);
    const [added] = JSON.parse(llmc('models', 'add', 'export', '--json').stdout).added;
    expect(added).toMatchObject({ id: 'tiny-1', folder: join(folder, 'data/llmc/models/tiny-1') });
    const { models } = JSON.parse(llmc('models', 'list', '--json').stdout);
    expect(models.at(-1)).toMatchObject({ id: 'tiny-1', profile: 'float', fingerprint: added.fingerprint });
    expect(llmc('models', 'show', 'tiny').stdout).toContain(added.fingerprint);
    expect(llmc('models', 'verify', 'tiny').stdout).toMatch(/tiny-1 {2}sound, its graph was run on cpu/);

    const encoded = encode('--model', 'tiny', '--lanes', '3', '--context', '32');
    expect([encoded.status, encoded.stderr]).toEqual([0, expect.stringContaining('(vq, tiny-1)')]);
    expect(llmc('inspect', 'x.npy.llmc').stdout).toMatch(/onnxruntime-node .*, 3 lane\(s\) of 32 tokens/);
    expect(llmc('decode', 'x.npy.llmc', '-o', 'y.npy').status).toBe(0);
    expect(readFileSync(join(folder, 'y.npy'))).toEqual(readFileSync(join(folder, 'x.npy')));
    expect(llmc('verify', '--deep', 'x.npy.llmc').status).toBe(0);

    const { reproduction, model } = JSON.parse(llmc('doctor', '--model', 'tiny', '--json').stdout);
    expect(model.id).toBe('tiny-1');
    expect(reproduction[0]).toMatchObject({ device: 'cpu', lanes: 1, equalRaw: 1, equalQuantized: 1 });
    const lanes = reproduction.filter(({ device }: { device: string }) => device === 'cpu');
    expect(lanes).toHaveLength(5);
    for (const { equalRaw, equalQuantized } of lanes) expect(equalQuantized).toBeGreaterThanOrEqual(equalRaw);

    expect(llmc('models', 'remove', 'tiny').status).toBe(0);
    const missing = llmc('decode', 'x.npy.llmc', '-o', 'z.npy');
    expect(missing.status).toBe(1);
    expect(missing.stderr).toMatch(/^llmc: .*\[model-missing\].*\n$/);
  });

  it('is measured beside the adaptive model and packed bits', () => {
    place('mine');
    const choices = ['--codec', 'vq', '--codebook', '300', '--lanes', '3'];
    const payloadOf = (...args: string[]): number => {
      expect(encode('-f', ...args).status).toBe(0);
      const { chunks } = JSON.parse(llmc('inspect', '--json', 'x.npy.llmc').stdout);
      return chunks.reduce((sum: number, { length }: { length: number }) => sum + length, 0);
    };
    const bench = (...args: string[]) =>
      llmc('bench', 'llm', 'x.npy', ...choices, '-m', './mine', '-m', 'adaptive', ...args);
    const done = bench('--contexts', '16,32', '--table', 'chunk', '--csv', 'x.csv', '--svg', 'x.svg');
    expect([done.status, done.stdout]).toEqual([0, expect.stringContaining('packed bits')]);
    const rows = readFileSync(join(folder, 'x.csv'), 'utf8').trim().split('\n').slice(1);
    const bytes = rows.map((row) => Number(row.split(',')[8]));
    expect(bytes).toEqual([
      (160 * 9) / 8,
      payloadOf('--model', './mine', '--lanes', '3', '--context', '16'),
      payloadOf('--model', './mine', '--lanes', '3', '--context', '32'),
      payloadOf('--model', 'adaptive'),
    ]);
    const chart = readFileSync(join(folder, 'x.svg'), 'utf8');
    expect(chart.match(/<polyline/g)).toHaveLength(3);
    expect(chart).toContain('adaptive-index-1');
    expect(bench('--tokens', '7', '--contexts', '8', '--table', 'time').stdout).toContain('; 7 tokens\n');
    expect(bench('--codec', 'jpeg', '--contexts', '8').stderr).toMatch(/^llmc: .*\[argument\].*\n$/);
  });

  it('is measured on the luma of the middle of a photo, beside its Huffman codes', () => {
    place('mine', { manifest: { codec: 'dct', arrangement: 'dct-zigzag', offsets: [1] } });
    const photo = fileURLToPath(new URL('../../fixtures/sample.jpg', import.meta.url));
    const done = llmc(
      'bench',
      'llm',
      photo,
      '-m',
      './mine',
      '-m',
      'adaptive',
      '--tokens',
      '5000',
      '--contexts',
      '64',
      '--csv',
      'x.csv',
    );
    expect([done.status, done.stderr]).toEqual([0, expect.stringContaining('adaptive-dct-1')]);
    const rows = readFileSync(join(folder, 'x.csv'), 'utf8').trim().split('\n').slice(1);
    expect(rows.map((row) => row.split(',').slice(0, 3).join(' '))).toEqual([
      'sample.jpg JPEG Huffman codes ',
      'sample.jpg tiny-1 dct-zigzag',
      'sample.jpg adaptive-dct-1 ',
    ]);
    // A square of 8 x 8 blocks.
    for (const row of rows) expect(row.split(',')[6]).toBe('4096');
  });

  it('is measured on all files of a folder, as on each by itself', () => {
    place('mine');
    mkdirSync(join(folder, 'two'));
    for (const seed of [1, 7]) {
      // The second one repeats itself sooner.
      const indices = Array.from({ length: 160 }, (_, i) => (i * i * seed) % (300 / seed));
      writeFileSync(join(folder, `two/${seed}.npy`), npyFile([2, 8, 10], indices.map(Math.floor)));
    }
    const bytesOf = (...inputs: string[]) => {
      const choices = ['--codec', 'vq', '--codebook', '300', '--lanes', '3', '--contexts', '16'];
      const models = ['-m', './mine', '-m', 'adaptive', '--csv', 'x.csv'];
      expect(llmc('bench', 'llm', '-r', ...inputs, ...choices, ...models).status).toBe(0);
      const rows = readFileSync(join(folder, 'x.csv'), 'utf8').trim().split('\n').slice(1);
      return rows.map((row) => Number(row.split(',')[8]));
    };
    const [first, second] = [bytesOf('two/1.npy'), bytesOf('two/7.npy')];
    expect(bytesOf('two')).toEqual(first.map((bytes, i) => bytes + second[i]));
    expect(first[2]).not.toBe(second[2]);
  });

  it('is refused in one line where something does not fit', () => {
    place('mine');
    place('odd', { edit: rename('position_ids', 'position_idx') });
    expect(encode('--model', './mine', '--context', '65').stderr).toMatch(/^llmc: .*64 at most.*\n$/);
    expect(encode('--model', './mine', '--lanes', '900', '--max-memory', '0').stderr).toContain('positive');
    expect(encode('--model', './nowhere').stderr).toMatch(/^llmc: .*\[model-missing\].*\n$/);
    expect(encode('--model', './odd').stderr).toMatch(/^llmc: .*position_idx.*\[model-invalid\].*\n$/);
    expect(encode('--model', './mine', '--device', 'integers').stderr).toMatch(
      /floating point.*\[argument\]/,
    );
    const added = llmc('models', 'add', 'odd');
    expect([added.status, added.stderr]).toEqual([1, expect.stringMatching(/position_idx/)]);
  });
});
