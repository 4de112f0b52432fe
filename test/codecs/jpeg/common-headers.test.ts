/** The first part of the dictionary of side data, against its page of the specification. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sideDataDictionary } from '../../../src/codecs/jpeg/canonical.js';
import { commonHeaders } from '../../../src/codecs/jpeg/common-headers.js';
import { packRecord, unpackRecord } from '../../../src/codecs/side-record.js';
import { anyParameters } from './arbitraries.js';

describe('common headers', () => {
  it('are those of the specification', () => {
    const page = readFileSync(new URL('../../../spec/jpeg-dictionary.md', import.meta.url), 'utf8');
    const [, length, digest] = /M has ([\d,]+) bytes; its SHA-256 is `(\w+)`/.exec(page) ?? [];
    expect(commonHeaders().length).toBe(Number(length.replace(',', '')));
    expect(createHash('sha256').update(commonHeaders()).digest('hex')).toBe(digest);
  });

  it('make a run of themselves cost next to nothing', () => {
    const headers = commonHeaders();
    fc.assert(
      fc.property(
        anyParameters,
        fc.nat(headers.length - 258),
        fc.uint8Array({ maxLength: 50 }),
        (parameters, start, other) => {
          const record = Uint8Array.from([...headers.subarray(start, start + 258), ...other]);
          const dictionary = sideDataDictionary(parameters);
          const body = packRecord(record, dictionary, 1000) as Uint8Array;
          expect(body.length).toBeLessThan(20 + 1.2 * other.length);
          expect(unpackRecord(body, dictionary, 1000)).toEqual(record);
        },
      ),
    );
  });
});
