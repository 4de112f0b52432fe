/** From a file of arrays to an item of indices. */

import { type IndexGroup, indexGeometry } from '../../arrangement/indices.js';
import type { CodecParameters } from '../../container/parameters.js';
import { SectionType } from '../../container/registry.js';
import type { ParsedItem } from '../codec.js';
import { describeArray, type FileArray, invalidInput } from './array-file.js';
import { canonicalFile } from './canonical.js';
import { readElements } from './element.js';
import { isNpy, parseNpy } from './npy.js';
import { canonicalPlaces } from './order.js';
import { isSafetensors, parseSafetensors } from './safetensors.js';
import { packArraySideData } from './side-data.js';

/** An array of indices, as a group of the item. */
export interface IndexArray {
  readonly array: FileArray;
  readonly group: IndexGroup;
  /** Index into `ORDERS`. */
  readonly order: number;
}

/**
 * The arrays of a file that hold indices, in the order of the file.
 *
 * @param keys Names of the arrays; by default all integers that `place` can place.
 * @param place The group and order that an array's shape makes.
 * @throws LlmcError `input-invalid` where there is none, or where one that must fit does not.
 */
export function indexArrays(
  file: Uint8Array,
  keys: readonly string[] | undefined,
  place: (array: FileArray) => Omit<IndexArray, 'array'>,
): IndexArray[] {
  const all = arraysOf(file);
  const missing = keys?.find((key) => !all.some(({ name }) => name === key));
  if (missing !== undefined) throw invalidInput(`there is no array ${JSON.stringify(missing)}`);
  const single = all.length === 1;
  const chosen = all.filter((array) => {
    if (keys) return keys.includes(array.name);
    // Beside indices, files of many arrays have lengths, masks and embeddings: they are kept as they are.
    return single || (array.element !== undefined && array.shape.length > 1 && array.length > 0);
  });
  if (chosen.length === 0)
    throw invalidInput('the file has no array of indices: integers of two axes or more');
  return chosen.map((array) => {
    if (array.element === undefined) {
      throw invalidInput(
        `${describeArray(array)} does not hold integers; indices do not come as floats or objects`,
      );
    }
    if (array.length === 0) throw invalidInput(`${describeArray(array)} holds no indices`);
    return { array, ...place(array) };
  });
}

function arraysOf(file: Uint8Array): FileArray[] {
  if (isNpy(file)) return [parseNpy(file)];
  if (isSafetensors(file)) return parseSafetensors(file);
  const zip = file[0] === 0x50 && file[1] === 0x4b;
  const remedy = zip ? '; of an .npz or .zip file, unpack the arrays first' : '';
  throw invalidInput(`the file is neither .npy, .safetensors nor .ecdc${remedy}`);
}

/**
 * An item of the indices in a file.
 *
 * @param arrays One a group of the parameters.
 * @throws LlmcError `input-invalid` where an index is not below its codebook size.
 */
export function indexItem(
  file: Uint8Array,
  arrays: readonly IndexArray[],
  parameters: CodecParameters,
): ParsedItem {
  const { codebookSizes } = indexGeometry(parameters);
  const total = arrays.reduce((sum, { group }) => sum + group.count * group.width * group.height, 0);
  const indices = new Uint32Array(total);
  let first = 0;
  for (const { array, group, order } of arrays) {
    const places = canonicalPlaces(group, order);
    const data = file.subarray(array.offset, array.offset + array.length);
    const values = readElements(array.element as never, data, places.length);
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      const size = codebookSizes[places[i] % codebookSizes.length];
      if (!(value >= 0 && value < size)) throw outOfRange(array, i, value, size);
      indices[first + places[i]] = value;
    }
    first += places.length;
  }
  const sections = canonicalEquals(parameters, indices, file)
    ? []
    : [sideDataSection(file, arrays, parameters)];
  return { parameters, latents: { kind: 'indices', indices }, sections };
}

function canonicalEquals(parameters: CodecParameters, indices: Uint32Array, file: Uint8Array): boolean {
  const canonical = canonicalFile(parameters, indices);
  return canonical.length === file.length && canonical.every((byte, i) => byte === file[i]);
}

function sideDataSection(file: Uint8Array, arrays: readonly IndexArray[], parameters: CodecParameters) {
  const length = arrays.reduce((sum, { array }) => sum + array.length, 0);
  const skeleton = new Uint8Array(file.length - length);
  let from = 0;
  let to = 0;
  for (const { array } of arrays) {
    skeleton.set(file.subarray(from, array.offset), to);
    to += array.offset - from;
    from = array.offset + array.length;
  }
  skeleton.set(file.subarray(from), to);
  const stored = arrays.map(({ array, order }) => ({
    element: array.element as never,
    order,
    offset: array.offset,
  }));
  const body = packArraySideData({ arrays: stored, skeleton }, parameters, file.length);
  if (body === undefined) throw invalidInput('the file is too small for what it says of its arrays');
  return { type: SectionType.arraySideData, body };
}

function outOfRange(array: FileArray, element: number, value: number, size: number) {
  const { shape, fortran } = array;
  const position: number[] = [];
  let rest = element;
  for (const length of fortran ? shape : [...shape].reverse()) {
    position.push(rest % length);
    rest = Math.floor(rest / length);
  }
  if (!fortran) position.reverse();
  return invalidInput(
    `${describeArray(array)} has index ${value} at [${position.join(', ')}], outside of a codebook of ${size}`,
  );
}
