/** `llmc doctor`: what this installation can compute models on, and how fast. */

import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, platform } from 'node:os';
import Table from 'cli-table3';
import { formatFingerprint } from '../container/fingerprint.js';
import { checkDevices, type DeviceCheck } from '../lm/exact/device-check-node.js';
import { PackageFolders } from '../lm/exact/package-folders-node.js';
import { outputColours } from './colours.js';
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
  const folders = new PackageFolders();
  const found = model === undefined ? await folders.defaultPackage() : await folders.namedPackage(model);
  const machine = {
    node: process.version,
    onnxRuntime: runtimeVersion(),
    platform: `${platform()}-${arch()}`,
    processor: cpus()[0]?.model ?? null,
    threads: availableParallelism(),
  };
  const devices: DeviceCheck[] = [];
  if (found) for await (const check of checkDevices(found)) devices.push(check);
  const tested = found ? { id: found.id, fingerprint: formatFingerprint(found.fingerprint) } : null;
  if (json) {
    const document = { machine, model: tested, devices, modelPlaces: folders.places };
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  } else {
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
    process.stdout.write(`\n${deviceTable(devices)}\n`);
  }
  return devices.some(({ usable }) => usable) ? ExitStatus.ok : ExitStatus.failed;
}

function deviceTable(devices: readonly DeviceCheck[]): string {
  const table = new Table({
    head: ['device', 'self-test', 'opens in', 'encodes', 'decodes'],
    style: { head: [], border: [] },
    chars: PLAIN_TABLE,
  });
  const rate = (value = 0) => `${value.toFixed(3)} MP/s`;
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

function runtimeVersion(): string | null {
  try {
    const require = createRequire(import.meta.url);
    return (require('onnxruntime-node/package.json') as { version: string }).version;
  } catch {
    return null;
  }
}
