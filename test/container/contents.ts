/** Random contents of files for property tests: every codec type, profile, section and cut that the format allows. */

import fc from 'fast-check';
import { cuttableTokens, cutUnit } from '../../src/container/chunk-rules.js';
import type { ItemContent, ItemDigest, ModelEntry } from '../../src/container/header.js';
import {
  type CodecParameters,
  type DctParameters,
  type QuantizationTable,
  tokenCount,
} from '../../src/container/parameters.js';
import {
  AdaptiveModel,
  type AdaptiveModelName,
  Arrangement,
  type ArrangementName,
  arrangementServes,
} from '../../src/container/registry.js';
import type { ChunkContent, ContainerContent, SectionContent } from '../../src/container/writer.js';

const bytes = (minLength: number, maxLength: number) => fc.uint8Array({ minLength, maxLength });

/** Well-formed text without a byte-order mark at its start. */
export const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((s) => s.charCodeAt(0) !== 0xfeff);

const quantizationTable: fc.Arbitrary<QuantizationTable> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('ijg-luma' as const, 'ijg-chroma' as const),
    quality: fc.integer({ min: 1, max: 100 }),
  }),
  fc
    .constantFrom(255, 65535)
    .chain((max) => fc.uint16Array({ min: 1, max, minLength: 64, maxLength: 64 }))
    .map((steps) => ({ kind: 'explicit' as const, steps })),
);

/** Frames whose sides are at most `side` pixels. */
export const dctParameters = (side: number): fc.Arbitrary<DctParameters> =>
  fc.array(quantizationTable, { minLength: 1, maxLength: 4 }).chain((tables) =>
    fc.record({
      process: fc.constantFrom(0 as const, 1 as const, 2 as const),
      precision: fc.constantFrom(8 as const, 12 as const),
      width: fc.integer({ min: 1, max: side }),
      height: fc.integer({ min: 1, max: side }),
      components: fc.array(
        fc.record({
          h: fc.integer({ min: 1, max: 4 }),
          v: fc.integer({ min: 1, max: 4 }),
          table: fc.nat(tables.length - 1),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      tables: fc.constant(tables),
    }),
  );

const codecPackage = fc.option(fc.record({ name: text, fingerprint: bytes(8, 32) }), { nil: undefined });
const codebookSize = fc.integer({ min: 1, max: 2 ** 32 });

function withPackage<T extends object>(parameters: fc.Arbitrary<T>) {
  return fc
    .tuple(parameters, codecPackage)
    .map(([p, reference]) => (reference ? { ...p, codecPackage: reference } : p));
}

const vq = withPackage(
  fc.record({
    codebookSize,
    groups: fc.array(fc.record({ count: fc.nat(5), width: fc.nat(40), height: fc.nat(40) }), {
      minLength: 1,
      maxLength: 4,
    }),
  }),
).map((p) => ({ codec: 'vq' as const, vq: p }));

const rvq = withPackage(
  fc.record({
    codebookSizes: fc.oneof(
      fc.array(codebookSize, { minLength: 1, maxLength: 12 }),
      fc.tuple(codebookSize, fc.integer({ min: 1, max: 256 })).map(([s, n]) => Array<number>(n).fill(s)),
    ),
    groups: fc.array(fc.record({ count: fc.nat(4), frames: fc.nat(30) }), { minLength: 1, maxLength: 4 }),
    frameRate: fc.constantFrom(
      { numerator: 50, denominator: 1 },
      { numerator: 75, denominator: 2 },
      { numerator: 22050, denominator: 441 * 2 + 1 },
    ),
    sampleRate: fc.nat(192000),
  }),
).map((p) => ({ codec: 'rvq' as const, rvq: p }));

/** Parameters of every codec type, and of numbers that are not registered. */
export const codecParameters: fc.Arbitrary<CodecParameters> = fc.oneof(
  fc.constant({ codec: 'raw' as const }),
  dctParameters(120).map((dct) => ({ codec: 'dct' as const, dct })),
  fc
    .tuple(dctParameters(120), fc.array(dctParameters(40), { maxLength: 7 }))
    .map(([dct, nested]) => ({ codec: 'jpeg' as const, dct, ...(nested.length > 0 ? { nested } : {}) })),
  vq,
  rvq,
  fc.nat(1000).map((tokens) => ({ codec: 'text' as const, text: { tokens } })),
  fc.record({ codec: fc.integer({ min: 6, max: 200 }), tokens: fc.nat(1000), bytes: bytes(0, 10) }),
);

const fingerprint = bytes(8, 32);

/** Models whose arrangement serves the codec type, or is not registered. */
function modelFor(codec: CodecParameters['codec']): fc.Arbitrary<ModelEntry> {
  const names = Object.keys(Arrangement) as ArrangementName[];
  const serving = names.filter((name) => typeof codec === 'number' || arrangementServes(name, codec));
  const arrangement = fc.oneof(fc.constantFrom(...serving), fc.integer({ min: 100, max: 300 }));
  const adaptive = fc.oneof(
    fc.constantFrom(...(Object.keys(AdaptiveModel) as AdaptiveModelName[])),
    fc.integer({ min: 50, max: 300 }),
  );
  return fc.oneof<fc.Arbitrary<ModelEntry>[]>(
    fc.record({ profile: fc.constant('adaptive' as const), arrangement, model: adaptive }),
    fc.record({ profile: fc.constant('exact' as const), arrangement, fingerprint, name: text }),
    fc.record({
      profile: fc.constant('float' as const),
      arrangement,
      fingerprint,
      name: text,
      contextLength: fc.nat(),
      lanes: fc.nat(5000),
      runtime: text,
      device: text,
    }),
    fc.record({ profile: fc.integer({ min: 4, max: 500 }), arrangement, bytes: bytes(0, 20) }),
  );
}

const digest: fc.Arbitrary<ItemDigest> = fc.oneof(
  fc.constant({ type: 'none' as const }),
  bytes(32, 32).map((value) => ({ type: 'sha256' as const, value })),
  fc.record({ type: fc.integer({ min: 2, max: 300 }), value: bytes(0, 64) }),
);

/** An item, and the model that it uses unless it is raw. */
const modelledItem = codecParameters.chain((parameters) =>
  fc.record({
    parameters: fc.constant(parameters),
    model: parameters.codec === 'raw' ? fc.constant(undefined) : modelFor(parameters.codec),
    originalLength: parameters.codec === 'raw' ? fc.nat(300) : fc.maxSafeNat(),
    digest,
    copies: fc.integer({ min: 1, max: 3 }),
    pieces: fc.integer({ min: 1, max: 4 }),
  }),
);

const extraSection = fc.record({
  type: fc
    .tuple(fc.constantFrom('aZ', 'xY', 'pr', 'Pr', 'ZZ'), fc.constantFrom('AA', 'QX', 'ZZ'))
    .map((parts) => parts.join('')),
  body: bytes(0, 40),
  itemSeed: fc.nat(),
});

/** Contents that obey every rule of the format. */
export const containerContent: fc.Arbitrary<ContainerContent> = fc
  .record({
    groups: fc.array(modelledItem, { minLength: 1, maxLength: 4 }),
    extras: fc.array(extraSection, { maxLength: 4 }),
    jpegBody: bytes(0, 60),
    payloads: fc.infiniteStream(bytes(0, 30)),
    merges: fc.infiniteStream(fc.boolean()),
    crcs: fc.infiniteStream(fc.integer({ min: 0, max: 0xffffffff })),
  })
  .map(({ groups, extras, jpegBody, payloads, merges, crcs }) => {
    const models: ModelEntry[] = [];
    const items: ItemContent[] = [];
    const pieces: number[] = [];
    for (const group of groups) {
      const { parameters, originalLength, model } = group;
      if (model) models.push(model);
      for (let i = 0; i < group.copies; i++) {
        const index = model ? { model: models.length - 1 } : {};
        items.push({ parameters, originalLength, digest: group.digest, ...index });
        pieces.push(group.pieces);
      }
    }
    const sections: SectionContent[] = items.flatMap(({ parameters }, item) =>
      parameters.codec === 'jpeg' ? [{ type: 'JPEG', item, body: jpegBody }] : [],
    );
    const seen = new Set<string>();
    for (const { type, body, itemSeed } of extras) {
      const place = itemSeed % (items.length + 1);
      if (seen.has(`${type} ${place}`)) continue;
      seen.add(`${type} ${place}`);
      sections.push(place === 0 ? { type, body } : { type, body, item: place - 1 });
    }
    const chunks = cutChunks(items, pieces, merges).map(
      (tokens): ChunkContent => ({ tokens, payload: payloads.next().value, tokensCrc: crcs.next().value }),
    );
    return { models, items, sections, chunks };
  });

/** Token counts of chunks: each item in several pieces, some of them joined with those of the item before. */
function cutChunks(
  items: readonly ItemContent[],
  pieces: readonly number[],
  merges: Iterator<boolean>,
): number[] {
  const chunks: number[] = [];
  let previous: ItemContent | undefined;
  items.forEach((item, i) => {
    const tokens = tokenCount(item.parameters, item.originalLength);
    if (tokens === 0) return;
    const unit = typeof item.parameters.codec === 'number' ? 1 : cutUnit(item.parameters);
    const cuttable = cuttableTokens(item.parameters, tokens);
    const units = cuttable / unit;
    const count = Math.min(pieces[i], units);
    const mayJoin =
      previous?.parameters.codec === item.parameters.codec &&
      previous?.model === item.model &&
      item.parameters.codec !== 'raw';
    for (let k = 0; k < count; k++) {
      const rows = (Math.floor(((k + 1) * units) / count) - Math.floor((k * units) / count)) * unit;
      const size = k === count - 1 ? rows + tokens - cuttable : rows;
      if (k === 0 && mayJoin && merges.next().value) chunks[chunks.length - 1] += size;
      else chunks.push(size);
    }
    previous = item;
  });
  return chunks;
}

/** A small file of two JPEG items that share a model, cut into three chunks, with metadata and no digests. */
export const SMALL_CONTENT: ContainerContent = {
  models: [{ profile: 'adaptive', arrangement: 'dct-blocks', model: 'adaptive-dct-1' }],
  items: [
    {
      parameters: {
        codec: 'jpeg',
        dct: {
          process: 0,
          precision: 8,
          width: 40,
          height: 30,
          components: [
            { h: 2, v: 2, table: 0 },
            { h: 1, v: 1, table: 1 },
            { h: 1, v: 1, table: 1 },
          ],
          tables: [
            { kind: 'ijg-luma', quality: 75 },
            { kind: 'ijg-chroma', quality: 75 },
          ],
        },
      },
      model: 0,
      originalLength: 700,
    },
    { parameters: { codec: 'raw' }, originalLength: 5 },
  ],
  sections: [
    { type: 'JPEG', item: 0, body: Uint8Array.from({ length: 20 }, (_, i) => i) },
    { type: 'mETA', item: 1, body: Uint8Array.of(1, 0x61, 0, 1, 1, 0x6b, 1, 0x76) },
  ],
  chunks: [
    { tokens: 1152, payload: Uint8Array.of(1, 2, 3, 4, 5, 6, 7), tokensCrc: 0x01020304 },
    { tokens: 1152, payload: Uint8Array.of(8, 9, 10), tokensCrc: 0xdeadbeef },
    { tokens: 5, payload: Uint8Array.of(0x68, 0x65, 0x6c, 0x6c, 0x6f), tokensCrc: 0x3610a686 },
  ],
};
