import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  crc32,
  dctTokensCrc,
  formatCrc,
  indexTokensCrc,
  littleEndianBytes,
  rawTokensCrc,
} from '../../src/container/crc.js';

const CHECK = new TextEncoder().encode('123456789');

describe('crc32', () => {
  test('gives the check value of ISO-HDLC', () => {
    expect(crc32(CHECK)).toBe(0xcbf43926);
    expect(rawTokensCrc(CHECK)).toBe(0xcbf43926);
    expect(crc32(new Uint8Array(0))).toBe(0);
  });

  test('agrees with zlib and goes on from a previous CRC', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(200), (bytes, cut) => {
        const whole = crc32(bytes);
        expect(whole).toBe(zlibCrc32(bytes));
        expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(whole);
      }),
    );
  });

  test('is shown in 8 digits', () => {
    expect(formatCrc(0xab)).toBe('000000ab');
  });
});

describe('tokens_crc', () => {
  const band = (...planes: number[][]) => ({
    planes: planes.map((values) => ({ coefficients: Int16Array.from(values) })),
  });

  test('is that of the coefficients as little-endian i16, plane after plane, band after band', () => {
    const bytes = Uint8Array.of(0x01, 0x00, 0xff, 0xff, 0x34, 0x12, 0x00, 0x80);
    expect(dctTokensCrc({ bands: [band([1, -1], [0x1234]), band([-32768])] })).toBe(crc32(bytes));
  });

  test('reads planes that are views, at any place of their buffer', () => {
    const whole = Int16Array.of(7, 1, -1, 9);
    const plane = { coefficients: whole.subarray(1, 3) };
    expect(dctTokensCrc({ bands: [{ planes: [plane] }] })).toBe(dctTokensCrc({ bands: [band([1, -1])] }));
  });

  test('of indices is that of each as u32', () => {
    expect(indexTokensCrc(Uint32Array.of(1, 0xff000002))).toBe(
      crc32(Uint8Array.of(1, 0, 0, 0, 2, 0, 0, 0xff)),
    );
  });

  test('is the same on machines of the other byte order', () => {
    fc.assert(
      fc.property(fc.int16Array(), fc.uint32Array(), (values, indices) => {
        expect(crc32(littleEndianBytes(values))).toBe(dctTokensCrc({ bands: [band([...values])] }));
        expect(crc32(littleEndianBytes(indices))).toBe(indexTokensCrc(indices));
      }),
    );
  });
});
