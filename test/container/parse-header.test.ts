import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseHeader, parsePreamble } from '../../src/container/parse-header.js';
import { SIGNATURE } from '../../src/container/structures.js';
import { writeContainer } from '../../src/container/writer.js';
import { SMALL_CONTENT } from './contents.js';
import { errorOf } from './errors.js';
import {
  ADAPTIVE_MODEL,
  chunkEntry,
  GRAY_FRAME,
  headerBytes,
  headerOf,
  itemEntry,
  sectionEntry,
  type Tables,
  varint,
} from './headers.js';

/** Offset of the body of a header made by `headerOf`. */
const BODY = 11;

const MODELS = [1, ...ADAPTIVE_MODEL];
const gray = (codec: number, model = 1) => itemEntry(codec, model, 100, GRAY_FRAME);

describe('the checks before the body', () => {
  test('the least header is 24 bytes', () => {
    const bytes = headerOf({});
    expect(bytes.length).toBe(24);
    expect(parseHeader(bytes)).toMatchObject({ fileLength: 24, models: [], sections: [], chunks: [] });
  });

  test('a major version that is not known', () => {
    for (const major of [0, 2, 255]) {
      const bytes = headerBytes(Uint8Array.of(1, 2, 3), 0, major);
      expect(errorOf(() => parseHeader(bytes))).toMatchObject({ code: 'version', offset: 8 });
    }
  });

  test('a major version that is not known comes before a damaged header', () => {
    const bytes = headerOf({});
    bytes[8] = 2;
    expect(errorOf(() => parseHeader(bytes)).code).toBe('version');
  });

  test('any other changed byte of the header is header-crc', () => {
    const bytes = headerOf({});
    for (const at of [9, BODY, bytes.length - 1]) {
      const damaged = bytes.slice();
      damaged[at] ^= 0x10;
      const error = errorOf(() => parseHeader(damaged));
      expect(error).toMatchObject({ code: 'header-crc', offset: bytes.length - 4 });
    }
  });

  test('a body length beyond the limit is refused before it is read', () => {
    const start = Uint8Array.of(...SIGNATURE, 1, 0, ...varint(2 ** 26 + 1));
    expect(errorOf(() => parsePreamble(start))).toMatchObject({ code: 'limit', offset: 10 });
    const longest = Uint8Array.of(...SIGNATURE, 1, 0, ...varint(2 ** 26));
    expect(parsePreamble(longest)).toMatchObject({ bodyLength: 2 ** 26, headerLength: 14 + 2 ** 26 + 4 });
  });

  test('a body length that is not in its shortest form', () => {
    const start = Uint8Array.of(...SIGNATURE, 1, 0, 0x80, 0x00);
    expect(errorOf(() => parsePreamble(start))).toMatchObject({ code: 'header-invalid', offset: 10 });
  });

  test('every truncation of the header is truncated, where it ends', () => {
    const bytes = headerOf({});
    for (let length = 0; length < bytes.length; length++) {
      const error = errorOf(() => parseHeader(bytes.subarray(0, length)));
      expect(error.code).toBe('truncated');
      expect(error.offset).toBeLessThanOrEqual(length);
    }
  });
});

describe('a newer minor version', () => {
  test('may add fields at the end of the body', () => {
    const header = parseHeader(headerOf({ rest: [1, 2, 3] }, 7));
    expect(header.version).toEqual({ major: 1, minor: 7 });
    expect(header.items.length).toBe(1);
  });

  test('is the only one that may', () => {
    const bytes = headerOf({ rest: [1, 2, 3] });
    expect(errorOf(() => parseHeader(bytes))).toMatchObject({ code: 'header-invalid', offset: BODY + 9 });
  });
});

/** [rule that is broken, tables, offset of the fault] */
const BROKEN: readonly (readonly [rule: string, tables: Tables, offset: number])[] = [
  ['the body ends within a table', { rest: [], chunks: [] }, BODY + 8],
  ['an adaptive model with bytes left over', { models: [1, 1, 1, 2, 1, 9] }, BODY + 5],
  ['a fingerprint of 7 bytes', { models: [1, 2, 1, 9, 7, 1, 2, 3, 4, 5, 6, 7, 0] }, BODY + 4],
  ['a fingerprint of 33 bytes', { models: [1, 2, 1, 35, 33, ...Array<number>(33).fill(0), 0] }, BODY + 4],
  ['model parameters beyond the body', { models: [1, 9, 1, 99] }, BODY + 4],
  ['no item', { items: [0] }, BODY + 1],
  ['a model index beyond the table', { items: [1, 0, 1, 0, 0, 0] }, BODY + 3],
  ['raw with a model', { models: MODELS, items: [1, 0, 1, 0, 0, 0] }, BODY + 5 + 2],
  ['dct without a model', { models: MODELS, items: [1, ...gray(2, 0)] }, BODY + 5 + 2],
  [
    'an arrangement of another codec type',
    { models: [1, 1, 5, 1, 1], items: [1, ...gray(2)], chunks: [1, ...chunkEntry(1)] },
    BODY + 5 + 1,
  ],
  ['raw with parameters', { items: [1, ...itemEntry(0, 0, 0, [7])] }, BODY + 7],
  ['a digest beyond the body', { items: [1, 0, 0, 0, 1, 0] }, BODY + 6],
  [
    'more tokens than 2^53 - 1 in all',
    {
      items: [2, ...itemEntry(0x70, 0, 0, varint(2 ** 53 - 1)), ...itemEntry(0x70, 0, 0, varint(1))],
    },
    BODY + 2 + 5 + 8,
  ],
  ['a section type with a digit', { sections: [1, ...sectionEntry('aB1D', 0, 0)] }, BODY + 8],
  ['a section type whose third letter is small', { sections: [1, ...sectionEntry('aBcD', 0, 0)] }, BODY + 8],
  ['a section type whose fourth letter is small', { sections: [1, ...sectionEntry('aBCd', 0, 0)] }, BODY + 8],
  ['a section of an item that is not there', { sections: [1, ...sectionEntry('aBCD', 2, 0)] }, BODY + 16],
  ['a section JPEG of a raw item', { sections: [1, ...sectionEntry('JPEG', 1, 0)] }, BODY + 16],
  ['a section JPEG of the whole file', { sections: [1, ...sectionEntry('JPEG', 0, 0)] }, BODY + 16],
  [
    'two sections of a type',
    { sections: [2, ...sectionEntry('mETA', 1, 0), ...sectionEntry('mETA', 1, 0)] },
    BODY + 18,
  ],
  ['sections that end beyond 2^53 - 1', { sections: [1, ...sectionEntry('aBCD', 0, 2 ** 53 - 1)] }, BODY + 8],
  [
    'a jpeg item without its section',
    { models: MODELS, items: [1, ...gray(1)], chunks: [1, ...chunkEntry(1)] },
    BODY + 5 + 11 + 1,
  ],
  ['a chunk for no tokens', { chunks: [1, ...chunkEntry(0)] }, BODY + 8],
  ['no chunk for tokens', { items: [1, ...itemEntry(0, 0, 9, [])] }, BODY + 8],
  [
    'a chunk of no tokens',
    { items: [1, ...itemEntry(0, 0, 9, [])], chunks: [2, ...chunkEntry(1, 0), ...chunkEntry(1)] },
    BODY + 18,
  ],
  [
    'a last chunk of no tokens',
    { items: [1, ...itemEntry(0, 0, 9, [])], chunks: [2, ...chunkEntry(1, 9), ...chunkEntry(1)] },
    BODY + 9 + 10 + 9,
  ],
  [
    'a chunk of more tokens than there are',
    { items: [1, ...itemEntry(0, 0, 9, [])], chunks: [2, ...chunkEntry(1, 10), ...chunkEntry(1)] },
    BODY + 18,
  ],
  [
    'a chunk that spans raw items',
    {
      items: [2, ...itemEntry(0, 0, 1, []), ...itemEntry(0, 0, 1, [])],
      chunks: [1, ...chunkEntry(1)],
    },
    BODY + 14,
  ],
  [
    'a chunk that spans codec types',
    {
      models: MODELS,
      items: [2, ...gray(2), ...itemEntry(0, 0, 1, [])],
      chunks: [1, ...chunkEntry(1)],
    },
    BODY + 5 + 1 + 10 + 5 + 2,
  ],
  [
    'a chunk that spans models',
    {
      models: [2, ...ADAPTIVE_MODEL, ...ADAPTIVE_MODEL],
      items: [2, ...gray(2, 1), ...gray(2, 2)],
      chunks: [1, ...chunkEntry(1)],
    },
    BODY + 9 + 1 + 20 + 2,
  ],
  [
    'a chunk that ends within an MCU row',
    {
      models: MODELS,
      items: [1, ...gray(2)],
      chunks: [2, ...chunkEntry(1, 64), ...chunkEntry(1)],
    },
    BODY + 5 + 1 + 10 + 2,
  ],
  [
    'a chunk that ends within a frame of layers',
    {
      models: [1, 1, 6, 1, 1],
      items: [1, ...itemEntry(4, 1, 0, [3, 64, 1, 1, 4, 50, 1, 0, 0])],
      chunks: [2, ...chunkEntry(1, 4), ...chunkEntry(1)],
    },
    BODY + 5 + 1 + 14 + 2,
  ],
  [
    'chunks that end beyond 2^53 - 1',
    { items: [1, ...itemEntry(0, 0, 9, [])], chunks: [1, ...chunkEntry(2 ** 53 - 1)] },
    BODY + 9,
  ],
];

describe('rules of the body', () => {
  test.each(BROKEN)('%s', (_, tables, offset) => {
    const bytes = headerOf(tables);
    expect(errorOf(() => parseHeader(bytes))).toMatchObject({ code: 'header-invalid', offset });
  });

  const valid: readonly (readonly [string, Tables])[] = [
    [
      'empty items between those of a chunk',
      {
        models: MODELS,
        items: [3, ...gray(2), ...itemEntry(0, 0, 0, []), ...gray(2)],
        chunks: [1, ...chunkEntry(1)],
      },
    ],
    [
      'chunks that end between MCU rows',
      {
        models: MODELS,
        items: [1, ...gray(2)],
        chunks: [2, ...chunkEntry(1, 128), ...chunkEntry(1)],
      },
    ],
    [
      'chunks that end between frames of layers',
      {
        models: [1, 1, 6, 1, 1],
        items: [1, ...itemEntry(4, 1, 0, [3, 64, 1, 1, 4, 50, 1, 0, 0])],
        chunks: [2, ...chunkEntry(1, 3), ...chunkEntry(1)],
      },
    ],
    [
      'several embedded models',
      {
        sections: [2, ...sectionEntry('mODL', 0, 0), ...sectionEntry('mODL', 0, 0)],
      },
    ],
    [
      'the same section type for the file and for its item',
      {
        sections: [2, ...sectionEntry('mETA', 0, 0), ...sectionEntry('mETA', 1, 0)],
      },
    ],
  ];
  test.each(valid)('%s are allowed', (_, tables) => {
    expect(parseHeader(headerOf(tables)).items.length).toBeGreaterThan(0);
  });
});

describe('what a header declares is checked before memory is taken for it', () => {
  const counts: readonly (readonly [string, Tables, string])[] = [
    ['models above the limit', { models: varint(256) }, 'limit'],
    ['models', { models: varint(255) }, 'header-invalid'],
    ['items above the limit', { items: varint(2 ** 40) }, 'limit'],
    ['items', { items: varint(2 ** 20) }, 'header-invalid'],
    ['sections above the limit', { sections: varint(2 ** 40) }, 'limit'],
    ['sections', { sections: varint(2 ** 21) }, 'header-invalid'],
    ['chunks above the limit', { chunks: varint(2 ** 22 + 1) }, 'limit'],
    ['chunks', { chunks: varint(2 ** 22) }, 'header-invalid'],
  ];
  test.each(counts)('%s', (_, tables, code) => {
    expect(errorOf(() => parseHeader(headerOf(tables))).code).toBe(code);
  });

  test('lengths of parameters and names', () => {
    for (const tables of [
      { models: [1, 9, 1, ...varint(2 ** 50)] },
      { models: [1, 2, 1, 18, 8, 1, 2, 3, 4, 5, 6, 7, 8, ...varint(2 ** 50)] },
      { items: [1, 0x70, 0, 0, 0, ...varint(2 ** 50), 0, 0] },
      { items: [1, 0, 0, 0, 9, ...varint(2 ** 50), 0, 0] },
    ]) {
      expect(errorOf(() => parseHeader(headerOf(tables))).code).toBe('header-invalid');
    }
  });

  test('a raw chunk holds at most 2^26 bytes', () => {
    const items = [1, ...itemEntry(0, 0, 2 ** 26 + 1, [])];
    const error = errorOf(() => parseHeader(headerOf({ items, chunks: [1, ...chunkEntry(5)] })));
    expect(error).toMatchObject({ code: 'limit', chunk: 0 });
    const chunks = [2, ...chunkEntry(5, 2 ** 26), ...chunkEntry(1)];
    expect(parseHeader(headerOf({ items, chunks })).chunks.map((chunk) => chunk.tokens)).toEqual([
      2 ** 26,
      1,
    ]);
  });
});

describe('numbers that are not registered', () => {
  test('stay numbers, and the chunks of an unknown codec type are told apart', () => {
    const header = parseHeader(
      headerOf({
        models: [1, 0x70, 0x71, 2, 5, 6],
        items: [2, ...itemEntry(0x7f, 1, 10, [7, 1, 2]), ...itemEntry(0, 0, 3, [])],
        chunks: [2, ...chunkEntry(4, 7), ...chunkEntry(3)],
      }),
    );
    expect(header.models).toEqual([{ profile: 0x70, arrangement: 0x71, bytes: Uint8Array.of(5, 6) }]);
    expect(header.items[0].parameters).toEqual({ codec: 0x7f, tokens: 7, bytes: Uint8Array.of(1, 2) });
    expect(header.chunks.map((chunk) => chunk.tokens)).toEqual([7, 3]);
  });

  test('a digest of an unknown type is kept', () => {
    const header = parseHeader(headerOf({ items: [1, 0, 0, 0, 0x70, 2, 8, 9, 0] }));
    expect(header.items[0].digest).toEqual({ type: 0x70, value: Uint8Array.of(8, 9) });
  });
});

test('a body of any bytes gives a header or a coded error within the file', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(3), (body, minor) => {
      const bytes = headerBytes(body, minor);
      try {
        expect(parseHeader(bytes).headerLength).toBe(bytes.length);
      } catch (cause) {
        const error = errorOf(() => {
          throw cause;
        });
        expect(['header-invalid', 'limit']).toContain(error.code);
        expect(error.offset).toBeGreaterThanOrEqual(BODY);
        expect(error.offset).toBeLessThanOrEqual(bytes.length);
      }
    }),
    { numRuns: 2000 },
  );
});

test('every changed byte of a body with a right CRC gives a header or a coded error', () => {
  const whole = parseHeader(writeContainer(SMALL_CONTENT));
  const file = writeContainer(SMALL_CONTENT);
  const body = file.subarray(BODY, whole.headerLength - 4);
  for (let at = 0; at < body.length; at++) {
    for (const value of [0, 1, 0x7f, 0x80, 0xff, body[at] ^ 1, body[at] ^ 0x40]) {
      const changed = body.slice();
      changed[at] = value;
      const bytes = headerBytes(changed);
      try {
        parseHeader(bytes);
      } catch (cause) {
        const error = errorOf(() => {
          throw cause;
        });
        expect(['header-invalid', 'limit']).toContain(error.code);
        expect(error.offset).toBeLessThanOrEqual(bytes.length);
      }
    }
  }
});
