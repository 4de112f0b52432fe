/** Numbers as people read them. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCount } from '../../src/cli/format.js';

describe('counts', () => {
  it('have their digits in groups of three', () => {
    expect(formatCount(306_358)).toBe('306,358');
    fc.assert(
      fc.property(fc.maxSafeNat(), (count) => {
        expect(formatCount(count)).toBe(count.toLocaleString('en-GB'));
      }),
    );
  });
});
