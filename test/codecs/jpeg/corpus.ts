/**
 * Checks every file of the folders given: parse, rebuild, compare; and prints how many were coded as coefficients,
 * what their side data take, and the speed by processor time. Not part of the default test run:
 *
 *     npx tsx test/codecs/jpeg/corpus.ts FOLDER...
 */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseJpeg, rebuildJpeg } from '../../../src/codecs/jpeg/index.js';

for (const folder of process.argv.slice(2)) checkFolder(folder);

function checkFolder(folder: string): void {
  const sideData: number[] = [];
  const raw: string[] = [];
  const wrong: string[] = [];
  let bytes = 0;
  let parseTime = 0;
  let rebuildTime = 0;
  for (const name of readdirSync(folder).sort()) {
    const path = join(folder, name);
    if (!statSync(path).isFile()) continue;
    const file = readFileSync(path);
    const start = cpuTime();
    const parsed = parseJpeg(file);
    const parsedAt = cpuTime();
    if (parsed === undefined) {
      raw.push(name);
      continue;
    }
    const rebuilt = rebuildJpeg(parsed, file.length);
    rebuildTime += cpuTime() - parsedAt;
    parseTime += parsedAt - start;
    bytes += file.length;
    sideData.push(parsed.sideData.length);
    if (!file.equals(rebuilt)) wrong.push(name);
  }
  sideData.sort((a, b) => a - b);
  const percentile = (share: number) => sideData[Math.floor(share * (sideData.length - 1))];
  const speed = (milliseconds: number) => `${(bytes / 1000 / milliseconds).toFixed(1)} MB/s`;
  console.log(
    `${folder}: ${sideData.length} files as coefficients, ${raw.length} raw, ${wrong.length} wrong; ` +
      `side data min ${sideData[0]}, median ${percentile(0.5)}, 90 % ${percentile(0.9)}, max ${sideData.at(-1)} bytes; ` +
      `parse ${speed(parseTime)}, rebuild ${speed(rebuildTime)}`,
  );
  for (const name of raw) console.log(`  raw: ${name}`);
  for (const name of wrong) console.log(`  WRONG: ${name}`);
  if (wrong.length > 0) process.exitCode = 1;
}

/** Milliseconds of processor time so far: other work on the machine does not count. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
