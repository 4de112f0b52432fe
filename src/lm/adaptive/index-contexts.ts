/** The contexts of a codebook index as hashes (spec/adaptive-index.md, "Contexts"). */

import type { IndexRun } from '../entropy-model.js';

/** What a context has in place of an index that is not there, or not decoded. */
const NONE = 0xffffffff | 0;

function mix(hash: number, value: number): number {
  const product = Math.imul(hash ^ value, 0x9e3779b1);
  return product ^ (product >>> 15);
}

/** The index `back` places before index `i` of a run. */
function indexBefore(indices: Uint32Array, i: number, back: number): number {
  return back <= i ? indices[i - back] | 0 : NONE;
}

/** Hashes of the contexts of index `i` of a run of grids, in column x and row y. */
export function setGridContexts(
  hashes: Int32Array,
  { width, indices }: IndexRun,
  i: number,
  x: number,
  y: number,
): void {
  const west = x > 0 ? indexBefore(indices, i, 1) : NONE;
  const north = y > 0 ? indexBefore(indices, i, width) : NONE;
  const northWest = x > 0 && y > 0 ? indexBefore(indices, i, width + 1) : NONE;
  const northEast = x + 1 < width && y > 0 ? indexBefore(indices, i, width - 1) : NONE;
  hashes[0] = mix(0, 0);
  hashes[1] = mix(1, west);
  hashes[2] = mix(2, north);
  hashes[3] = mix(mix(3, west), north);
  hashes[4] = mix(mix(4, north), northEast);
  hashes[5] = mix(mix(5, west), northWest);
  hashes[6] = mix(mix(6, y), x);
  hashes[7] = mix(7, northEast);
}

/** Hashes of the contexts of index `i` of a run of streams, of layer x and frame y. */
export function setLayerContexts(
  hashes: Int32Array,
  { width, indices }: IndexRun,
  i: number,
  x: number,
  y: number,
): void {
  const west = x > 0 ? indexBefore(indices, i, 1) : NONE;
  const north = y > 0 ? indexBefore(indices, i, width) : NONE;
  const north2 = y > 1 ? indexBefore(indices, i, 2 * width) : NONE;
  const northEast = x + 1 < width && y > 0 ? indexBefore(indices, i, width - 1) : NONE;
  const west2 = x > 1 ? indexBefore(indices, i, 2) : NONE;
  const layer0 = x > 0 ? indexBefore(indices, i, x) : NONE;
  const layer1 = x > 1 ? indexBefore(indices, i, x - 1) : NONE;
  hashes[0] = mix(0, x);
  hashes[1] = mix(mix(1, x), north);
  hashes[2] = mix(mix(2, x), west);
  hashes[3] = mix(mix(mix(3, x), west), north);
  hashes[4] = mix(mix(4, x), x > 0 ? layer0 : north2);
  hashes[5] = mix(mix(mix(5, x), west), x > 1 ? west2 : north2);
  hashes[6] = mix(mix(mix(6, x), north), north2);
  hashes[7] = mix(mix(mix(mix(7, x), x > 1 ? layer0 : northEast), layer1), north);
}
