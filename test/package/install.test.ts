/** The package as npm packs it: types and programs work where it is installed, with its dependencies alone. */

import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sample = join(root, 'fixtures/sample.jpg');
let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'llmc-consumer-'));
  const [{ filename }] = JSON.parse(
    run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', project], root),
  );
  const modules = join(project, 'node_modules');
  mkdirSync(join(modules, 'llmc'), { recursive: true });
  run('tar', ['-xzf', join(project, filename), '-C', join(modules, 'llmc'), '--strip-components=1'], project);
  const { dependencies } = JSON.parse(readFileSync(join(modules, 'llmc/package.json'), 'utf8'));
  for (const name of [...Object.keys(dependencies), '@types/node']) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module", "private": true }');
  copyFileSync(join(root, 'test/package/consumer.ts'), join(project, 'consumer.ts'));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

function run(program: string, args: readonly string[], cwd: string): string {
  return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function compile(module: string, resolution: string): void {
  const options = ['--strict', '--target', 'es2022', '--lib', 'es2023,dom', '--types', 'node'];
  const kind = ['--module', module, '--moduleResolution', resolution];
  run(join(root, 'node_modules/.bin/tsc'), [...options, ...kind, 'consumer.ts'], project);
}

test('types are found by both kinds of resolution, and hold', () => {
  compile('esnext', 'bundler');
  compile('nodenext', 'nodenext');
});

test('a program runs, without ONNX Runtime', () => {
  compile('nodenext', 'nodenext');
  const output = JSON.parse(run(process.execPath, ['consumer.js', sample], project));
  expect(output).toEqual({ same: true, faults: 0, width: 768, quality: 85, code: 'signature' });
});

test('the command line runs', () => {
  const { bin } = JSON.parse(readFileSync(join(project, 'node_modules/llmc/package.json'), 'utf8'));
  const llmc = (...args: string[]) =>
    run(process.execPath, [join(project, 'node_modules/llmc', bin.llmc), ...args], project);
  llmc('encode', sample, '-o', 'photo.llmc');
  llmc('decode', 'photo.llmc', '-o', 'photo.jpg');
  expect(readFileSync(join(project, 'photo.jpg')).equals(readFileSync(sample))).toBe(true);
  expect(llmc('inspect', 'photo.llmc')).toContain('768 x 512');
});
