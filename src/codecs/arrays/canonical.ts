/** The canonical file of an item's indices (spec/index-streams.md, "Canonical files"). */

import { type IndexGroup, indexGeometry } from '../../arrangement/indices.js';
import { LlmcError } from '../../container/errors.js';
import type { CodecParameters } from '../../container/parameters.js';
import { type Element, writeElements } from './element.js';
import { npyHeader } from './npy.js';
import { canonicalPlaces } from './order.js';
import { safetensorsHeader } from './safetensors.js';

/** Formats of files that any item of indices can be written as. */
export type ArrayFormat = 'npy' | 'safetensors';

/** Shape of a group's array in a canonical file: [count, rows, columns] of grids, [count, layers, frames]. */
export function canonicalShape(parameters: CodecParameters, { count, width, height }: IndexGroup): number[] {
  const inner = parameters.codec === 'rvq' ? [width, height] : [height, width];
  return count === 1 ? inner : [count, ...inner];
}

/**
 * The indices of an item in the smallest unsigned type.
 *
 * @param format By default `npy` for one group, `safetensors` for several.
 * @throws LlmcError `argument` where several groups do not fit into one `.npy` file.
 */
export function canonicalFile(
  parameters: CodecParameters,
  indices: Uint32Array,
  format?: ArrayFormat,
): Uint8Array {
  const { groups, codebookSizes } = indexGeometry(parameters);
  if (format === 'npy' && groups.length > 1) {
    const message = `arrays of ${groups.length} shapes make no .npy file; decode to safetensors`;
    throw new LlmcError('argument', message);
  }
  const bytes = bytesOfIndex(Math.max(...codebookSizes));
  const element: Element = { bytes, signed: false, bigEndian: false };
  const shapes = groups.map((group) => canonicalShape(parameters, group));
  const header =
    (format ?? (groups.length > 1 ? 'safetensors' : 'npy')) === 'npy'
      ? npyHeader({ 1: '|u1', 2: '<u2', 4: '<u4' }[bytes], shapes[0])
      : safetensorsHeader(
          shapes.map((shape, i) => ({ name: `indices.${i}`, shape })),
          ({ 1: 'U8', 2: 'U16', 4: 'U32' } as const)[bytes],
        );
  const file = new Uint8Array(header.length + bytes * indices.length);
  file.set(header);
  let first = 0;
  for (const group of groups) {
    const places = canonicalPlaces(group, parameters.codec === 'rvq' ? 1 : 0);
    const data = writeElements(element, places.length, (i) => indices[first + places[i]]);
    file.set(data, header.length + bytes * first);
    first += places.length;
  }
  return file;
}

function bytesOfIndex(codebookSize: number): 1 | 2 | 4 {
  if (codebookSize <= 256) return 1;
  return codebookSize <= 65536 ? 2 : 4;
}
