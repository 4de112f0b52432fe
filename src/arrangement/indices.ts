/** Codebook indices as latents (spec/codecs.md, "3 vq" and "4 rvq"). */

import { indexTokensCrc } from '../container/crc.js';
import type { CodecParameters } from '../container/parameters.js';
import type { IndexChunk, IndexRun } from '../lm/entropy-model.js';
import type { ItemPart, LatentsKind } from './latents.js';

/** Indices of the codec types `vq` and `rvq`, and tokens of `text`, as latents. */
export const indicesKind: LatentsKind<IndexChunk> = {
  // The model has learned a codebook's use by then; smaller chunks lose less to damage.
  chunkTokens: 1 << 20,
  chunkLimit: Number.MAX_SAFE_INTEGER,
  spansItems: true,
  chunkOf: (parts) => ({
    layered: parts[0].parameters.codec === 'rvq',
    runs: parts.flatMap(runsOf),
  }),
  tokensCrc: ({ runs }) => runs.reduce((crc, { indices }) => indexTokensCrc(indices, crc), 0),
  clear({ runs }) {
    for (const { indices } of runs) indices.fill(0);
  },
};

/** Grids, or streams of frames, of one size. */
export interface IndexGroup {
  readonly count: number;
  /** Indices across a grid, or layers of a frame. */
  readonly width: number;
  /** Indices down a grid, or frames of a stream. */
  readonly height: number;
}

/**
 * The groups of an item in order, and its codebook sizes: one a layer, of grids just one.
 *
 * @throws TypeError where the codec type has no indices.
 */
export function indexGeometry(parameters: CodecParameters): {
  readonly groups: readonly IndexGroup[];
  readonly codebookSizes: readonly number[];
} {
  switch (parameters.codec) {
    case 'vq':
      return { groups: parameters.vq.groups, codebookSizes: [parameters.vq.codebookSize] };
    case 'rvq': {
      const { codebookSizes, groups } = parameters.rvq;
      const width = codebookSizes.length;
      return { groups: groups.map(({ count, frames }) => ({ count, width, height: frames })), codebookSizes };
    }
    case 'text':
      // How many symbols a token may be is known to the model alone.
      return { groups: [{ count: 1, width: parameters.text.tokens, height: 1 }], codebookSizes: [2 ** 32] };
    default:
      throw new TypeError(`codec type ${parameters.codec} has no indices`);
  }
}

function runsOf({ parameters, latents, firstToken, tokens }: ItemPart): IndexRun[] {
  if (latents.kind !== 'indices') throw new TypeError(`latents of kind ${latents.kind}`);
  const { groups, codebookSizes } = indexGeometry(parameters);
  const runs: IndexRun[] = [];
  let groupStart = 0;
  for (const { count, width, height } of groups) {
    const groupEnd = groupStart + count * width * height;
    const from = Math.max(firstToken, groupStart);
    const to = Math.min(firstToken + tokens, groupEnd);
    if (from < to) {
      const indices = latents.indices.subarray(from, to);
      runs.push({ width, height, codebookSizes, first: from - groupStart, indices });
    }
    groupStart = groupEnd;
  }
  return runs;
}
