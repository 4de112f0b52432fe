/** The entropy encoder and decoder of each kind of scan. */

import { AcDecoder, DcDecoder } from './decode-progressive.js';
import { SequentialDecoder } from './decode-sequential.js';
import { AcEncoder, DcEncoder } from './encode-progressive.js';
import { SequentialEncoder } from './encode-sequential.js';
import type { EncodingContext } from './encoding-context.js';
import type { Scan, ScanKind } from './scan.js';
import type { GatheredDepartures, ScanDecoder } from './scan-decoder.js';
import type { ScanDepartures, ScanEncoder } from './scan-encoder.js';

/** The encoder of a scan. */
export function scanEncoder(
  kind: ScanKind,
  scan: Scan,
  departures: ScanDepartures,
  context: EncodingContext,
): ScanEncoder {
  switch (kind) {
    case 'sequential':
      return new SequentialEncoder(scan, departures, context);
    case 'dc-first':
    case 'dc-refine':
      return new DcEncoder(scan, context);
    case 'ac-first':
    case 'ac-refine':
      return new AcEncoder(scan, departures, context);
  }
}

/** The decoder of a scan, which adds what it meets to `departures`; undefined if a table that it needs is missing. */
export function scanDecoder(
  kind: ScanKind,
  scan: Scan,
  departures: GatheredDepartures,
): ScanDecoder | undefined {
  const needsDc = kind === 'sequential' || kind === 'dc-first';
  const needsAc = kind === 'sequential' || kind === 'ac-first' || kind === 'ac-refine';
  if (needsDc && scan.dcTables.includes(undefined)) return undefined;
  if (needsAc && scan.acTables.includes(undefined)) return undefined;
  if (kind === 'sequential') return new SequentialDecoder(scan, departures);
  return needsAc ? new AcDecoder(scan, departures) : new DcDecoder(scan);
}
