import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatFingerprint, matchesFingerprint, parseFingerprint } from '../../src/container/fingerprint.js';
import { errorOf } from './errors.js';

test('text and bytes of a fingerprint are each other', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 32 }), (bytes) => {
      const digits = formatFingerprint(bytes);
      expect(digits).toMatch(/^[0-9a-f]{16,64}$/);
      expect(parseFingerprint(digits)).toEqual(bytes);
      expect(parseFingerprint(digits.toUpperCase())).toEqual(bytes);
    }),
  );
});

test.each([
  '',
  '0011',
  '00112233445566',
  '00112233445566zz',
  '001122334455667',
  `${'00'.repeat(33)}`,
  ' 0011223344556677',
])('%j is no fingerprint', (digits) => {
  expect(errorOf(() => parseFingerprint(digits)).code).toBe('argument');
});

test('a package matches by the leading bytes of its fingerprint, all of them', () => {
  const whole = Uint8Array.from({ length: 32 }, (_, i) => i);
  expect(matchesFingerprint(whole, whole)).toBe(true);
  expect(matchesFingerprint(whole, whole.subarray(0, 8))).toBe(true);
  expect(matchesFingerprint(whole, Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 8))).toBe(false);
  expect(matchesFingerprint(whole.subarray(0, 8), whole)).toBe(false);
});
