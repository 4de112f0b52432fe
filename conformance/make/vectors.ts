/** All vectors, in the order of the manifest, and the manifest. */

import type { Manifest } from '../../src/conformance/manifest.js';
import { damaged } from './damaged.js';
import { exact } from './exact.js';
import { exactIndex } from './exact-index.js';
import { invalidChunks } from './invalid-chunks.js';
import { invalidHeader, invalidLimits } from './invalid-header.js';
import { invalidIndex } from './invalid-index.js';
import { invalidModels } from './invalid-models.js';
import { invalidSections } from './invalid-sections.js';
import { invalidSignature } from './invalid-signature.js';
import { realModel } from './real-model.js';
import { validAdaptive } from './valid-adaptive.js';
import { validContainer } from './valid-container.js';
import { validDct } from './valid-dct.js';
import { validIndex } from './valid-index.js';
import { validJpeg } from './valid-jpeg.js';
import { validPictures } from './valid-pictures.js';
import { validRaw } from './valid-raw.js';
import { sha256, type Vector } from './vector.js';

/** Makes every vector. */
export async function makeVectors(): Promise<Vector[]> {
  const groups = [
    validContainer,
    validRaw,
    validJpeg,
    validPictures,
    validDct,
    validIndex,
    validAdaptive,
    exact,
    exactIndex,
    realModel,
    invalidSignature,
    invalidHeader,
    invalidLimits,
    invalidSections,
    invalidChunks,
    invalidIndex,
    invalidModels,
    damaged,
  ];
  const vectors: Vector[] = [];
  for (const make of groups) vectors.push(...(await make()));
  const names = new Set(vectors.map(({ name }) => name));
  if (names.size !== vectors.length) throw new Error('two vectors of the same name');
  return vectors;
}

/** The manifest of vectors as JSON, one vector a line. */
export function manifestText(vectors: readonly Vector[]): string {
  const manifest: Manifest = {
    spec: '1.0',
    vectors: vectors.map(({ name, purpose, spec, bytes, models, expect }) => ({
      name,
      purpose,
      spec: [...new Set(spec)],
      bytes: bytes.length,
      sha256: sha256(bytes),
      ...(models ? { models } : {}),
      expect,
    })),
  };
  const lines = manifest.vectors.map((vector) => `    ${JSON.stringify(vector)}`);
  return `{\n  "spec": ${JSON.stringify(manifest.spec)},\n  "vectors": [\n${lines.join(',\n')}\n  ]\n}\n`;
}
