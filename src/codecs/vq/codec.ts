/** Codec type `vq`: grids of codebook indices (spec/index-streams.md). */

import { LlmcError } from '../../container/errors.js';
import { describeArray, elementCount, type FileArray, invalidInput } from '../arrays/array-file.js';
import { indexCodec } from '../arrays/codec.js';
import { type IndexArray, indexArrays, indexItem } from '../arrays/item.js';
import { requireParameters } from '../arrays/missing.js';
import type { Codec, ParsedItem, VqChoice } from '../codec.js';

/** Grids of indices. No file tells by itself that it holds them. */
export const vqCodec: Codec = { ...indexCodec, parse: () => undefined };

/**
 * The grids in a file of arrays.
 *
 * @throws LlmcError `argument` where a parameter is missing or wrong, `input-invalid`.
 */
export function vqItem(file: Uint8Array, { codebookSize, grid, keys, codecPackage }: VqChoice): ParsedItem {
  requireParameters('vq', { '--codebook': codebookSize });
  const size = codebookSize as number;
  if (!Number.isInteger(size) || size < 1 || size > 2 ** 32) {
    throw new LlmcError('argument', `a codebook of ${size} entries; 1 to 2^32 are possible`);
  }
  const arrays = indexArrays(file, keys, (array) => placeGrids(array, grid));
  const groups = arrays.map(({ group }) => group);
  const vq = { codebookSize: size, groups, ...(codecPackage ? { codecPackage } : {}) };
  return indexItem(file, arrays, { codec: 'vq', vq });
}

/** The grids that an array's last axes make: [..., height, width], or, with a grid given, [..., height * width]. */
function placeGrids(array: FileArray, grid: VqChoice['grid']): Omit<IndexArray, 'array'> {
  const { shape, fortran } = array;
  const [height, width] = [shape.at(-2), shape.at(-1) as number];
  if (grid === undefined && height === undefined) {
    throw invalidInput(`${describeArray(array)} does not show the size of a grid; name it with --grid`);
  }
  const flat = grid !== undefined && !(grid.width === width && grid.height === height);
  if (flat && (shape.length === 0 || width % (grid.width * grid.height) !== 0)) {
    throw invalidInput(`${describeArray(array)} is not made of grids of ${grid.width}x${grid.height}`);
  }
  if (fortran && (flat ? shape.length > 1 : shape.length > 3)) {
    throw invalidInput(`${describeArray(array)} is in Fortran order with too many axes; store it in C order`);
  }
  const size = flat ? grid : { width, height: height as number };
  const count = elementCount(shape) / (size.width * size.height);
  // In Fortran order the file goes through columns, rows and grids from the slowest to the fastest.
  return { group: { count, ...size }, order: fortran && !flat ? 5 : 0 };
}
