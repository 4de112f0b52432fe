/** Codec type `rvq`: layers of codebook indices over time (spec/index-streams.md). */

import { LlmcError } from '../../container/errors.js';
import type { CodecParameters } from '../../container/parameters.js';
import { describeArray, elementCount, type FileArray, invalidInput } from '../arrays/array-file.js';
import { indexCodec } from '../arrays/codec.js';
import { parseEcdc } from '../arrays/ecdc.js';
import { type IndexArray, indexArrays, indexItem } from '../arrays/item.js';
import { requireParameters } from '../arrays/missing.js';
import { ORDERS } from '../arrays/order.js';
import type { Codec, ParsedItem, RvqChoice } from '../codec.js';

/** Names of the axes 0, 1 and 2 of `ORDERS`. */
const AXES = 'NTK';
const DEPTH_LIMIT = 256;
const CODEBOOK_LIMIT = 2 ** 32;

/** Layers of indices. Of files by themselves it understands EnCodec's `.ecdc`. */
export const rvqCodec: Codec = { ...indexCodec, parse: ecdcItem };

function ecdcItem(file: Uint8Array): ParsedItem | undefined {
  const ecdc = parseEcdc(file);
  if (ecdc === undefined) return undefined;
  const { depth, codebookSize, frameRate, sampleRate } = ecdc;
  const arrays = ecdc.arrays.map((array) => ({
    array,
    group: { count: 1, width: depth, height: array.shape[0] },
    order: 0,
  }));
  const codebookSizes = new Array<number>(depth).fill(codebookSize);
  return indexItem(
    file,
    arrays,
    parametersOf(arrays, codebookSizes, { numerator: frameRate, denominator: 1 }, sampleRate),
  );
}

/**
 * The streams in a file of arrays, or in an `.ecdc` file, which shows all parameters.
 *
 * @throws LlmcError `argument` where a parameter is missing or wrong, `input-invalid`.
 */
export function rvqItem(file: Uint8Array, choice: RvqChoice): ParsedItem {
  const known = ecdcItem(file);
  if (known) return known;
  const { codebookSizes, frameRate, sampleRate, axes, keys } = choice;
  requireParameters('rvq', {
    '--codebook': codebookSizes,
    '--frame-rate': frameRate,
    '--sample-rate (0 if it is not known)': sampleRate,
  });
  if (axes !== undefined && !/^(?!.*(.).*\1)(?=.*K)(?=.*T)[NKT]{2,3}$/.test(axes)) {
    throw new LlmcError(
      'argument',
      `--axes ${axes}; it names K (layers), T (frames) and, if there are several streams, N`,
    );
  }
  const arrays = indexArrays(file, keys, (array) => placeStreams(array, axes, choice.depth));
  const depth = arrays[0].group.width;
  const other = arrays.find(({ group }) => group.width !== depth);
  if (other)
    throw invalidInput(`${describeArray(other.array)} has ${other.group.width} layers, others have ${depth}`);
  const sizes = codebookSizes as readonly number[];
  if (depth > DEPTH_LIMIT)
    throw invalidInput(`${depth} layers; ${DEPTH_LIMIT} are possible. Name the axes with --axes`);
  if (sizes.length !== 1 && sizes.length !== depth) {
    throw new LlmcError('argument', `${sizes.length} codebook sizes for ${depth} layers`);
  }
  if (sizes.some((size) => !Number.isInteger(size) || size < 1 || size > CODEBOOK_LIMIT)) {
    throw new LlmcError('argument', `codebooks of ${sizes.join(', ')} entries; 1 to 2^32 are possible`);
  }
  const all = sizes.length === depth ? sizes : new Array<number>(depth).fill(sizes[0]);
  const { codec, rvq } = parametersOf(arrays, all, frameRate as never, sampleRate as number);
  const { codecPackage } = choice;
  return indexItem(file, arrays, { codec, rvq: { ...rvq, ...(codecPackage ? { codecPackage } : {}) } });
}

function parametersOf(
  arrays: readonly IndexArray[],
  codebookSizes: readonly number[],
  frameRate: { readonly numerator: number; readonly denominator: number },
  sampleRate: number,
): Extract<CodecParameters, { readonly codec: 'rvq' }> {
  const groups = arrays.map(({ group }) => ({ count: group.count, frames: group.height }));
  return { codec: 'rvq', rvq: { codebookSizes, groups, frameRate, sampleRate } };
}

function placeStreams(
  array: FileArray,
  axes: string | undefined,
  depth: number | undefined,
): Omit<IndexArray, 'array'> {
  const { shape, fortran } = array;
  const names = axes ?? (shape.length === 1 && (depth ?? 1) === 1 ? 'T' : shape.length === 2 ? 'KT' : 'NKT');
  // Axes before the last two count streams together.
  const merged = axes === undefined && shape.length > 3 && !fortran;
  const sizes = merged ? [elementCount(shape.slice(0, -2)), ...shape.slice(-2)] : shape;
  if (sizes.length !== names.length) {
    throw invalidInput(
      `${describeArray(array)} has not the axes ${names}; name them with --axes, such as TK or NTK`,
    );
  }
  const sizeOf = (name: string) => (names.includes(name) ? sizes[names.indexOf(name)] : 1);
  const group = { count: sizeOf('N'), width: sizeOf('K'), height: sizeOf('T') };
  if (depth !== undefined && group.width !== depth) {
    const found = `${describeArray(array)} with axes ${names} has ${group.width} layers, not ${depth}`;
    throw invalidInput(`${found}; if its axes are others, name them with --axes, such as TK or NTK`);
  }
  const present = fortran ? [...names].reverse().join('') : names;
  const absent = [...AXES].filter((name) => !names.includes(name)).join('');
  const inFile = [...absent, ...present].map((name) => AXES.indexOf(name));
  const order = ORDERS.findIndex((axesOfOrder) => axesOfOrder.every((axis, i) => axis === inFile[i]));
  return { group, order };
}
