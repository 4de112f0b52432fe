/** A model package for one's own token dumps, as training/index makes it: exported, added, and used. */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { npy } from '../../fixtures/array-files.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const [exporter, trainer, evaluator] = ['export.py', 'train.py', 'evaluate.py'].map((script) =>
  fileURLToPath(new URL(`../../training/index/${script}`, import.meta.url)),
);
// Made by .ci/run, and as conformance/reference/README.md says; it has numpy, which is all that random weights need.
const python = fileURLToPath(new URL('../../conformance/reference/.venv/bin/python', import.meta.url));
// Made by .ci/run too, and as CONTRIBUTING.md says; it has PyTorch.
const trainingPython = fileURLToPath(new URL('../../training/.venv/bin/python', import.meta.url));
const TRAINING_SECONDS = 600;
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmc-index-models-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, args: readonly string[]): SpawnSyncReturns<string> {
  const env = { ...process.env, LLMC_MODEL_PATH: '', XDG_DATA_HOME: join(folder, 'data') };
  return spawnSync(command, args, { cwd: folder, encoding: 'utf8', env });
}

const llmc = (...args: string[]) => run(process.execPath, [program, ...args]);

function exportRandom(name: string, ...args: string[]): void {
  const made = run(python, ['-B', exporter, '--random', '3', '--name', name, '--out', name, ...args]);
  expect(made.stderr).toBe('');
}

describe.runIf(existsSync(python))('a package of training/index', () => {
  it('of streams is added, and codes arrays of all and of fewer layers', () => {
    exportRandom('mine', '--codec', 'rvq', '--codebook', '64', '64', '32');
    const added = llmc('models', 'add', 'mine', '--json');
    expect(JSON.parse(added.stdout).added[0].id).toBe('mine-1');
    // The hash that numpy computed is that of this machine's engines.
    expect(llmc('models', 'verify', 'mine').status).toBe(0);
    const rate = ['--frame-rate', '75', '--sample-rate', '24000'];
    for (const [layers, codebook] of [
      [3, '64,64,32'],
      [1, '64'],
    ] as const) {
      const tokens = Array.from({ length: layers * 50 }, (_, i) => (i * i) % 32);
      writeFileSync(join(folder, 'tokens.npy'), npy('<i8', [layers, 50], tokens));
      const options = ['--codec', 'rvq', '--codebook', codebook, ...rate, '--model', 'mine', '-f'];
      expect(llmc('encode', 'tokens.npy', ...options).status).toBe(0);
      const { models } = JSON.parse(llmc('inspect', 'tokens.npy.llmc', '--json').stdout);
      expect(models).toMatchObject([{ profile: 'exact', arrangement: 'rvq-frames', name: 'mine-1' }]);
      expect(llmc('decode', 'tokens.npy.llmc', '-o', 'back.npy', '-f').status).toBe(0);
      expect(readFileSync(join(folder, 'back.npy'))).toEqual(readFileSync(join(folder, 'tokens.npy')));
      expect(llmc('verify', '--deep', 'tokens.npy.llmc').status).toBe(0);
    }
  });

  it('of grids travels in a file, and refuses other codebooks', () => {
    exportRandom('grids', '--codec', 'vq', '--codebook', '1024');
    const tokens = Array.from({ length: 64 }, (_, i) => (i * 37) % 1000);
    writeFileSync(join(folder, 'grid.npy'), npy('<u2', [8, 8], tokens));
    const options = ['--codec', 'vq', '--model', './grids', '--embed-model'];
    expect(llmc('encode', 'grid.npy', ...options, '--codebook', '1024').status).toBe(0);
    expect(llmc('decode', 'grid.npy.llmc', '-o', 'back.npy').status).toBe(0);
    expect(readFileSync(join(folder, 'back.npy'))).toEqual(readFileSync(join(folder, 'grid.npy')));
    const refused = llmc('encode', 'grid.npy', ...options, '--codebook', '2048', '-f');
    expect(refused.stderr).toMatch(/^llmc: .*grids-1 is of other codebooks \[argument\]/);
  });
});

describe.runIf(existsSync(trainingPython))('training/index', () => {
  it(
    'turns token dumps into a model that is added, and codes others of their kind',
    () => {
      const python = (script: string, ...args: string[]) => {
        const { status, stdout, stderr } = run(trainingPython, ['-B', script, ...args]);
        expect(status, stderr).toBe(0);
        return stdout;
      };
      mkdirSync(join(folder, 'dumps'));
      for (let item = 0; item < 24; item++) {
        writeFileSync(join(folder, 'dumps', `${item}.npy`), npy('<u2', [2, 60], climbing(item)));
      }
      writeFileSync(join(folder, 'held-out.npy'), npy('<u2', [2, 60], climbing(100)));
      const nets = '--cell 8 --own 8 --context 24 16 --token 16 16 --neighbours 2'.split(' ');
      const codebooks = ['--codec', 'rvq', '--codebook', '16', '8'];
      python(trainer, 'dumps', ...codebooks, ...nets, '--out', 'run', '--minutes', '0.1', '--cells', '128');
      expect(python(evaluator, 'held-out.npy', '--checkpoint', 'run/checkpoint.pt')).not.toBe('');
      python(exporter, '--checkpoint', 'run/checkpoint.pt', '--name', 'climbing', '--out', 'climbing');

      expect(llmc('models', 'add', 'climbing').status).toBe(0);
      expect(llmc('models', 'verify', 'climbing').status).toBe(0);
      const options = '--codec rvq --codebook 16,8 --frame-rate 50 --sample-rate 16000'.split(' ');
      expect(llmc('encode', 'held-out.npy', ...options, '--model', 'climbing').status).toBe(0);
      const { models } = JSON.parse(llmc('inspect', 'held-out.npy.llmc', '--json').stdout);
      expect(models).toMatchObject([{ profile: 'exact', name: 'climbing-1' }]);
      expect(llmc('decode', 'held-out.npy.llmc', '-o', 'back.npy').status).toBe(0);
      expect(readFileSync(join(folder, 'back.npy'))).toEqual(readFileSync(join(folder, 'held-out.npy')));
    },
    TRAINING_SECONDS * 1000,
  );
});

/** Two layers of 60 frames: steps of 1 or 2 from frame to frame, and a layer that follows from the first. */
function climbing(seed: number): number[] {
  let state = seed;
  let at = seed % 16;
  const first = Array.from({ length: 60 }, () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    at = (at + 1 + (Math.floor(state / 65536) & 1)) % 16;
    return at;
  });
  return [...first, ...first.map((index) => (3 * index) % 8)];
}
