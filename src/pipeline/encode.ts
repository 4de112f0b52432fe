/**
 * Encoding: each item through its codec, its latents cut into chunks, each chunk through the model, all into a
 * container - which is then decoded and compared before anyone sees it.
 */

import { kindOf } from '../arrangement/registry.js';
import type { CodecChoice, ParsedItem } from '../codecs/codec.js';
import { encodeRawPayload } from '../codecs/raw/index.js';
import { parseFile, rawItem } from '../codecs/registry.js';
import { sha256 } from '../container/digest.js';
import { LlmcError, throwIfAborted } from '../container/errors.js';
import type { ItemDigest, ModelEntry } from '../container/header.js';
import { serializeMetadata } from '../container/metadata.js';
import { type CodecName, SectionType } from '../container/registry.js';
import { type ChunkContent, type SectionContent, writeContainer } from '../container/writer.js';
import type { AnyChunk, CodingOptions, Proven } from '../lm/entropy-model.js';
import type { ModelProvider } from '../lm/model-provider.js';
import type { Vocabulary } from '../lm/vocabulary.js';
import { type Candidate, Candidates, itemsForSecond } from './candidates.js';
import { type PlannedChunk, planChunks } from './chunk-plan.js';
import { embeddedPackageSection } from './embedded-package.js';
import { itemsUnequal, knowing } from './proof.js';

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
  /**
   * Entropy model. `auto` tries the exact model at hand and the adaptive one, and keeps for each item what is
   * smaller; `adaptive` and the name of a model package (or digits of its fingerprint, or its folder) take that alone.
   */
  readonly model?: string;
  /** Puts the package of an exact model into the file, which then needs no other to be decoded. */
  readonly embedModel?: boolean;
  /** `auto` by default. */
  readonly codec?: CodecChoice;
  /** Digest of each item's bytes to keep in the file; `sha256` by default. */
  readonly digest?: 'sha256' | 'none';
  /** Most tokens in a chunk, at least 1; by default what suits the codec. */
  readonly chunkTokens?: number;
  /** Gives each item chunks of its own, so that it decodes without the others; they share no context then. */
  readonly independent?: boolean;
  readonly signal?: AbortSignal;
  /** Called with the fraction of the work that is done, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
  /** Told where an item had to be stored raw, as its codec did not give it back. */
  readonly onWarning?: (message: string) => void;
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
  /** Name of its entropy model; null for raw storage. */
  readonly model: string | null;
  readonly originalLength: number;
}

/**
 * Encodes items into one file. The result is proven: it was decoded and compared with the input.
 *
 * @param inputs At least one item.
 * @throws LlmcError `argument`, `input-invalid`, `aborted`, or `verification` where the proof fails: of a codec that was
 *   asked for, or even of raw storage.
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
  const vocabulary = options.codec === 'text' ? await vocabularyOf(models, options.model) : undefined;
  const items = inputs.map((input, i) => parseInput(input, i, options.codec, vocabulary));
  const digests = await Promise.all(inputs.map(({ bytes }) => digestOf(bytes, options.digest ?? 'sha256')));
  const parameters = items.map((item) => item.parameters);
  const candidates = await Candidates.open(models, options.model ?? 'auto', parameters);
  const job: EncodeJob = { inputs, digests, candidates, options };
  const encoded = await encodeParsed(job, items);
  const unequal = await findUnequal(job, encoded, models);
  if (unequal === undefined) return encoded;
  reportUnequal(job, unequal);
  const stored = items.map((item, i) => (unequal.has(i) ? rawItem(inputs[i].bytes) : item));
  const second = await encodeParsed(job, stored);
  if ((await findUnequal(job, second, models)) !== undefined) {
    throw new LlmcError('verification', 'the encoded file does not decode to its input');
  }
  return second;
}

/**
 * Tells of items that do not come back. Of indices, which were asked for as such, that is the end; other files are still
 * kept whole, as raw bytes.
 *
 * @throws LlmcError `verification`.
 */
function reportUnequal({ inputs, candidates, options }: EncodeJob, unequal: ReadonlySet<number>): void {
  const { languageModel: model } = candidates;
  const failed = [...unequal].map((item) => inputs[item].name ?? `item ${item}`).join(', ');
  const cause =
    model === undefined
      ? 'its codec does not give it back; please report this file'
      : `${model} does not give the same numbers again here (llmc doctor --model ${model})`;
  if (typeof options.codec === 'object') throw new LlmcError('verification', `${failed}: ${cause}`);
  options.onWarning?.(`${failed}: stored raw, since ${cause}`);
}

/** An input as its codec understands it; with a codec that was asked for, an error names the input. */
function parseInput(
  { bytes, name }: EncodeInput,
  item: number,
  codec: CodecChoice | undefined,
  vocabulary: Vocabulary | undefined,
): ParsedItem {
  try {
    return parseFile(bytes, codec, vocabulary);
  } catch (cause) {
    if (!(cause instanceof LlmcError) || name === undefined) throw cause;
    const { code, message, offset } = cause;
    throw new LlmcError(code, `${name}: ${message}`, {
      item,
      cause,
      ...(offset === undefined ? {} : { offset }),
    });
  }
}

/** The tokens of a model that the user names; undefined where it is none of text, or none is named. */
async function vocabularyOf(models: ModelProvider, name = 'auto'): Promise<Vocabulary | undefined> {
  if (name === 'auto' || name === 'adaptive') return undefined;
  const model = await models.openNamed(name);
  return model.profile === 'float' ? model.coderOf(model.entry).vocabulary : undefined;
}

/** What stays the same while items are tried in one form and another. */
interface EncodeJob {
  readonly inputs: readonly EncodeInput[];
  readonly digests: readonly ItemDigest[];
  readonly candidates: Candidates;
  readonly options: EncodeOptions;
}

/** Items, the model of each, and their chunks with the payloads that these models gave. */
interface CodedItems {
  readonly items: readonly ParsedItem[];
  readonly chosen: readonly Candidate[];
  readonly planned: readonly PlannedChunk[];
  readonly payloads: ReadonlyMap<PlannedChunk, Uint8Array>;
}

/** A file before its proof. */
interface Assembled extends Encoded {
  /** Its only chunk, where that was decoded while it was written. */
  readonly proven: Proven<AnyChunk> | undefined;
}

async function encodeParsed(job: EncodeJob, parsed: readonly ParsedItem[]): Promise<Assembled> {
  const { inputs } = job;
  const coded = await codeItems(job, parsed);
  // A codec that was asked for is kept, so that the file can be asked for its latents.
  const kept = (job.options.codec ?? 'auto') !== 'auto';
  const smaller = kept ? new Set() : itemsSmallerRaw(inputs, coded);
  if (smaller.size === 0) return assemble(job, coded);
  const items = parsed.map((item, i) => (smaller.has(i) ? rawItem(inputs[i].bytes) : item));
  return assemble(job, await codeItems(job, items));
}

/** Codes all chunks by every candidate for them, and keeps what is smaller. */
async function codeItems(
  { candidates, options }: EncodeJob,
  items: readonly ParsedItem[],
): Promise<CodedItems> {
  const tried = await Promise.all(items.map(({ parameters }) => candidates.of(parameters)));
  const groups = [...new Set(tried)];
  const groupOfItem = tried.map((group) => groups.indexOf(group));
  const targets = tried.map(([first]) => options.chunkTokens ?? first.chunkTokens);
  const planned = planChunks(items, groupOfItem, targets, !options.independent);
  const groupOf = ({ parts }: PlannedChunk) => tried[parts[0].item];
  const total = planned.reduce((sum, chunk) => sum + chunk.tokens * groupOf(chunk).length, 0);
  let done = 0;
  const codingOptions: CodingOptions = {
    ...(options.signal ? { signal: options.signal } : {}),
    onProgress: (tokens) => {
      done += tokens;
      options.onProgress?.((0.5 * done) / total);
    },
  };
  const chosen = tried.map(([first]) => first);
  const payloads = new Map<PlannedChunk, Uint8Array>();
  const alone = planned.length === 1;
  for (const group of groups) {
    const chunks = planned.filter((chunk) => groupOf(chunk) === group);
    const results: Uint8Array[][] = [];
    const encode = async (candidate: Candidate, i: number) => {
      results[i] = await candidate.encode(chunks, alone, codingOptions);
    };
    // The proof of a lone chunk takes a core beside the exact model, which is the last; then one is free for the other.
    if (alone) for (let i = group.length - 1; i >= 0; i--) await encode(group[i], i);
    else await Promise.all(group.map(encode));
    const [, second] = group;
    const better = second ? itemsForSecond(chunks, results, second.entryBytes) : new Set<number>();
    for (const item of better) chosen[item] = second;
    chunks.forEach((chunk, i) => {
      payloads.set(chunk, results[better.has(chunk.parts[0].item) ? 1 : 0][i]);
    });
  }
  return { items, chosen, planned, payloads };
}

/** Puts what was coded into a container. */
function assemble({ inputs, digests, options }: EncodeJob, coded: CodedItems): Assembled {
  const { items, chosen, planned, payloads } = coded;
  const used = [...new Set(chosen)].filter(({ entry }) => entry !== undefined);
  const chunks: ChunkContent[] = planned.map((chunk) => {
    const kind = kindOf(chunk.parts[0].latents);
    const payload = payloads.get(chunk) as Uint8Array;
    return { tokens: chunk.tokens, payload, tokensCrc: kind.tokensCrc(kind.chunkOf(chunk.parts)) };
  });
  const packages = used.flatMap(({ files }, model) =>
    files && options.embedModel ? [embeddedPackageSection(model, files)] : [],
  );
  const bytes = writeContainer({
    models: used.map(({ entry }) => entry as ModelEntry),
    items: items.map((item, i) => {
      const model = used.indexOf(chosen[i]);
      return {
        parameters: item.parameters,
        originalLength: inputs[i].bytes.length,
        digest: digests[i],
        ...(model < 0 ? {} : { model }),
      };
    }),
    sections: [...packages, ...items.flatMap((item, i) => sectionsOf(item, inputs[i], i))],
    chunks,
  });
  return {
    bytes,
    items: items.map((item, i) => ({
      codec: item.parameters.codec as CodecName,
      model: chosen[i].entry ? chosen[i].name : null,
      originalLength: inputs[i].bytes.length,
    })),
    chunks: chunks.length,
    proven: planned.length === 1 ? chosen[planned[0].parts[0].item].proven : undefined,
  };
}

/** Items that a codec makes larger than raw storage would: tiny or already damaged images. */
function itemsSmallerRaw(
  inputs: readonly EncodeInput[],
  { items, planned, payloads }: CodedItems,
): Set<number> {
  const aside = items.map(({ sections }) => sections.reduce((sum, { body }) => sum + body.length, 0));
  const coded = [...aside];
  const shared = new Set<number>();
  for (const chunk of planned) {
    const { parts } = chunk;
    if (parts.length > 1) for (const { item } of parts) shared.add(item);
    else coded[parts[0].item] += (payloads.get(chunk) as Uint8Array).length;
  }
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
  { inputs, options }: EncodeJob,
  { bytes, proven }: Assembled,
  models: ModelProvider,
): Promise<Set<number> | undefined> {
  const { signal, onProgress } = options;
  return itemsUnequal(
    inputs.map((input) => input.bytes),
    bytes,
    knowing(proven, models),
    {
      ...(signal ? { signal } : {}),
      onProgress: (fraction) => onProgress?.(0.5 + 0.5 * fraction),
    },
  );
}
