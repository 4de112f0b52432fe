/** `llmc models`, `llmc doctor`, and files that need or carry a model, as users meet them. */

import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomPackage } from '../lm/exact/random-package.js';

const program = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const sample = fileURLToPath(new URL('../../fixtures/sample.jpg', import.meta.url));
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'llmc-models-'));
  const crop = sharp(sample).extract({ left: 300, top: 200, width: 200, height: 120 });
  writeFileSync(join(folder, 'photo.jpg'), await crop.jpeg({ quality: 35 }).toBuffer());
  mkdirSync(join(folder, 'mine'));
  const { manifest, weights } = randomPackage();
  writeFileSync(join(folder, 'mine/model.json'), manifest);
  writeFileSync(join(folder, 'mine/weights.safetensors'), weights);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function llmc(args: string[], environment: Record<string, string> = {}): SpawnSyncReturns<string> {
  return spawnSync(process.execPath, [program, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, LLMC_MODEL_PATH: '', XDG_DATA_HOME: join(folder, 'data'), ...environment },
  });
}

describe.skipIf(process.platform !== 'linux')('models', () => {
  it('are added, listed, shown, verified and removed', () => {
    const added = JSON.parse(llmc(['models', 'add', 'mine', '--json']).stdout).added[0];
    expect(added).toMatchObject({ id: 'random-1', folder: join(folder, 'data/llmc/models/random-1') });
    const { models } = JSON.parse(llmc(['models', 'list', '--json']).stdout);
    expect(models.map((model: { origin: string }) => model.origin)).toEqual([
      'bundled',
      'bundled',
      'bundled',
      'added',
    ]);
    expect(models.at(-1)).toMatchObject({ id: 'random-1', fingerprint: added.fingerprint, profile: 'exact' });
    expect(llmc(['models', 'show', added.fingerprint]).stdout).toContain('random-1');
    expect(llmc(['models', 'verify']).status).toBe(0);
    expect(llmc(['models', 'remove', 'dct-photo']).stderr).toMatch(/bundled.*\[argument\]/);
    expect(llmc(['models', 'remove', 'random']).status).toBe(0);
    expect(existsSync(added.folder)).toBe(false);
    expect(llmc(['models', 'remove', 'random']).stderr).toMatch(/^llmc: .*\[model-missing\].*\n$/);
  });

  it('that are not sound are refused', () => {
    const weights = join(folder, 'mine/weights.safetensors');
    const bytes = readFileSync(weights);
    bytes[bytes.length - 1] ^= 1;
    writeFileSync(weights, bytes);
    const added = llmc(['models', 'add', 'mine']);
    expect(added.status).toBe(1);
    expect(added.stderr).toMatch(/SHA-256.*\[model-invalid\]/);
    const listed = llmc(['models', 'list'], { LLMC_MODEL_PATH: folder });
    expect(listed.status).toBe(1);
    expect(listed.stdout).toContain('cannot be used');
  });

  it('are needed to decode, wherever they are found, or come with the file', () => {
    const path = { LLMC_MODEL_PATH: folder };
    expect(llmc(['encode', 'photo.jpg', '--model', 'random'], path).status).toBe(0);
    const missing = llmc(['decode', 'photo.jpg.llmc', '-o', 'back.jpg']);
    expect(missing.status).toBe(1);
    expect(missing.stderr).toMatch(/fingerprint [0-9a-f]{32} \(random-1\).*bundled.*data.*\[model-missing\]/);
    expect(llmc(['decode', 'photo.jpg.llmc', '-o', 'back.jpg'], path).status).toBe(0);
    expect(readFileSync(join(folder, 'back.jpg'))).toEqual(readFileSync(join(folder, 'photo.jpg')));

    expect(llmc(['encode', 'photo.jpg', '--model', './mine', '--embed-model', '-o', 'own.llmc']).status).toBe(
      0,
    );
    expect(llmc(['inspect', 'own.llmc']).stdout).toMatch(/random-1.*embedded/);
    expect(llmc(['verify', '--deep', 'own.llmc']).status).toBe(0);
    expect(llmc(['models', 'add', 'own.llmc']).status).toBe(0);
    expect(llmc(['verify', '--deep', 'photo.jpg.llmc']).status).toBe(0);
  });
});

describe.skipIf(process.platform !== 'linux')('a package that has the identifier of a missing model', () => {
  const path = () => ({ LLMC_MODEL_PATH: folder });
  const missing = () => llmc(['decode', 'photo.jpg.llmc', '-o', 'back.jpg'], path()).stderr;

  beforeEach(() => expect(llmc(['encode', 'photo.jpg', '--model', 'random'], path()).status).toBe(0));

  it('but other weights is told of with its fingerprint', () => {
    const { manifest, weights } = randomPackage(2);
    writeFileSync(join(folder, 'mine/model.json'), manifest);
    writeFileSync(join(folder, 'mine/weights.safetensors'), weights);
    const { fingerprint } = JSON.parse(llmc(['models', 'show', './mine', '--json']).stdout);
    expect(missing()).toMatch(/^llmc: .*\[model-missing\].*\n$/);
    expect(missing()).toContain(`${join(folder, 'mine')} has fingerprint ${fingerprint.slice(0, 32)}`);
  });

  it('but is not sound is told of with the reason, also where it is named', () => {
    const weights = readFileSync(join(folder, 'mine/weights.safetensors'));
    weights[weights.length - 1] ^= 1;
    writeFileSync(join(folder, 'mine/weights.safetensors'), weights);
    const told = new RegExp(`${join(folder, 'mine')} cannot be used \\(.*SHA-256.*\\) \\[model-missing\\]`);
    expect(missing()).toMatch(told);
    expect(llmc(['encode', '-f', 'photo.jpg', '--model', 'random'], path()).stderr).toMatch(told);
  });
});

describe('doctor', () => {
  it('tells of every device whether it can be used, and how fast it is', () => {
    const { status, stdout } = llmc(['doctor', '--json', '--model', './mine']);
    expect(status).toBe(0);
    const { devices, model } = JSON.parse(stdout);
    expect(model.id).toBe('random-1');
    const integers = devices.find(({ device }: { device: string }) => device === 'integers');
    expect(integers.usable).toBe(true);
    expect(integers.decodeRate).toBeGreaterThan(0);
    for (const { usable, reason } of devices) expect(usable || reason.length > 0).toBe(true);
  });
});
