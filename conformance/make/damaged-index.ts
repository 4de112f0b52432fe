/** Damaged files of codebook indices. */

import type { RecoveredItem } from '../../src/conformance/manifest.js';
import { adaptiveIndex, type BuildItem, buildFile, tokensOf } from './build.js';
import { DAMAGE, flip, damagedVector as vector } from './damaged-vector.js';
import { FieldFile } from './field-file.js';
import { arrayItem, canonicalItem, repeatingIndices, rvq, vq } from './index-items.js';
import { recoveredBytes, type Vector, whole } from './vector.js';

/** All of them. */
export async function damagedIndex(): Promise<Vector[]> {
  const OF_GRIDS = adaptiveIndex('vq-raster');
  const OF_STREAMS = adaptiveIndex('rvq-frames');
  const grid = vq(2 ** 16, [2, 20, 15]);
  const gridIndices = repeatingIndices(grid, 21);
  const inOrder = (made: Uint32Array) => canonicalItem(grid, made);
  const inColumns = (made: Uint32Array) => arrayItem(grid, made, 5, 2);
  const chunks = [130, 170, 100, 200];
  const plain = await buildFile([inOrder(gridIndices)], { coding: OF_GRIDS, chunks });
  const columns = await buildFile([inColumns(gridIndices)], { coding: OF_GRIDS, chunks });
  const corrupt = await FieldFile.of(plain);
  corrupt.set('chunks[1].payload', new Uint8Array(2 * 170 + 1));
  const sideData = await FieldFile.of(columns);
  sideData.edit('sections[0].crc', (bytes) => {
    bytes[0] ^= 1;
  });

  const stream = rvq([256, 256, 256], [1, 40], [1, 25]);
  const streamIndices = repeatingIndices(stream, 22);
  const inFrames = (made: Uint32Array) => canonicalItem(stream, made);
  const streams = await buildFile([inFrames(streamIndices)], {
    coding: OF_STREAMS,
    chunks: [60, 75, 60],
  });

  const other = canonicalItem(vq(40, [1, 6, 6]), repeatingIndices(vq(40, [1, 6, 6]), 23));
  const shared = await buildFile([inOrder(gridIndices), other], {
    coding: OF_GRIDS,
    chunks: [300, 300 + tokensOf(other)],
  });
  return [
    vector(
      'vq/first',
      'the first of four chunks is damaged; two grids of a .npy file',
      await flip(plain, 0),
      'chunk-crc',
      [recoveredIndices(inOrder, gridIndices, [0, 130])],
    ),
    vector(
      'vq/corrupt',
      'the payload of the second of four chunks is longer than packed, and its CRC is right',
      corrupt.build(),
      'chunk-corrupt',
      [recoveredIndices(inOrder, gridIndices, [130, 300])],
    ),
    vector(
      'vq/columns',
      'the third of four chunks is damaged; big-endian arrays whose order is not that of the tokens, and bytes between them',
      await flip(columns, 2),
      'chunk-crc',
      [recoveredIndices(inColumns, gridIndices, [300, 400])],
    ),
    vector(
      'vq/side-data',
      'the side data are damaged: all that is left is the canonical file',
      sideData.build(),
      'section-crc',
      [whole(inOrder(gridIndices).bytes)],
      { spec: [DAMAGE, 'index-streams.md#4-canonical-files'] },
    ),
    vector(
      'vq/shared-chunk',
      'a damaged chunk that holds the end of one item and all of the next',
      await flip(shared, 1),
      'chunk-crc',
      [recoveredIndices(inOrder, gridIndices, [300, 600]), null],
    ),
    vector(
      'rvq/middle',
      'the second of three chunks is damaged, which holds the end of a stream and the beginning of the next',
      await flip(streams, 1),
      'chunk-crc',
      [recoveredIndices(inFrames, streamIndices, [60, 135])],
    ),
  ];
}

/** A damaged item of indices that has lost those from `first` to `end` - 1: all bytes are sound that do not come of them. */
function recoveredIndices(
  make: (indices: Uint32Array) => BuildItem,
  indices: Uint32Array,
  [first, end]: readonly [first: number, end: number],
): RecoveredItem {
  const { bytes } = make(indices);
  // The codebooks have as many entries as their integers have values, so that every byte of a lost index differs.
  const altered = make(indices.map((index, i) => (i >= first && i < end ? ~index & 0xffff : index))).bytes;
  const sound: [number, number][] = [];
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== altered[at]) continue;
    const run = sound[sound.length - 1];
    if (run !== undefined && run[0] + run[1] === at) run[1]++;
    else sound.push([at, 1]);
  }
  return recoveredBytes(bytes, sound);
}
