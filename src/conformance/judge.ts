/** Whether a decoder did with a vector what the manifest says. */

import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { kindOf } from '../arrangement/registry.js';
import { parseFile } from '../codecs/registry.js';
import { crc32, formatCrc } from '../container/crc.js';
import { ERROR_REMEDIES, type LlmcErrorCode } from '../container/errors.js';
import type { RunOutcome } from './decoder.js';
import type { ExpectedError, ExpectedItem, KeepGoing, ManifestVector, RecoveredItem } from './manifest.js';

/** A code that the decoder printed, and the offset right before it. */
export interface PrintedError {
  readonly code: LlmcErrorCode;
  readonly offset: number | undefined;
}

/** The codes in brackets on standard error, in order. */
function printedErrors(stderr: string): PrintedError[] {
  const found = stderr.matchAll(/(?:at byte (\d+)\s*)?\[([a-z-]+)\]/g);
  return [...found]
    .filter(([, , code]) => code in ERROR_REMEDIES)
    .map(([, offset, code]) => ({
      code: code as LlmcErrorCode,
      offset: offset === undefined ? undefined : Number(offset),
    }));
}

/** The faults of a run without `--keep-going`; empty if there are none. */
export async function judge(vector: ManifestVector, outcome: RunOutcome, output: string): Promise<string[]> {
  const { expect } = vector;
  if ('items' in expect) {
    const faults = statusFaults(outcome, 0);
    return faults.length > 0 ? faults : itemFaults(expect.items, output);
  }
  return [
    ...statusFaults(outcome, 1),
    ...codeFaults(expect, outcome),
    ...(await partialFaults(expect, output)),
  ];
}

/** The faults of a run with `--keep-going`. */
export async function judgeKeepGoing(
  expected: KeepGoing,
  outcome: RunOutcome,
  output: string,
): Promise<string[]> {
  const faults = statusFaults(outcome, expected.status);
  const printed = new Set(printedErrors(outcome.stderr).map(({ code }) => code));
  for (const code of expected.errors) {
    if (!printed.has(code)) faults.push(`does not report ${code}`);
  }
  return [...faults, ...(await itemFaults(expected.items, output))].map((fault) => `--keep-going: ${fault}`);
}

function statusFaults({ status, ended, stderr }: RunOutcome, expected: number): string[] {
  if (ended !== undefined) return [ended];
  if (status === expected) return [];
  const [first] = printedErrors(stderr);
  return [`exit status ${status}, not ${expected}${first === undefined ? '' : ` (${first.code})`}`];
}

function codeFaults({ error, offset }: ExpectedError, { status, stderr }: RunOutcome): string[] {
  if (status !== 1) return [];
  const [first] = printedErrors(stderr);
  const wanted = error.join(' or ');
  if (first === undefined) return [`no error code in brackets on standard error, expected ${wanted}`];
  if (!error.includes(first.code)) return [`error code ${first.code}, not ${wanted}`];
  if (offset === undefined || first.offset === undefined) return [];
  const [from, to] = offset;
  if (first.offset >= from && first.offset <= to) return [];
  return [`offset ${first.offset}, not ${from === to ? from : `${from} to ${to}`}`];
}

/** Without `--keep-going`, nothing that is not whole may be left as an output. */
async function partialFaults({ keepGoing }: ExpectedError, output: string): Promise<string[]> {
  const info = await stat(output).catch(() => undefined);
  if (info === undefined) return [];
  if (!info.isDirectory()) return ['leaves an output, as if it were whole'];
  const faults: string[] = [];
  for (const name of await readdir(output)) {
    const item = keepGoing?.items[Number(name)];
    const isWhole =
      item !== undefined &&
      item !== null &&
      'sha256' in item &&
      wholeFault(item, await readFile(join(output, name))) === undefined;
    if (!isWhole) faults.push(`leaves item ${name}, as if it were whole`);
  }
  return faults;
}

async function itemFaults(items: KeepGoing['items'], output: string): Promise<string[]> {
  const faults: string[] = [];
  for (const [index, item] of items.entries()) {
    if (item === null) continue;
    const path = items.length === 1 ? output : join(output, String(index));
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) faults.push(`item ${index} is not written`);
    else {
      const fault = 'sha256' in item ? wholeFault(item, bytes) : recoveredFault(item, bytes);
      if (fault !== undefined) faults.push(`item ${index} ${fault}`);
    }
  }
  return faults;
}

function wholeFault({ bytes, sha256 }: ExpectedItem, found: Uint8Array): string | undefined {
  if (found.length !== bytes) return `has ${found.length} bytes, not ${bytes}`;
  const digest = createHash('sha256').update(found).digest('hex');
  return digest === sha256 ? undefined : 'has other bytes';
}

function recoveredFault({ bytes, recovered }: RecoveredItem, found: Uint8Array): string | undefined {
  const crcOf = found[0] === 0xff && found[1] === 0xd8 ? jpegTokensCrc(found) : rawCrc(bytes, found);
  if (typeof crcOf === 'string') return crcOf;
  for (const { first, tokens, crc } of recovered) {
    if (crcOf(first, tokens) !== crc) return `lacks tokens ${first} to ${first + tokens - 1}`;
  }
  return undefined;
}

type TokensCrc = (first: number, tokens: number) => string;

function rawCrc(bytes: number, found: Uint8Array): TokensCrc | string {
  if (found.length !== bytes) return `has ${found.length} bytes, not ${bytes}`;
  return (first, tokens) => formatCrc(crc32(found.subarray(first, first + tokens)));
}

function jpegTokensCrc(file: Uint8Array): TokensCrc | string {
  const { parameters, latents } = parseFile(file);
  if (parameters.codec !== 'jpeg' || latents.kind !== 'dct') return 'is no JPEG file that can be decoded';
  const kind = kindOf(latents);
  return (firstToken, tokens) => {
    const chunk = kind.chunkOf([{ parameters, latents, firstToken, tokens }]);
    return formatCrc(kind.tokensCrc(chunk));
  };
}
