import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteWriter } from '../../src/container/bytes.js';
import {
  isSafeFileName,
  parseMetadata,
  safeFileName,
  serializeMetadata,
} from '../../src/container/metadata.js';
import { text } from './contents.js';
import { errorOf } from './errors.js';

const fileName = text.filter(isSafeFileName);

test('metadata comes back', () => {
  fc.assert(
    fc.property(
      fc.record(
        { name: fileName, mediaType: text, entries: fc.dictionary(text, text) },
        { requiredKeys: [] },
      ),
      (metadata) => {
        const { name, mediaType, entries = {} } = metadata;
        const read = parseMetadata(serializeMetadata(metadata));
        expect(read.name).toBe(name);
        expect(read.mediaType ?? '').toBe(mediaType ?? '');
        expect(Object.entries(read.entries ?? {}).sort()).toEqual(Object.entries(entries).sort());
      },
    ),
  );
});

test('what is empty takes 3 bytes', () => {
  expect([...serializeMetadata({})]).toEqual([0, 0, 0]);
  expect(parseMetadata(Uint8Array.of(0, 0, 0))).toEqual({ entries: {} });
});

test('a key named like a property of objects is a key like any other', () => {
  const entries = JSON.parse('{"__proto__": "a", "constructor": "b"}') as Record<string, string>;
  const read = parseMetadata(serializeMetadata({ entries })).entries ?? {};
  expect(Object.entries(read)).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ]);
});

const UNSAFE = [
  '.',
  '..',
  '../a',
  '/etc/passwd',
  'a/b',
  'C:\\a',
  'a\\b',
  'a\0b',
  'a\nb',
  'a\x7f',
  'a\x9b',
  'é'.repeat(128),
];

describe('names that lead elsewhere', () => {
  test.each(UNSAFE)('%j is refused by the reader and the writer', (name) => {
    expect(isSafeFileName(name)).toBe(false);
    const writer = new ByteWriter();
    writer.string(name);
    writer.u8(0);
    writer.u8(0);
    const body = writer.finish();
    expect(errorOf(() => parseMetadata(body, 500))).toMatchObject({ code: 'section-invalid', offset: 500 });
    expect(errorOf(() => serializeMetadata({ name })).code).toBe('argument');
  });

  test.each([
    ['/photos/a.jpg', 'a.jpg'],
    ['C:\\photos\\a.jpg', 'a.jpg'],
    ['../../a', 'a'],
    ['a\nb', 'a_b'],
    ['a\ud800', 'a_'],
    ['\ufeffa', 'a'],
    ['12:00.jpg', '12:00.jpg'],
    ['photos/', undefined],
    ['..', undefined],
    ['', undefined],
  ])('safeFileName(%j) is %j', (path, name) => {
    expect(safeFileName(path)).toBe(name);
  });

  test('whatever the path, the name can be stored and is safe', () => {
    const path = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constantFrom(...UNSAFE));
    fc.assert(
      fc.property(path, (value) => {
        const name = safeFileName(value);
        if (name !== undefined) expect(parseMetadata(serializeMetadata({ name })).name).toBe(name);
      }),
    );
  });
});

describe('bodies that break a rule', () => {
  const body = (...bytes: (number | string)[]) =>
    Uint8Array.from(
      bytes.flatMap((b) => (typeof b === 'string' ? [b.length, ...[...b].map((c) => c.charCodeAt(0))] : [b])),
    );
  test.each<[string, Uint8Array, number]>([
    ['equal keys', body('', '', 2, 'k', 'v', 'k', 'w'), 7],
    ['bytes left over', body('', '', 0, 0), 3],
    ['more pairs than bytes', body('', '', 9), 2],
    ['an end too early', body('', '', 1, 'k'), 5],
    ['ill-formed UTF-8', Uint8Array.of(0, 1, 0xff, 0), 1],
    ['nothing', body(), 0],
  ])('%s', (_, bytes, offset) => {
    expect(errorOf(() => parseMetadata(bytes))).toMatchObject({ code: 'section-invalid', offset });
  });

  test('any bytes give metadata or section-invalid', () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 20, maxLength: 30 }), (bytes) => {
        try {
          parseMetadata(bytes);
        } catch (cause) {
          expect(
            errorOf(() => {
              throw cause;
            }).code,
          ).toBe('section-invalid');
        }
      }),
      { numRuns: 1000 },
    );
  });
});
