/** The kinds of latents of this implementation. */

import type { AnyChunk } from '../lm/entropy-model.js';
import { bytesKind } from './bytes.js';
import { dctKind } from './dct-bands.js';
import { indicesKind } from './indices.js';
import type { Latents, LatentsKind } from './latents.js';

const KINDS: Readonly<Record<Latents['kind'], LatentsKind<AnyChunk>>> = {
  bytes: bytesKind,
  dct: dctKind,
  indices: indicesKind,
};

/** The kind of an item's latents. */
export function kindOf({ kind }: Latents): LatentsKind<AnyChunk> {
  return KINDS[kind];
}
