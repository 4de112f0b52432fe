/** The proof that an encoder makes of its file. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { DctChunk, EntropyModel } from '../../src/lm/entropy-model.js';
import type { ModelProvider } from '../../src/lm/model-provider.js';
import { nodeModels } from '../../src/lm/model-provider-node.js';
import { encodeItems } from '../../src/pipeline/encode.js';

const bytes = new Uint8Array(readFileSync(new URL('../../fixtures/jpeg/gray.jpg', import.meta.url)));

/** The adaptive model, as one that decodes while it encodes: `change` is done to what was decoded. */
function provingModels(change: (chunk: DctChunk) => void, decoded: string[]): ModelProvider {
  const models = nodeModels({ threads: 1, modelPath: [] });
  return {
    openDefault: async () => undefined,
    openNamed: (name) => models.openNamed(name),
    close: () => models.close(),
    openEntry: async (entry) => {
      const inner = (await models.openEntry(entry)) as EntropyModel<DctChunk>;
      return {
        encode: (chunks, options) => inner.encode(chunks as DctChunk[], options),
        encodeProven: async (chunk) => {
          const [payload] = await inner.encode([chunk as DctChunk]);
          return {
            payload,
            async decodeInto(target) {
              decoded.push('beside the encoder');
              const source = (chunk as DctChunk).bands[0].planes[0].coefficients;
              (target as DctChunk).bands[0].planes[0].coefficients.set(source);
              change(target as DctChunk);
              return undefined;
            },
          };
        },
        decode: async (jobs) => {
          decoded.push('after it');
          return inner.decode(jobs as never);
        },
        close: () => inner.close(),
      };
    },
  };
}

it('takes what was decoded beside the encoder', async () => {
  const decoded: string[] = [];
  const { items } = await encodeItems(
    [{ bytes }],
    provingModels(() => {}, decoded),
  );
  expect(items[0].codec).toBe('jpeg');
  expect(decoded).toEqual(['beside the encoder']);
});

it('stores an item raw whose coefficients did not come back', async () => {
  const decoded: string[] = [];
  const models = provingModels(({ bands }) => {
    bands[0].planes[0].coefficients[0]++;
  }, decoded);
  const { items } = await encodeItems([{ bytes }], models);
  expect(items[0].codec).toBe('raw');
  expect(decoded).toEqual(['beside the encoder']);
});
