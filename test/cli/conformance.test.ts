/** `llmc conformance run` as an implementer meets it: results in every form, limits, decoders that are wrong. */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'llmc-conformance-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Tries a decoder on the vectors whose names begin so. */
function run(decoder: string, group: string, ...options: string[]): SpawnSyncReturns<string> {
  const args = ['conformance', 'run', '--decoder', decoder, '--group', group, ...options];
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
}

/** A decoder that is a script of our own. */
function script(source: string): string {
  const path = join(folder, 'decoder.mjs');
  writeFileSync(path, source);
  return `node ${path} {keep-going} {in} {out}`;
}

const own = `node ${program} decode {keep-going} --index-names {in} -o {out}`;
const refuses = "process.stderr.write('[signature]'); process.exitCode = 1;";

it('says of a decoder that is right that it conforms', () => {
  const { status, stdout } = run(own, 'valid/raw');
  expect(stdout).toMatch(/conforms: all \d+ vectors passed/);
  expect(status).toBe(0);
});

it('tells of every vector in JSON', () => {
  const { status, stdout } = run(script(refuses), 'invalid/signature', '--json');
  const { passed, failed, sections, vectors } = JSON.parse(stdout);
  expect(status).toBe(failed === 0 ? 0 : 1);
  expect(passed + failed).toBe(vectors.length);
  expect(passed).toBeGreaterThan(5);
  // The versions of the group have another code.
  expect(failed).toBeGreaterThan(0);
  const ofVersion = vectors.find((vector: { name: string }) => vector.name === 'invalid/signature/version-2');
  expect(ofVersion).toMatchObject({ passed: false, faults: [expect.stringContaining('version')] });
  expect(sections.length).toBeGreaterThan(0);
});

it('writes JUnit XML, with what a decoder that failed said', () => {
  const report = join(folder, 'report.xml');
  const { status } = run(script(refuses), 'invalid/signature', '--junit', report);
  const xml = readFileSync(report, 'utf8');
  expect(status).toBe(1);
  expect(xml).toMatch(/<testsuite [^>]*name="invalid\/signature"/);
  expect(xml).toMatch(/<testcase [^>]*name="version-2"[^>]*>\s*<failure/);
  expect(xml).toMatch(/<testcase [^>]*name="jpeg"[^>]*\/>/);
  expect(xml).toContain('[signature]');
});

it('ends a decoder that takes too long', () => {
  const { status, stdout } = run(
    script('setInterval(() => {}, 1000);'),
    'invalid/signature/empty',
    '--timeout',
    '1',
    '--json',
  );
  expect(status).toBe(1);
  expect(JSON.parse(stdout).vectors[0].faults).toEqual([expect.stringContaining('took more than 1 s')]);
});

it('ends a decoder that takes too much memory', () => {
  const greedy = 'const held = [Buffer.alloc(400e6, 1)]; setInterval(() => held.length, 1000);';
  const { status, stdout } = run(script(greedy), 'invalid/signature/empty', '--memory', '200', '--json');
  expect(status).toBe(1);
  expect(JSON.parse(stdout).vectors[0].faults).toEqual([expect.stringContaining('MB of memory')]);
});

it('says what is wrong with a decoder that cannot be run', () => {
  const missing = run('no-such-decoder {in} {out}', 'invalid/signature/empty', '--json');
  expect(missing.status).toBe(1);
  expect(JSON.parse(missing.stdout).vectors[0].faults[0]).toContain('cannot be started');
  const { status, stderr } = run('decoder {in}', 'invalid/signature/empty');
  expect(status).toBe(2);
  expect(stderr).toContain('{out}');
});
