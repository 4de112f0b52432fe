import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter, type MappedField } from '../../src/container/bytes.js';
import { errorOf } from './errors.js';

const ERRORS = { invalid: 'header-invalid', end: 'truncated' } as const;
const readerOf = (bytes: ArrayLike<number>, base = 0) => new ByteReader(Uint8Array.from(bytes), base, ERRORS);

function written(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return writer.finish();
}

describe('varint', () => {
  test('every value comes back from its shortest form', () => {
    fc.assert(
      fc.property(fc.oneof(fc.maxSafeNat(), fc.nat(300)), (value) => {
        const bytes = written((w) => w.varint(value));
        expect(bytes.length).toBe(Math.max(1, Math.ceil(value.toString(2).length / 7)));
        const reader = readerOf(bytes);
        expect(reader.varint('n')).toBe(value);
        expect(reader.remaining).toBe(0);
      }),
    );
  });

  test.each([
    [0, [0x00]],
    [127, [0x7f]],
    [128, [0x80, 0x01]],
    [300, [0xac, 0x02]],
    [Number.MAX_SAFE_INTEGER, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('%d is %j', (value, bytes) => {
    expect([...written((w) => w.varint(value))]).toEqual(bytes);
    expect(readerOf(bytes).varint('n')).toBe(value);
  });

  test.each([
    ['a longer form of 0', [0x80, 0x00]],
    ['a longer form of 127', [0xff, 0x00]],
    ['2^53', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]],
    ['nine bytes', [0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]],
    ['no end', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
  ])('%s is refused at its first byte', (_, bytes) => {
    const reader = readerOf([7, ...bytes], 100);
    reader.u8('before');
    expect(errorOf(() => reader.varint('n'))).toMatchObject({ code: 'header-invalid', offset: 101 });
  });

  test('bytes that end within it are reported where they end', () => {
    expect(errorOf(() => readerOf([0x80, 0x80], 5).varint('n'))).toMatchObject({
      code: 'truncated',
      offset: 7,
    });
  });

  test.each([-1, 1.5, 2 ** 53, Number.NaN])('%d cannot be written', (value) => {
    expect(errorOf(() => written((w) => w.varint(value)))).toMatchObject({ code: 'argument' });
  });
});

describe('string', () => {
  test('well-formed text comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        fc.pre(value.charCodeAt(0) !== 0xfeff);
        expect(readerOf(written((w) => w.string(value))).string('s')).toBe(value);
      }),
    );
  });

  test.each([
    ['a lone continuation byte', [1, 0x80]],
    ['an overlong form', [2, 0xc0, 0x80]],
    ['a surrogate', [3, 0xed, 0xa0, 0x80]],
    ['a byte-order mark', [3, 0xef, 0xbb, 0xbf]],
  ])('%s is refused', (_, bytes) => {
    expect(errorOf(() => readerOf(bytes, 9).string('s'))).toMatchObject({
      code: 'header-invalid',
      offset: 9,
    });
  });

  test('a length beyond the bytes allocates nothing', () => {
    const bytes = written((w) => w.varint(Number.MAX_SAFE_INTEGER));
    expect(errorOf(() => readerOf(bytes).string('s'))).toMatchObject({ code: 'truncated', offset: 8 });
  });
});

test('fixed-width integers are little-endian', () => {
  const bytes = written((w) => {
    w.u8(0x01);
    w.u16(0x0302);
    w.u32(0xf7060504);
  });
  expect([...bytes]).toEqual([1, 2, 3, 4, 5, 6, 0xf7]);
});

test('a table count is checked against the limit, then against the bytes that remain', () => {
  expect(readerOf([2, 0, 0, 0, 0, 0, 0]).count('n', 3, 2)).toBe(2);
  expect(errorOf(() => readerOf([3, 0]).count('n', 3, 2))).toMatchObject({ code: 'limit', offset: 0 });
  expect(errorOf(() => readerOf([2, 0, 0, 0, 0, 0]).count('n', 3, 2))).toMatchObject({
    code: 'header-invalid',
    offset: 0,
  });
});

test('the sink is told of every field with its path, place and depth', () => {
  const fields: MappedField[] = [];
  const bytes = written((w) => {
    w.varint(300);
    w.string('é');
    w.block(Uint8Array.of(9));
  });
  const reader = new ByteReader(bytes, 50, ERRORS, (field) => fields.push(field));
  reader.group('a', 0, () => {
    reader.varint('n', () => 'many');
    reader.string('s');
    reader.nested('inner', reader.varint('length')).u8('x');
  });
  expect(fields).toEqual([
    { offset: 50, length: 2, field: 'a[0].n', value: '300 (many)', level: 1 },
    { offset: 52, length: 1, field: 'a[0].s.length', value: '2', level: 1 },
    { offset: 53, length: 2, field: 'a[0].s', value: '"é"', level: 1 },
    { offset: 55, length: 1, field: 'a[0].length', value: '1', level: 1 },
    { offset: 56, length: 1, field: 'a[0].inner.x', value: '9', level: 2 },
  ]);
});
