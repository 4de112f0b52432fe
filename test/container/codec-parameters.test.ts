import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/container/bytes.js';
import { readCodecParameters, writeCodecParameters } from '../../src/container/codec-parameters.js';
import { type CodecParameters, dctGeometry, tokenCount } from '../../src/container/parameters.js';
import { codecParameters, dctParameters } from './contents.js';
import { errorOf } from './errors.js';
import { varint } from './headers.js';

const ERRORS = { invalid: 'header-invalid', end: 'header-invalid' } as const;

function read(codec: number, bytes: ArrayLike<number>): CodecParameters {
  return readCodecParameters(new ByteReader(Uint8Array.from(bytes), 1000, ERRORS), codec);
}

test('parameters of every codec type come back from their bytes', () => {
  fc.assert(
    fc.property(codecParameters, (parameters) => {
      const { codec, bytes } = writeCodecParameters(parameters);
      expect(read(codec, bytes)).toEqual(parameters);
    }),
    { numRuns: 500 },
  );
});

test('a 4:2:0 frame with IJG tables takes 10 bytes', () => {
  const bytes = [0b0011_0000, 0x80, 0x06, 0x80, 0x04, 0b0101, 0b01_0000, 0b01_0000, 75, 128 + 75];
  const dct = {
    process: 0,
    precision: 8,
    width: 768,
    height: 512,
    components: [
      { h: 2, v: 2, table: 0 },
      { h: 1, v: 1, table: 1 },
      { h: 1, v: 1, table: 1 },
    ],
    tables: [
      { kind: 'ijg-luma', quality: 75 },
      { kind: 'ijg-chroma', quality: 75 },
    ],
  } as const;
  expect(read(2, bytes)).toEqual({ codec: 'dct', dct });
  expect([...writeCodecParameters({ codec: 'dct', dct }).bytes]).toEqual(bytes);
});

const ones = Array<number>(64).fill(1);
const rate = [50, 1];

describe('values out of range', () => {
  test.each<[string, number, number[], number]>([
    ['process 3', 2, [3, 8, 8, 0, 75], 0],
    ['frame bit 7', 2, [0x80, 8, 8, 0, 75], 0],
    ['width 0', 2, [0, 0, 8, 0, 75], 1],
    ['width 65536', 2, [0, ...varint(65536), 8, 0, 75], 1],
    ['height 0', 2, [0, 8, 0, 0, 75], 2],
    ['layout bit 6', 2, [0, 8, 8, 0x40, 75], 3],
    ['a table that is not there', 2, [0, 8, 8, 0x10, 75], 3],
    ['IJG luma quality 101', 2, [0, 8, 8, 0, 101], 4],
    ['IJG chroma quality 101', 2, [0, 8, 8, 0, 229], 4],
    ['a step of 0 in 8 bits', 2, [0, 8, 8, 0, 0, ...ones.slice(1), 0], 5 + 63],
    ['a step of 0 in 16 bits', 2, [0, 8, 8, 0, 128, 1, 0, 0, 0, ...Array<number>(124).fill(1)], 5 + 2],
    ['steps that end early', 2, [0, 8, 8, 0, 0, ...ones.slice(1)], 5],
    ['bytes left over', 2, [0, 8, 8, 0, 75, 0], 5],
    ['codebook size 0', 3, [0, 1, 1, 1, 1, 0], 0],
    ['codebook size 2^32 + 1', 3, [...varint(2 ** 32 + 1), 1, 1, 1, 1, 0], 0],
    ['no group', 3, [1, 0, 0], 1],
    ['more groups than bytes', 3, [1, 2, 1, 1, 1, 0, 0], 1],
    [
      'more than 2^53 - 1 indices',
      3,
      [1, 1, ...varint(2 ** 20), ...varint(2 ** 20), ...varint(2 ** 14), 0],
      2,
    ],
    ['a package fingerprint of 7 bytes', 3, [1, 1, 1, 1, 1, 7, 1, 2, 3, 4, 5, 6, 7, 0], 5],
    ['a package fingerprint of 33 bytes', 3, [1, 1, 1, 1, 1, 33, ...ones, 0], 5],
    ['depth 0', 4, [0, 9, 1, 1, 1, ...rate, 0, 0], 0],
    ['depth 257', 4, [...varint(257), 9, 1, 1, 1, ...rate, 0, 0], 0],
    ['a layer without a codebook', 4, [2, 0, 9, 0, 1, 1, 1, ...rate, 0, 0], 3],
    ['equal sizes one by one', 4, [2, 0, 9, 9, 1, 1, 1, ...rate, 0, 0], 1],
    ['more than 2^53 - 1 codes', 4, [2, 9, 1, ...varint(2 ** 40), ...varint(2 ** 12), ...rate, 0, 0], 3],
    ['a rate of 0', 4, [1, 9, 1, 1, 1, 0, 1, 0, 0], 5],
    ['a rate over 0', 4, [1, 9, 1, 1, 1, 1, 0, 0, 0], 6],
    ['a rate that can be reduced', 4, [1, 9, 1, 1, 1, 100, 2, 0, 0], 5],
    ['an unknown codec type without a token count', 0x70, [], 0],
  ])('%s', (_, codec, bytes, at) => {
    expect(errorOf(() => read(codec, bytes))).toMatchObject({ code: 'header-invalid', offset: 1000 + at });
  });
});

describe('values that cannot be written', () => {
  const table = { kind: 'ijg-luma', quality: 75 } as const;
  const component = { h: 1, v: 1, table: 0 };
  const frame = {
    process: 0,
    precision: 8,
    width: 8,
    height: 8,
    components: [component],
    tables: [table],
  } as const;
  test.each<[string, object]>([
    ['no components', { components: [] }],
    ['five components', { components: Array(5).fill(component) }],
    ['no tables', { tables: [], components: [component] }],
    ['a factor of 5', { components: [{ ...component, h: 5 }] }],
    ['a table that is not there', { components: [{ ...component, table: 1 }] }],
    ['quality 0', { tables: [{ ...table, quality: 0 }] }],
    ['63 steps', { tables: [{ kind: 'explicit', steps: new Uint16Array(63) }] }],
    ['a width that is no integer', { width: 0.5 }],
  ])('%s', (_, change) => {
    const parameters = { codec: 'dct' as const, dct: { ...frame, ...change } };
    expect(errorOf(() => writeCodecParameters(parameters)).code).toBe('argument');
  });
});

describe('geometry', () => {
  test('every grid is padded to whole MCUs and covers its samples', () => {
    fc.assert(
      fc.property(dctParameters(300), (dct) => {
        const { mcusWide, mcusHigh, grids, tokensPerMcuRow, pixelsPerMcuRow } = dctGeometry(dct);
        expect(mcusHigh).toBe(Math.ceil(dct.height / pixelsPerMcuRow));
        grids.forEach((grid, i) => {
          const { h, v } = dct.components.length === 1 ? { h: 1, v: 1 } : dct.components[i];
          expect(grid).toEqual({ blocksWide: mcusWide * h, blocksHigh: mcusHigh * v, h, v });
        });
        const blocks = grids.reduce((sum, grid) => sum + grid.blocksWide * grid.blocksHigh, 0);
        expect(tokensPerMcuRow * mcusHigh).toBe(64 * blocks);
        expect(tokenCount({ codec: 'dct', dct }, 0)).toBe(64 * blocks);
      }),
    );
  });

  test('a single component counts its factors as 1', () => {
    const single = { width: 17, height: 9, components: [{ h: 2, v: 4, table: 0 }] };
    expect(dctGeometry(single)).toMatchObject({
      mcusWide: 3,
      mcusHigh: 2,
      tokensPerMcuRow: 192,
      pixelsPerMcuRow: 8,
    });
  });
});
