/** Items of indices back to files: what the codec types `vq` and `rvq` share. */

import { indexGeometry } from '../../arrangement/indices.js';
import { tokenCount } from '../../container/parameters.js';
import { SectionType } from '../../container/registry.js';
import type { Codec, RebuildInput } from '../codec.js';
import { canonicalFile } from './canonical.js';
import { writeElements } from './element.js';
import { canonicalPlaces } from './order.js';
import { unpackArraySideData } from './side-data.js';

/** All of a codec of indices but how it understands files. */
export const indexCodec: Omit<Codec, 'parse'> = {
  allocate: (parameters) => ({ kind: 'indices', indices: new Uint32Array(tokenCount(parameters, 0)) }),

  checkSection(body, parameters, originalLength) {
    unpackArraySideData(body, parameters, originalLength);
  },

  rebuild(input) {
    const sideData = input.section(SectionType.arraySideData);
    const { parameters, originalLength } = input;
    if (sideData === undefined) return canonicalFile(parameters, indicesOf(input));
    const { arrays, skeleton } = unpackArraySideData(sideData, parameters, originalLength);
    const indices = indicesOf(input);
    const file = new Uint8Array(originalLength);
    let from = 0;
    let to = 0;
    let first = 0;
    indexGeometry(parameters).groups.forEach((group, i) => {
      const { element, order, offset } = arrays[i];
      file.set(skeleton.subarray(from, from + offset - to), to);
      from += offset - to;
      const places = canonicalPlaces(group, order);
      const data = writeElements(element, places.length, (n) => indices[first + places[n]]);
      file.set(data, offset);
      to = offset + data.length;
      first += places.length;
    });
    file.set(skeleton.subarray(from), to);
    return file;
  },

  salvage: (input) => canonicalFile(input.parameters, indicesOf(input)),
  convert: (input, format) => canonicalFile(input.parameters, indicesOf(input), format),
};

function indicesOf({ latents }: RebuildInput): Uint32Array {
  if (latents.kind !== 'indices') throw new TypeError(`latents of kind ${latents.kind}`);
  return latents.indices;
}
