import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat, elements, npy, safetensors } from '../../../fixtures/array-files.js';
import type { CodecChoice } from '../../../src/codecs/codec.js';
import { parseFile } from '../../../src/codecs/registry.js';
import { LlmcError } from '../../../src/index.js';

const vq = { codec: 'vq', codebookSize: 16 } as const;
const rvq = {
  codec: 'rvq',
  codebookSizes: [16],
  frameRate: { numerator: 50, denominator: 1 },
  sampleRate: 0,
} as const;
const zeros = (count: number) => new Array<number>(count).fill(0);
const codes = npy('<i8', [2, 3], zeros(6));
/** A file whose elements are of a type that elements() does not write. */
const other = (type: string, bytes: number) => concat(npy(type, [2, 3], []), new Uint8Array(bytes));
const tensor = (name: string, shape: number[]) => ({
  name,
  type: 'I32',
  shape,
  data: elements('<i4', zeros(shape.reduce((a, b) => a * b, 1))),
});

describe('what a file cannot be', () => {
  it.each<[string, Uint8Array, CodecChoice, string, RegExp]>([
    ['no codebook', codes, { codec: 'vq' }, 'argument', /needs --codebook, which/],
    ['nothing', codes, { codec: 'rvq' }, 'argument', /--codebook, --frame-rate, --sample-rate/],
    ['a grid that is not shown', npy('|u1', [6], zeros(6)), vq, 'input-invalid', /name it with --grid/],
    [
      'another grid',
      codes,
      { ...vq, grid: { width: 4, height: 4 } },
      'input-invalid',
      /not made of grids of 4x4/,
    ],
    [
      'an index too large',
      npy('<i8', [2, 3], [0, 0, 0, 0, 16, 0]),
      vq,
      'input-invalid',
      /index 16 at \[1, 1\]/,
    ],
    [
      'a negative index',
      npy('<i2', [2, 3], [0, -1, 0, 0, 0, 0]),
      vq,
      'input-invalid',
      /index -1 at \[0, 1\]/,
    ],
    [
      'in Fortran order',
      npy('|u1', [2, 3], [0, 99, 0, 0, 0, 0], true),
      vq,
      'input-invalid',
      /99 at \[1, 0\]/,
    ],
    ['beyond 2^53', npy('<u8', [1, 1], [2 ** 60]), vq, 'input-invalid', /outside of a codebook of 16/],
    ['floats', other('<f4', 24), vq, 'input-invalid', /<f4 \[2, 3\].*does not hold integers/],
    ['booleans', other('|b1', 6), vq, 'input-invalid', /does not hold integers/],
    ['objects', other('|O', 6), vq, 'input-invalid', /does not hold integers/],
    [
      'cut data',
      codes.subarray(0, codes.length - 1),
      vq,
      'input-invalid',
      /needs 48 bytes of data, of which 47/,
    ],
    ['a cut header', codes.subarray(0, 60), vq, 'input-invalid', /header is cut/],
    ['no frames', npy('<i8', [8, 0], []), rvq, 'input-invalid', /holds no indices/],
    [
      'another depth',
      npy('<i8', [3, 8], zeros(24)),
      { ...rvq, depth: 8 },
      'input-invalid',
      /has 3 layers, not 8.*--axes/,
    ],
    ['axes that are none', codes, { ...rvq, axes: 'KX' }, 'argument', /--axes KX/],
    ['more axes', codes, { ...rvq, axes: 'NKT' }, 'input-invalid', /not the axes NKT/],
    [
      'sizes of other layers',
      codes,
      { ...rvq, codebookSizes: [4, 4, 4] },
      'argument',
      /3 codebook sizes for 2/,
    ],
    ['a codebook of 0', codes, { ...vq, codebookSize: 0 }, 'argument', /1 to 2\^32/],
    ['text', new TextEncoder().encode('codes'), vq, 'input-invalid', /neither .npy, .safetensors nor .ecdc/],
    ['an .npz file', Uint8Array.of(0x50, 0x4b, 3, 4), vq, 'input-invalid', /unpack the arrays first/],
    [
      'no such key',
      safetensors([tensor('a', [2, 3])]),
      { ...vq, keys: ['b'] },
      'input-invalid',
      /no array "b"/,
    ],
    [
      'two depths',
      safetensors([tensor('a', [2, 3]), tensor('b', [3, 3])]),
      rvq,
      'input-invalid',
      /"b".*3 layers/,
    ],
    [
      'no grids',
      safetensors([tensor('a', [3]), tensor('b', [3])]),
      vq,
      'input-invalid',
      /no array of indices/,
    ],
  ])('%s', (_, file, choice, code, message) => {
    let thrown: unknown;
    try {
      parseFile(file, choice);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('whatever bytes it has, the error has a code', () => {
    const files = [codes, safetensors([tensor('a', [2, 3]), tensor('b', [4])])];
    const mutation = fc.record({ file: fc.nat(1), place: fc.nat(200), byte: fc.nat(255), cut: fc.boolean() });
    fc.assert(
      fc.property(mutation, fc.constantFrom<CodecChoice>(vq, rvq), ({ file, place, byte, cut }, choice) => {
        const bytes = cut ? files[file].slice(0, place) : files[file].slice();
        if (!cut && place < bytes.length) bytes[place] = byte;
        try {
          parseFile(bytes, choice);
        } catch (error) {
          expect(error).toBeInstanceOf(LlmcError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
