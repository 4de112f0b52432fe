/** Items of codec type `vq` and `rvq`, made of their parameters and indices. */

import { indexGeometry } from '../../src/arrangement/indices.js';
import { canonicalFile } from '../../src/codecs/arrays/canonical.js';
import { type Element, elementOfCode, writeElements } from '../../src/codecs/arrays/element.js';
import { canonicalPlaces } from '../../src/codecs/arrays/order.js';
import { packArraySideData } from '../../src/codecs/arrays/side-data.js';
import { concatenate } from '../../src/container/bytes.js';
import { type CodecParameters, tokenCount } from '../../src/container/parameters.js';
import type { BuildItem } from './build.js';
import { Random } from './media.js';

/** Parameters of grids. */
export function vq(codebookSize: number, ...groups: readonly (readonly number[])[]): CodecParameters {
  return {
    codec: 'vq',
    vq: { codebookSize, groups: groups.map(([count, width, height]) => ({ count, width, height })) },
  };
}

/** Parameters of streams, each group of `[count, frames]`, at 50 frames a second. */
export function rvq(
  codebookSizes: readonly number[],
  ...groups: readonly (readonly number[])[]
): CodecParameters {
  return {
    codec: 'rvq',
    rvq: {
      codebookSizes,
      groups: groups.map(([count, frames]) => ({ count, frames })),
      frameRate: { numerator: 50, denominator: 1 },
      sampleRate: 16_000,
    },
  };
}

/** Indices in canonical order of which most repeat the one a row before, so that there is something to learn. */
export function repeatingIndices(parameters: CodecParameters, seed: number): Uint32Array {
  const random = new Random(seed);
  const { codebookSizes, groups } = indexGeometry(parameters);
  const period = groups[0].width;
  const indices = new Uint32Array(tokenCount(parameters, 0));
  for (let i = 0; i < indices.length; i++) {
    const size = codebookSizes[i % codebookSizes.length];
    const repeats = i >= period && random.below(10) < 7 && indices[i - period] < size;
    // Two draws, since one has 24 bits.
    const fresh = Math.min(size - 1, random.below(Math.ceil(size / 256)) * 256 + random.below(256));
    indices[i] = repeats ? indices[i - period] : fresh;
  }
  return indices;
}

/** An item whose output is the canonical file. */
export function canonicalItem(parameters: CodecParameters, indices: Uint32Array): BuildItem {
  return {
    bytes: canonicalFile(parameters, indices),
    parsed: { parameters, latents: { kind: 'indices', indices }, sections: [] },
  };
}

/** An item whose output is a file of arrays in a certain form, with `gap` bytes before each and a few after the last. */
export function arrayItem(
  parameters: CodecParameters,
  indices: Uint32Array,
  elementNumber: number,
  order: number,
  gap = 5,
): BuildItem {
  const element = elementOfCode(elementNumber) as Element;
  const between = new TextEncoder().encode('between'.repeat(10)).subarray(0, gap);
  const parts: Uint8Array[] = [];
  const arrays: { element: Element; order: number; offset: number }[] = [];
  let first = 0;
  let offset = 0;
  for (const group of indexGeometry(parameters).groups) {
    const places = canonicalPlaces(group, order);
    const start = first;
    const data = writeElements(element, places.length, (i) => indices[start + places[i]]);
    arrays.push({ element, order, offset: offset + gap });
    parts.push(between, data);
    offset += gap + data.length;
    first += places.length;
  }
  parts.push(Uint8Array.of(1, 2, 3));
  const bytes = concatenate(parts);
  const skeleton = concatenate([...arrays.map(() => between), Uint8Array.of(1, 2, 3)]);
  const body = packArraySideData({ arrays, skeleton }, parameters, bytes.length);
  if (body === undefined) throw new Error('side data beyond their limit');
  return {
    bytes,
    parsed: { parameters, latents: { kind: 'indices', indices }, sections: [{ type: 'ARRY', body }] },
  };
}
