/** Makes files from items, at a level where everything that a writer may choose can be chosen. */

import { createHash } from 'node:crypto';
import type { LatentsKind } from '../../src/arrangement/latents.js';
import { kindOf } from '../../src/arrangement/registry.js';
import type { CodecChoice, ParsedItem } from '../../src/codecs/codec.js';
import { encodeRawPayload } from '../../src/codecs/raw/index.js';
import { parseFile, rawItem } from '../../src/codecs/registry.js';
import { cutUnit } from '../../src/container/chunk-rules.js';
import type { FloatModelEntry, ItemContent, ItemDigest, ModelEntry } from '../../src/container/header.js';
import { tokenCount } from '../../src/container/parameters.js';
import { type ChunkContent, type SectionContent, writeContainer } from '../../src/container/writer.js';
import { AdaptiveDctModel } from '../../src/lm/adaptive.js';
import { AdaptiveIndexModel } from '../../src/lm/adaptive-index.js';
import type { AnyChunk, EntropyModel } from '../../src/lm/entropy-model.js';

/** A model, as the model table names it, and what codes with it. */
export interface CodingModel {
  readonly entry: ModelEntry;
  readonly model: EntropyModel<AnyChunk>;
}

/** The adaptive model of DCT coefficients. */
export const ADAPTIVE: CodingModel = {
  entry: { profile: 'adaptive', arrangement: 'dct-blocks', model: 'adaptive-dct-1' },
  model: new AdaptiveDctModel() as EntropyModel<AnyChunk>,
};

/** The adaptive model of codebook indices, for grids (`vq`) or frames of layers (`rvq`). */
export function adaptiveIndex(arrangement: 'vq-raster' | 'rvq-frames'): CodingModel {
  return {
    entry: { profile: 'adaptive', arrangement, model: 'adaptive-index-1' },
    model: new AdaptiveIndexModel() as EntropyModel<AnyChunk>,
  };
}

/** A model of profile float, as the model table names it, whose package nobody has. */
export function nobodysFloatModel(
  arrangement: FloatModelEntry['arrangement'],
  fingerprint: Uint8Array,
): FloatModelEntry {
  return {
    profile: 'float',
    arrangement,
    fingerprint,
    name: 'nobody-1',
    contextLength: 1024,
    lanes: 16,
    runtime: 'a runtime',
    device: 'a device',
  };
}

/** An item, its output, and how it is stored. */
export interface BuildItem {
  readonly bytes: Uint8Array;
  readonly parsed: ParsedItem;
  /** `sha256` by default. */
  readonly digest?: 'none' | ItemDigest;
  /** By default that of the options; unused for `raw`. */
  readonly coding?: CodingModel;
}

/** Choices that have a default. */
export interface BuildOptions {
  /** Of items that name none; `ADAPTIVE` by default. */
  readonly coding?: CodingModel;
  /** Entries of the model table before that one, and after it. */
  readonly modelsBefore?: readonly ModelEntry[];
  readonly modelsAfter?: readonly ModelEntry[];
  /** Sections after those that the items need. */
  readonly sections?: readonly SectionContent[];
  /** Tokens in each chunk; by default a chunk an item. A cut is in tokens of all items, as in the file. */
  readonly chunks?: readonly number[];
  /** The payload of a raw chunk; by default the smaller of deflated and stored. */
  readonly rawPayload?: (bytes: Uint8Array, chunk: number) => Uint8Array;
}

/** An item of codec type `raw`. */
export function raw(bytes: Uint8Array, digest?: BuildItem['digest']): BuildItem {
  return { bytes, parsed: rawItem(bytes), ...(digest ? { digest } : {}) };
}

/** An item of codec type `jpeg`. */
export function jpeg(bytes: Uint8Array, digest?: BuildItem['digest']): BuildItem {
  const parsed = parseFile(bytes);
  if (parsed.parameters.codec !== 'jpeg') throw new Error('a JPEG file that is not stored as coefficients');
  return { bytes, parsed, ...(digest ? { digest } : {}) };
}

/** An item of codec type `dct`: a canonical JPEG file. */
export function dct(bytes: Uint8Array): BuildItem {
  return { bytes, parsed: parseFile(bytes, { codec: 'dct' }) };
}

/** An item of codec type `vq` or `rvq`: a file of arrays. */
export function arrays(bytes: Uint8Array, choice: CodecChoice): BuildItem {
  return { bytes, parsed: parseFile(bytes, choice) };
}

/** Tokens of an item. */
export function tokensOf({ parsed, bytes }: BuildItem): number {
  return tokenCount(parsed.parameters, bytes.length);
}

/** Tokens between places where an item may be cut: of a DCT item, those of an MCU row. */
export function rowTokens({ parsed }: BuildItem): number {
  return cutUnit(parsed.parameters);
}

/** The chunk of `count` tokens of all items from `first` on, and the kind of its latents. */
export function chunkOf(
  items: readonly BuildItem[],
  first: number,
  count: number,
): { readonly kind: LatentsKind<AnyChunk>; readonly chunk: AnyChunk } {
  let itemFirst = 0;
  const parts = items.flatMap((item) => {
    const tokens = tokensOf(item);
    const from = Math.max(first, itemFirst) - itemFirst;
    const to = Math.min(first + count, itemFirst + tokens) - itemFirst;
    itemFirst += tokens;
    return to > from ? [{ ...item.parsed, firstToken: from, tokens: to - from }] : [];
  });
  const kind = kindOf(parts[0].latents);
  return { kind, chunk: kind.chunkOf(parts) };
}

/** The `tokens_crc` of a chunk of an item's tokens. */
export function tokensCrc(item: BuildItem, first: number, count: number): number {
  const { kind, chunk } = chunkOf([item], first, count);
  return kind.tokensCrc(chunk);
}

/** The bytes of a file. */
export async function buildFile(
  items: readonly BuildItem[],
  options: BuildOptions = {},
): Promise<Uint8Array> {
  const { coding = ADAPTIVE, sections = [], rawPayload = encodeRawPayload } = options;
  const { modelsBefore = [], modelsAfter = [] } = options;
  const cuts = options.chunks ?? items.map(tokensOf).filter((tokens) => tokens > 0);
  const codingOf = (item: BuildItem) => item.coding ?? coding;
  const codings = [...new Set(items.filter(isCoded).map(codingOf))];
  const chunks: ChunkContent[] = [];
  let first = 0;
  for (const tokens of cuts) {
    const { kind, chunk } = chunkOf(items, first, tokens);
    const payload =
      chunk instanceof Uint8Array
        ? rawPayload(chunk, chunks.length)
        : (await codingOf(itemAt(items, first)).model.encode([chunk]))[0];
    chunks.push({ tokens, payload, tokensCrc: kind.tokensCrc(chunk) });
    first += tokens;
  }
  return writeContainer({
    models: [...modelsBefore, ...codings.map(({ entry }) => entry), ...modelsAfter],
    items: items.map((item) => entryOf(item, modelsBefore.length + codings.indexOf(codingOf(item)))),
    sections: [
      ...items.flatMap(({ parsed }, item) => parsed.sections.map(({ type, body }) => ({ type, body, item }))),
      ...sections,
    ],
    chunks,
  });
}

function isCoded({ parsed }: BuildItem): boolean {
  return parsed.latents.kind !== 'bytes';
}

/** The item that a token of all items belongs to. */
function itemAt(items: readonly BuildItem[], token: number): BuildItem {
  let end = 0;
  return items.find((item) => {
    end += tokensOf(item);
    return token < end;
  }) as BuildItem;
}

function entryOf(item: BuildItem, model: number): ItemContent {
  const { bytes, parsed, digest } = item;
  return {
    parameters: parsed.parameters,
    originalLength: bytes.length,
    digest: digest === 'none' ? { type: 'none' } : (digest ?? sha256Digest(bytes)),
    ...(isCoded(item) ? { model } : {}),
  };
}

function sha256Digest(bytes: Uint8Array): ItemDigest {
  return { type: 'sha256', value: new Uint8Array(createHash('sha256').update(bytes).digest()) };
}
