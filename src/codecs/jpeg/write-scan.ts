/** Writes the entropy-coded data of a scan as its record says. */

import { LlmcError } from '../../container/errors.js';
import { unitsPerRun } from './analyse-scan.js';
import type { OutputBuffer } from './output-buffer.js';
import { intervalCount, type Scan, unitCount } from './scan.js';
import type { ScanEncoder } from './scan-encoder.js';
import type { Padding, ScanRecord } from './scan-record.js';

/**
 * Encodes a scan into `output`, or nowhere if that is undefined (to count symbols). The record's cuts take raw
 * bytes from `skeleton` at `position`; returns the position after them. Throws `section-invalid` if the
 * record does not fit the scan, or a coefficient has no code.
 */
export function writeScan(
  scan: Scan,
  encoder: ScanEncoder,
  record: ScanRecord,
  skeleton: Uint8Array,
  position: number,
  output: OutputBuffer | undefined,
): number {
  const intervals = intervalCount(scan);
  const padding = new PaddingSource(record.padding);
  let rawAt = position;
  let interval = 0;
  for (const cut of record.cuts) {
    const until = interval + cut.intervals;
    const units = until < intervals ? intervalUnits(scan, until) : 0;
    if (until >= intervals || cut.units > units || until + cut.skip >= intervals) throw misfit('cut');
    for (; interval < until; interval++) {
      writeInterval(scan, encoder, interval, padding, output);
      output?.append(Uint8Array.of(0xff, 0xd0 | (interval & 7)));
    }
    writeUnits(scan, encoder, interval, cut.units, output);
    if (cut.skip === 0) return rawAt;
    if (rawAt + cut.raw > skeleton.length) throw misfit('raw bytes');
    output?.append(skeleton.subarray(rawAt, rawAt + cut.raw));
    rawAt += cut.raw;
    interval += cut.skip;
  }
  for (; interval < intervals; interval++) {
    writeInterval(scan, encoder, interval, padding, output);
    if (interval + 1 < intervals) output?.append(Uint8Array.of(0xff, 0xd0 | (interval & 7)));
  }
  return rawAt;
}

function misfit(what: string): LlmcError {
  return new LlmcError('section-invalid', `JPEG side data: ${what} of a scan out of range`);
}

function intervalUnits(scan: Scan, interval: number): number {
  return Math.min(scan.restartInterval, unitCount(scan.layout) - interval * scan.restartInterval);
}

function writeUnits(
  scan: Scan,
  encoder: ScanEncoder,
  interval: number,
  units: number,
  output: OutputBuffer | undefined,
): void {
  const step = unitsPerRun(encoder.blocksPerUnit);
  const from = interval * scan.restartInterval;
  encoder.restart(from);
  for (let unit = from; unit < from + units; unit += step) {
    const next = Math.min(from + units, unit + step);
    if (encoder.encode(unit, next) < next) throw missingCode();
    const bytes = encoder.bits.takeBytes();
    output?.appendStuffed(bytes);
  }
}

function missingCode(): LlmcError {
  return new LlmcError('section-invalid', 'JPEG side data: a coefficient has no code in its Huffman table');
}

function writeInterval(
  scan: Scan,
  encoder: ScanEncoder,
  interval: number,
  padding: PaddingSource,
  output: OutputBuffer | undefined,
): void {
  writeUnits(scan, encoder, interval, intervalUnits(scan, interval), output);
  if (!encoder.finish()) throw missingCode();
  const { bits } = encoder;
  const size = -bits.count & 7;
  bits.put(padding.take(size), size);
  const bytes = bits.takeBytes();
  output?.appendStuffed(bytes);
}

/** Hands out the padding bits of a record. */
class PaddingSource {
  readonly #padding: Padding;
  #taken = 0;

  constructor(padding: Padding) {
    this.#padding = padding;
  }

  take(size: number): number {
    const ones = (1 << size) - 1;
    if (this.#padding === 'ones') return ones;
    if (this.#padding === 'zeros') return 0;
    let bits = 0;
    for (let i = 0; i < size; i++, this.#taken++) {
      const byte = this.#padding[this.#taken >> 3] ?? 0xff;
      bits = (bits << 1) | ((byte >> (7 - (this.#taken & 7))) & 1);
    }
    return bits;
  }
}
