/** `llmc doctor`: what this installation can compute models on, and how fast. */

import { arch, availableParallelism, cpus, platform } from 'node:os';
import Table from 'cli-table3';
import { formatFingerprint } from '../container/fingerprint.js';
import { checkDevices, type DeviceCheck } from '../lm/exact/device-check-node.js';
import { runtimeVersion } from '../lm/float/float-model-node.js';
import { checkReproduction, type ReproductionCheck } from '../lm/float/reproduction-node.js';
import { PackageFolders } from '../lm/package-folders-node.js';
import { outputColours } from './colours.js';
import { formatBytes } from './format.js';
import { hashingProgress } from './hashing.js';
import { ExitStatus } from './report.js';
import { PLAIN_TABLE } from './tables.js';

/** Options of the command, as commander hands them over. */
export interface DoctorCommandOptions {
  readonly json: boolean;
  /** Package to test with, in place of the bundled one. */
  readonly model?: string;
}

/** Runs the command; answers the exit status: failed where nothing can run the model. */
export async function doctorCommand({ json, model }: DoctorCommandOptions): Promise<number> {
  const progress = hashingProgress(json);
  const folders = new PackageFolders(undefined, progress.update);
  const found =
    model === undefined
      ? await folders.defaultPackage('dct')
      : await folders.namedPackage(model).finally(() => progress.stop());
  const machine = {
    node: process.version,
    onnxRuntime: runtimeVersion(),
    platform: `${platform()}-${arch()}`,
    processor: cpus()[0]?.model ?? null,
    threads: availableParallelism(),
  };
  const tested = found ? { id: found.id, fingerprint: formatFingerprint(found.fingerprint) } : null;
  if (!json) {
    const facts = [
      ['node', `${machine.node}, ${machine.platform}`],
      ['processor', `${machine.processor ?? 'unknown'}, ${machine.threads} thread(s)`],
      [
        'runtime',
        machine.onnxRuntime ? `onnxruntime-node ${machine.onnxRuntime}` : 'ONNX Runtime is not installed',
      ],
      [
        'model',
        tested ? `${tested.id}, ${tested.fingerprint}` : outputColours.red('no bundled model is sound'),
      ],
      ['looked in', folders.places.join(', ')],
    ];
    for (const [name, value] of facts)
      process.stdout.write(`${outputColours.dim(name.padEnd(11))}${value}\n`);
  }
  const facts = { machine, model: tested, modelPlaces: folders.places };
  if (found?.profile === 'float') {
    const checks: ReproductionCheck[] = [];
    for await (const check of checkReproduction(found)) checks.push(check);
    if (json) writeJson({ ...facts, reproduction: checks });
    else process.stdout.write(`\n${reproductionTable(checks)}\n`);
    return checks.some(({ reason }) => reason === undefined) ? ExitStatus.ok : ExitStatus.failed;
  }
  const devices: DeviceCheck[] = [];
  if (found) for await (const check of checkDevices(found)) devices.push(check);
  if (json) writeJson({ ...facts, devices });
  else process.stdout.write(`\n${deviceTable(devices)}\n`);
  return devices.some(({ usable }) => usable) ? ExitStatus.ok : ExitStatus.failed;
}

function writeJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}

/** How a language model reproduces itself: every way is held against the first. */
function reproductionTable(checks: readonly ReproductionCheck[]): string {
  const table = new Table({
    head: ['device', 'lanes', 'threads', 'equal steps', 'equal in 1/32 bit', 'tokens/s', 'memory'],
    style: { head: [], border: [] },
    chars: PLAIN_TABLE,
  });
  const percent = (part = 0) => `${(100 * part).toFixed(1)} %`;
  for (const check of checks) {
    const { device, lanes, threads, reason, equalRaw, equalQuantized, rate = 0, batchBytes = 0 } = check;
    const way = [device, lanes, threads || 'all'];
    if (reason !== undefined) table.push([...way, outputColours.dim('not usable'), '', '', '']);
    else {
      const figures = [percent(equalRaw), percent(equalQuantized), rate.toFixed(0), formatBytes(batchBytes)];
      table.push([...way, ...figures]);
    }
  }
  const reasons = checks.flatMap(({ device, reason }) => (reason ? [`${device}: ${reason}`] : []));
  const note =
    'Equal: steps whose logits are all those of the first row. A file decodes where they are all equal in 1/32 bit. ' +
    'Memory: of a batch at the full context.';
  return [table.toString(), note, ...reasons.map((reason) => outputColours.dim(reason))].join('\n');
}

function deviceTable(devices: readonly DeviceCheck[]): string {
  const table = new Table({
    head: ['device', 'self-test', 'opens in', 'encodes', 'decodes'],
    style: { head: [], border: [] },
    chars: PLAIN_TABLE,
  });
  const rate = (value?: number) => (value === undefined ? '' : `${value.toFixed(3)} MP/s`);
  for (const { device, usable, openSeconds = 0, encodeRate, decodeRate } of devices) {
    if (usable) {
      const opening = `${openSeconds.toFixed(2)} s`;
      table.push([device, outputColours.green('passed'), opening, rate(encodeRate), rate(decodeRate)]);
    } else {
      table.push([device, outputColours.dim('not usable'), '', '', '']);
    }
  }
  const reasons = devices.flatMap(({ device, reason }) => (reason ? [`${device}: ${reason}`] : []));
  return [table.toString(), ...reasons.map((reason) => outputColours.dim(reason))].join('\n');
}
