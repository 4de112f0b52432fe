/**
 * Encoding: each item through its codec, its latents cut into chunks, each chunk through the model, all into a
 * container - which is then decoded and compared before anyone sees it.
 */

import { kindOf } from '../arrangement/registry.js';
import type { ParsedItem } from '../codecs/codec.js';
import { encodeRawPayload, rawCoder } from '../codecs/raw/index.js';
import { parseFile, rawItem } from '../codecs/registry.js';
import { LlmcError, throwIfAborted } from '../container/errors.js';
import type { ItemDigest, ModelEntry } from '../container/header.js';
import { serializeMetadata } from '../container/metadata.js';
import type { CodecParameters } from '../container/parameters.js';
import { openContainer } from '../container/reader.js';
import { type CodecName, SectionType } from '../container/registry.js';
import { type ChunkContent, type SectionContent, writeContainer } from '../container/writer.js';
import type { AnyChunk, EntropyModel } from '../lm/entropy-model.js';
import type { ModelProvider } from '../lm/model-provider.js';
import { type PlannedChunk, planChunks } from './chunk-plan.js';
import { decodeItems } from './decode.js';
import { sha256 } from './digest.js';

/** A medium to encode. */
export interface EncodeInput {
  readonly bytes: Uint8Array;
  /** File name to keep in the file: a base name without separators. */
  readonly name?: string;
  /** Media type to keep in the file, such as `image/jpeg`. */
  readonly mediaType?: string;
  /** Key-value pairs to keep in the file. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Choices of the encoder. None of them is needed to decode. */
export interface EncodeOptions {
  /** Entropy model; `auto` takes the one that saves most. */
  readonly model?: 'auto' | 'adaptive';
  /** `auto` takes the first codec that understands an item; `raw` stores the bytes as they are, deflated. */
  readonly codec?: 'auto' | 'raw';
  /** Digest of each item's bytes to keep in the file; `sha256` by default. */
  readonly digest?: 'sha256' | 'none';
  /** Most tokens in a chunk, at least 1; by default what suits the codec. */
  readonly chunkTokens?: number;
  readonly signal?: AbortSignal;
  /** Called with the fraction of the work that is done, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

/** An encoded file, and how each item fared. */
export interface Encoded {
  readonly bytes: Uint8Array;
  readonly items: readonly EncodedItem[];
  readonly chunks: number;
}

/** How an item was stored. */
export interface EncodedItem {
  readonly codec: CodecName;
  readonly originalLength: number;
}

const ADAPTIVE_DCT: ModelEntry = { profile: 'adaptive', arrangement: 'dct-blocks', model: 'adaptive-dct-1' };
/** The adaptive model of each codec type that has one. */
const ADAPTIVE: Partial<Record<CodecParameters['codec'], ModelEntry>> = {
  jpeg: ADAPTIVE_DCT,
  dct: ADAPTIVE_DCT,
};

/**
 * Encodes items into one file. The result is proven: it was decoded and compared with the input.
 *
 * @param inputs At least one item.
 * @throws LlmcError `argument`, `aborted`, or `verification` where the proof fails even for raw storage.
 */
export async function encodeItems(
  inputs: readonly EncodeInput[],
  models: ModelProvider,
  options: EncodeOptions = {},
): Promise<Encoded> {
  if (inputs.length === 0) throw new LlmcError('argument', 'there is nothing to encode');
  const { chunkTokens } = options;
  if (chunkTokens !== undefined && (!Number.isSafeInteger(chunkTokens) || chunkTokens < 1)) {
    throw new LlmcError('argument', `chunks of ${chunkTokens} tokens`);
  }
  throwIfAborted(options.signal);
  const items = inputs.map(({ bytes }) => (options.codec === 'raw' ? rawItem(bytes) : parseFile(bytes)));
  const digests = await Promise.all(inputs.map(({ bytes }) => digestOf(bytes, options.digest ?? 'sha256')));
  const encoded = await encodeParsed(inputs, items, digests, models, options);
  const unequal = await findUnequal(inputs, encoded.bytes, models, options);
  if (unequal === undefined) return encoded;
  // A codec that fails its proof is a bug, but the user's file is still kept whole.
  const stored = items.map((item, i) => (unequal.has(i) ? rawItem(inputs[i].bytes) : item));
  const second = await encodeParsed(inputs, stored, digests, models, options);
  if ((await findUnequal(inputs, second.bytes, models, options)) !== undefined) {
    throw new LlmcError('verification', 'the encoded file does not decode to its input');
  }
  return second;
}

async function encodeParsed(
  inputs: readonly EncodeInput[],
  parsed: readonly ParsedItem[],
  digests: readonly ItemDigest[],
  models: ModelProvider,
  options: EncodeOptions,
): Promise<Encoded> {
  let items = parsed;
  let table = assignModels(items);
  let planned = planChunks(items, table.ofItem, options.chunkTokens);
  let payloads = await encodeChunks(planned, table, models, options);
  const smaller = itemsSmallerRaw(inputs, items, planned, payloads);
  if (smaller.size > 0) {
    items = items.map((item, i) => (smaller.has(i) ? rawItem(inputs[i].bytes) : item));
    table = assignModels(items);
    planned = planChunks(items, table.ofItem, options.chunkTokens);
    payloads = await encodeChunks(planned, table, models, options);
  }
  const chunks: ChunkContent[] = planned.map(({ parts, tokens }, i) => {
    const kind = kindOf(parts[0].latents);
    return { tokens, payload: payloads[i], tokensCrc: kind.tokensCrc(kind.chunkOf(parts)) };
  });
  const bytes = writeContainer({
    models: table.entries,
    items: items.map((item, i) => {
      const model = table.ofItem[i];
      return {
        parameters: item.parameters,
        originalLength: inputs[i].bytes.length,
        digest: digests[i],
        ...(model === undefined ? {} : { model }),
      };
    }),
    sections: items.flatMap((item, i) => sectionsOf(item, inputs[i], i)),
    chunks,
  });
  return {
    bytes,
    items: items.map((item, i) => ({
      codec: item.parameters.codec as CodecName,
      originalLength: inputs[i].bytes.length,
    })),
    chunks: chunks.length,
  };
}

/** The model table, and the index into it for each item that has a model. */
interface ModelTable {
  readonly entries: readonly ModelEntry[];
  readonly ofItem: readonly (number | undefined)[];
}

function assignModels(items: readonly ParsedItem[]): ModelTable {
  const entries: ModelEntry[] = [];
  const ofItem = items.map(({ parameters }) => {
    const entry = ADAPTIVE[parameters.codec];
    if (entry === undefined) return undefined;
    if (!entries.includes(entry)) entries.push(entry);
    return entries.indexOf(entry);
  });
  return { entries, ofItem };
}

/** The chunks' payloads: the chunks of one model all at once. */
async function encodeChunks(
  planned: readonly PlannedChunk[],
  table: ModelTable,
  models: ModelProvider,
  { signal, onProgress }: EncodeOptions,
): Promise<Uint8Array[]> {
  const payloads: Uint8Array[] = new Array(planned.length);
  const byModel = new Map<number | undefined, { chunks: AnyChunk[]; indices: number[] }>();
  planned.forEach(({ parts }, i) => {
    const model = table.ofItem[parts[0].item];
    const group = byModel.get(model) ?? { chunks: [], indices: [] };
    byModel.set(model, group);
    group.chunks.push(kindOf(parts[0].latents).chunkOf(parts));
    group.indices.push(i);
  });
  const total = planned.reduce((sum, { tokens }) => sum + tokens, 0);
  let done = 0;
  for (const [model, { chunks, indices }] of byModel) {
    const coder: EntropyModel<AnyChunk> =
      model === undefined ? rawCoder : await models.openEntry(table.entries[model]);
    const coded = await coder.encode(chunks, {
      ...(signal ? { signal } : {}),
      onProgress: (tokens) => {
        done += tokens;
        onProgress?.((0.5 * done) / total);
      },
    });
    coded.forEach((payload, i) => {
      payloads[indices[i]] = payload;
    });
  }
  return payloads;
}

/** Items that a codec makes larger than raw storage would: tiny or already damaged images. */
function itemsSmallerRaw(
  inputs: readonly EncodeInput[],
  items: readonly ParsedItem[],
  planned: readonly PlannedChunk[],
  payloads: readonly Uint8Array[],
): Set<number> {
  const aside = items.map(({ sections }) => sections.reduce((sum, { body }) => sum + body.length, 0));
  const coded = [...aside];
  const shared = new Set<number>();
  planned.forEach(({ parts }, i) => {
    if (parts.length > 1) for (const { item } of parts) shared.add(item);
    else coded[parts[0].item] += payloads[i].length;
  });
  const smaller = new Set<number>();
  items.forEach(({ latents }, i) => {
    const { bytes } = inputs[i];
    if (latents.kind === 'bytes' || shared.has(i)) return;
    const doubtful = bytes.length < 4096 || 2 * aside[i] > bytes.length;
    if (coded[i] >= (doubtful ? encodeRawPayload(bytes).length : bytes.length)) smaller.add(i);
  });
  return smaller;
}

function sectionsOf(item: ParsedItem, input: EncodeInput, index: number): SectionContent[] {
  const sections = item.sections.map(({ type, body }) => ({ type, body, item: index }));
  const { name, mediaType, metadata } = input;
  if (name === undefined && mediaType === undefined && Object.keys(metadata ?? {}).length === 0)
    return sections;
  const body = serializeMetadata({ name, mediaType, entries: metadata });
  return [...sections, { type: SectionType.metadata, body, item: index }];
}

async function digestOf(bytes: Uint8Array, type: 'sha256' | 'none'): Promise<ItemDigest> {
  return type === 'none' ? { type } : { type, value: await sha256(bytes) };
}

/** The proof: indices of items that do not come back, or undefined where all do. */
async function findUnequal(
  inputs: readonly EncodeInput[],
  bytes: Uint8Array,
  models: ModelProvider,
  options: EncodeOptions,
): Promise<Set<number> | undefined> {
  const unequal = new Set(inputs.keys());
  const container = await openContainer(bytes);
  const { signal, onProgress } = options;
  const decoded = decodeItems(container, models, {
    keepGoing: true,
    ...(signal ? { signal } : {}),
    onProgress: (fraction) => onProgress?.(0.5 + 0.5 * fraction),
  });
  for await (const item of decoded) {
    if (item.damage.length === 0 && equalBytes(item.bytes, inputs[item.index].bytes))
      unequal.delete(item.index);
  }
  return unequal.size === 0 ? undefined : unequal;
}

function equalBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  if (a === undefined || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
