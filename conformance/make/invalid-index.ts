/** Files of codebook indices whose side data or payload breaks a rule. */

import { deflateSync } from 'fflate';
import { arraySideDataDictionary } from '../../src/codecs/arrays/side-data.js';
import { concatenate } from '../../src/container/bytes.js';
import type { CodecParameters } from '../../src/container/parameters.js';
import { adaptiveIndex, buildFile } from './build.js';
import { varint } from './field-file.js';
import { arrayItem, canonicalItem, repeatingIndices, rvq, vq } from './index-items.js';
import { invalid, placeOfContent, type Vector } from './vector.js';

const SIDE_DATA = 'index-streams.md#1-side-data';
const ARRAYS = 'index-streams.md#2-arrays';
const PAYLOADS = 'adaptive-index.md#1-payloads';
const RANGE_CODER = 'range-coder.md#2-decoder';
const OF_GRIDS = adaptiveIndex('vq-raster');
const OF_STREAMS = adaptiveIndex('rvq-frames');

/** All of them. */
export async function invalidIndex(): Promise<Vector[]> {
  return [...(await brokenSideData()), ...(await brokenPayloads())];
}

async function brokenSideData(): Promise<Vector[]> {
  const parameters = vq(16, [1, 4, 3]);
  const item = arrayItem(parameters, repeatingIndices(parameters, 3), 0, 0);
  const dictionary = arraySideDataDictionary(parameters);
  const skeleton = new TextEncoder().encode('betwe\u0001\u0002\u0003');
  const body = (record: Uint8Array, length = record.length) =>
    concatenate([varint(length), deflateSync(record, { level: 9, dictionary })]);
  const record = (gap: number, element: number, order: number, rest = skeleton) =>
    concatenate([varint(gap), Uint8Array.of(element, order), rest]);
  const good = record(5, 0, 0);

  const vector = async (name: string, purpose: string, spec: readonly string[], section: Uint8Array) => {
    const sections = [{ type: 'ARRY', body: section }];
    const parsed = { ...item.parsed, sections };
    const bytes = await buildFile([{ ...item, parsed }], { coding: OF_GRIDS });
    const at = placeOfContent(bytes, 'sections');
    return invalid(`section/arry-${name}`, purpose, spec, bytes, 'section-invalid', at);
  };
  return [
    await vector('empty', 'side data of no bytes', [SIDE_DATA], new Uint8Array()),
    await vector(
      'length-short',
      'a length less than what inflates',
      [SIDE_DATA],
      body(good, good.length - 1),
    ),
    await vector('length-long', 'a length more than what inflates', [SIDE_DATA], body(good, good.length + 1)),
    await vector('length-limit', 'a length beyond the limit', [SIDE_DATA], body(good, 2 ** 52)),
    await vector('cut', 'a record that ends within its arrays', [SIDE_DATA], body(Uint8Array.of(5))),
    await vector('gap', 'a gap longer than the skeleton', [SIDE_DATA], body(record(9, 0, 0))),
    await vector('skeleton-short', 'a byte too few', [SIDE_DATA], body(good.subarray(0, good.length - 1))),
    await vector(
      'skeleton-long',
      'a byte too many',
      [SIDE_DATA],
      body(concatenate([good, Uint8Array.of(0)])),
    ),
    await vector('element', 'an element that is not defined', [SIDE_DATA, ARRAYS], body(record(5, 8, 0))),
    await vector('element-bits', 'indices of no bits', [SIDE_DATA, ARRAYS], body(record(5, 128, 0))),
    await vector('order', 'an order that is not defined', [SIDE_DATA, ARRAYS], body(record(5, 0, 6))),
    await vector(
      'size',
      'elements that make another file length',
      [SIDE_DATA, ARRAYS],
      body(record(5, 1, 0)),
    ),
  ];
}

async function brokenPayloads(): Promise<Vector[]> {
  const vector = async (
    name: string,
    purpose: string,
    parameters: CodecParameters,
    payload: Uint8Array,
    spec = PAYLOADS,
  ) => {
    const item = canonicalItem(parameters, repeatingIndices(parameters, 4));
    const model = { ...OF_STREAMS.model, encode: async () => [payload] };
    const bytes = await buildFile([item], { coding: { ...OF_STREAMS, model } });
    const at = placeOfContent(bytes, 'chunks');
    return invalid(`chunk/index-${name}`, purpose, [spec], bytes, 'chunk-corrupt', at);
  };
  const tenBits = rvq([1024], [1, 10]);
  return [
    await vector('longer', 'a payload longer than packed', rvq([8, 32], [1, 3]), Uint8Array.of(1, 2, 3, 4)),
    await vector(
      'packed-beyond',
      'packed: an index beyond its codebook',
      rvq([5, 32], [1, 3]),
      Uint8Array.of(7, 0, 0),
    ),
    await vector(
      'packed-left-over',
      'packed: a bit after the last',
      rvq([8, 16], [1, 3]),
      Uint8Array.of(0, 0, 128),
    ),
    await vector('range', 'a payload that begins out of range', tenBits, Uint8Array.of(128), RANGE_CODER),
    await vector('zero', 'a payload that ends in a zero', tenBits, Uint8Array.of(64, 0), RANGE_CODER),
    await vector(
      'none',
      'a payload of no bytes, which ends too early',
      tenBits,
      new Uint8Array(),
      RANGE_CODER,
    ),
  ];
}
