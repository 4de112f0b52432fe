/** Decoding: the chunks of an item through its model into latents, the latents through its codec into bytes. */

import type { ItemPart, Latents, LatentsKind } from '../arrangement/latents.js';
import { kindOf } from '../arrangement/registry.js';
import type { OutputFormat, RebuildInput } from '../codecs/codec.js';
import { rawCoder } from '../codecs/raw/index.js';
import { codecFor } from '../codecs/registry.js';
import { equalBytes } from '../container/bytes.js';
import { type ChunkSpan, chunkCoverage, itemChunks } from '../container/chunk-coverage.js';
import { sha256 } from '../container/digest.js';
import { LlmcError, throwIfAborted } from '../container/errors.js';
import { type Metadata, parseMetadata } from '../container/metadata.js';
import type { Container } from '../container/reader.js';
import { type CodecName, SectionType } from '../container/registry.js';
import { SIDE_DATA_TYPES } from '../container/section-rules.js';
import type { AnyChunk, DecodeJob, EntropyModel } from '../lm/entropy-model.js';
import type { ModelProvider } from '../lm/model-provider.js';
import type { Vocabulary } from '../lm/vocabulary.js';
import { atSection, readCheckedSection } from './checked-section.js';
import { readEmbeddedPackage } from './embedded-package.js';

/** Choices of the decoder. */
export interface DecodeOptions {
  /** Decodes around damage, and reports it, where otherwise the first fault is thrown. */
  readonly keepGoing?: boolean;
  /** Writes the latents in this format, in place of the file that they came from; only of codec types that have it. */
  readonly to?: OutputFormat;
  /** Indices of the items to decode, ascending; all by default. */
  readonly items?: readonly number[];
  readonly signal?: AbortSignal;
  /** Called with the fraction of the work that is done, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

/** An item as it came back. */
export interface DecodedItem {
  readonly index: number;
  /** Codec type, or its number if it is not known. */
  readonly codec: CodecName | number;
  /** The item's bytes; with damage what could be saved, or undefined if nothing could. */
  readonly bytes: Uint8Array | undefined;
  /** Empty where every byte is as it was. */
  readonly damage: readonly Damage[];
  /** Base name from the file's metadata. */
  readonly name: string | undefined;
  readonly mediaType: string | undefined;
  /** Key-value pairs from the file's metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Something of an item that is lost. */
export interface Damage {
  readonly error: LlmcError;
  /** Where one chunk is the cause: what it held of this item. */
  readonly span?: ChunkSpan;
}

/** Tokens whose latents are held in memory at a time, while there are several items. */
const WINDOW_TOKENS = 1 << 24;

/**
 * Decodes items in order, a few at a time, so that an album of any length takes bounded memory.
 *
 * @throws LlmcError the first fault, with item and chunk, unless `keepGoing`.
 */
export async function* decodeItems(
  container: Container,
  models: ModelProvider,
  options: DecodeOptions = {},
): AsyncGenerator<DecodedItem> {
  const { items } = container.header;
  const wanted = options.items ?? items.map((_, i) => i);
  for (const index of wanted) {
    if (!(index in items)) throw new LlmcError('argument', `there is no item ${index}`);
  }
  const total = wanted.reduce((sum, index) => sum + items[index].tokens, 0);
  let done = 0;
  const onProgress = (tokens: number) => {
    done += tokens;
    options.onProgress?.(total === 0 ? 1 : Math.min(1, done / total));
  };
  let next = 0;
  while (next < wanted.length) {
    let end = next;
    let tokens = 0;
    do tokens += items[wanted[end++]].tokens;
    while (end < wanted.length && tokens + items[wanted[end]].tokens <= WINDOW_TOKENS);
    const window = new Window(container, models, options, onProgress);
    for (const index of wanted.slice(next, end)) await window.request(index);
    await window.decodeChunks();
    for (const index of wanted.slice(next, end)) yield await window.rebuild(index);
    next = end;
  }
}

/** A chunk to be decoded. */
interface Job extends DecodeJob<AnyChunk> {
  readonly index: number;
  readonly kind: LatentsKind<AnyChunk>;
}

/** Items that are decoded together, so that all their chunks are given to the models at once. */
class Window {
  readonly #container: Container;
  readonly #models: ModelProvider;
  readonly #options: DecodeOptions;
  readonly #onProgress: (tokens: number) => void;
  readonly #latents = new Map<number, Latents>();
  readonly #damage = new Map<number, Damage[]>();
  /** Of each item its sound critical sections by type: body, and index in the section table. */
  readonly #sections = new Map<number, Map<string, { readonly body: Uint8Array; readonly index: number }>>();
  readonly #chunks = new Set<number>();
  readonly #vocabularies = new Map<number, Vocabulary>();
  readonly #lost = new Set<number>();

  constructor(
    container: Container,
    models: ModelProvider,
    options: DecodeOptions,
    onProgress: (tokens: number) => void,
  ) {
    this.#container = container;
    this.#models = models;
    this.#options = options;
    this.#onProgress = onProgress;
  }

  /** Adds an item, its sections and the chunks that it needs. */
  async request(index: number): Promise<void> {
    const fault = this.#container.itemFault(index);
    if (fault !== undefined) {
      this.#lost.add(index);
      this.#report(index, { error: fault });
      return;
    }
    await this.#readSections(index);
    const { first, count } = itemChunks(this.#container.header, index);
    for (let chunk = first; chunk < first + count; chunk++) this.#chunks.add(chunk);
    this.#latentsOf(index);
  }

  async decodeChunks(): Promise<void> {
    const byModel = new Map<number | undefined, Job[]>();
    for (const index of this.#chunks) {
      throwIfAborted(this.#options.signal);
      const payload = await this.#readChunk(index);
      if (payload === undefined) continue;
      const spans = chunkCoverage(this.#container.header, index);
      const { model } = this.#container.header.items[spans[0].item];
      const jobs = byModel.get(model) ?? [];
      byModel.set(model, jobs);
      const kind = kindOf(this.#latentsOf(spans[0].item));
      jobs.push({ index, kind, payload, chunk: kind.chunkOf(spans.map((span) => this.#partOf(span))) });
    }
    for (const [model, jobs] of byModel) await this.#decodeJobs(model, jobs);
  }

  /** The item's bytes, checked against its length and digest. */
  async rebuild(index: number): Promise<DecodedItem> {
    const { name, mediaType, entries = {} } = await this.#metadata(index);
    const bytes = this.#isLost(index) ? undefined : await this.#bytesOf(index);
    const damage = this.#damage.get(index) ?? [];
    this.#latents.delete(index);
    this.#sections.delete(index);
    const { codec } = this.#container.header.items[index].parameters;
    return { index, codec, bytes, damage, name, mediaType, metadata: entries };
  }

  /** Whether nothing of an item is left. */
  #isLost(index: number): boolean {
    if (this.#lost.has(index)) return true;
    const lost = (this.#damage.get(index) ?? []).reduce((sum, { span }) => sum + (span?.tokens ?? 0), 0);
    return lost > 0 && lost === this.#container.header.items[index].tokens;
  }

  async #bytesOf(index: number): Promise<Uint8Array | undefined> {
    const { parameters, originalLength, digest } = this.#container.header.items[index];
    const codec = codecFor(parameters.codec);
    const sections = this.#sections.get(index);
    const input: RebuildInput = {
      parameters,
      latents: this.#latentsOf(index),
      section: (type) => sections?.get(type)?.body,
      originalLength,
      vocabulary: this.#vocabularies.get(index),
    };
    const { to } = this.#options;
    if (to !== undefined) {
      if (codec.convert) return codec.convert(input, to);
      throw new LlmcError(
        'argument',
        `an item of codec type ${parameters.codec} cannot be decoded to ${to}`,
        { item: index },
      );
    }
    const salvage = (): Uint8Array | undefined => {
      try {
        return codec.salvage(input);
      } catch {
        // What is left makes no medium at all; the damage is reported already.
        return undefined;
      }
    };
    let bytes: Uint8Array;
    try {
      bytes = codec.rebuild(input);
    } catch (error) {
      if ((this.#damage.get(index) ?? []).length === 0) {
        const [section] = sections?.values() ?? [];
        const placed = section === undefined ? error : atSection(error, this.#container, section.index);
        this.#report(index, { error: asItemError(placed, index) });
      }
      return salvage();
    }
    if ((this.#damage.get(index) ?? []).length > 0) return bytes;
    const differs =
      bytes.length !== originalLength ||
      (digest.type === 'sha256' && !equalBytes(await sha256(bytes), (digest as { value: Uint8Array }).value));
    if (differs) {
      const message = `item ${index} decodes to other bytes than were encoded`;
      this.#report(index, { error: new LlmcError('digest-mismatch', message, { item: index }) });
    }
    return bytes;
  }

  async #readSections(item: number): Promise<void> {
    const known = new Map<string, { readonly body: Uint8Array; readonly index: number }>();
    this.#sections.set(item, known);
    for (const type of SIDE_DATA_TYPES) {
      const index = this.#container.findSection(type, item);
      if (index === undefined) continue;
      try {
        known.set(type, { body: await readCheckedSection(this.#container, index), index });
      } catch (error) {
        this.#report(item, { error: asItemError(error, item) });
      }
    }
  }

  async #metadata(index: number): Promise<Metadata> {
    const section = this.#container.findSection(SectionType.metadata, index);
    if (section === undefined) return {};
    try {
      return parseMetadata(await this.#container.readSection(section));
    } catch {
      // Ancillary: its damage never prevents decoding (spec/container.md, "Section table"); verify reports it.
      return {};
    }
  }

  async #readChunk(chunk: number): Promise<Uint8Array | undefined> {
    try {
      return await this.#container.readChunk(chunk);
    } catch (error) {
      this.#reportChunk(chunk, this.#asChunkError(error, chunk));
      return undefined;
    }
  }

  async #decodeJobs(model: number | undefined, jobs: readonly Job[]): Promise<void> {
    const { header } = this.#container;
    const coder: EntropyModel<AnyChunk> | undefined =
      model === undefined ? rawCoder : await this.#openModel(model);
    if (coder === undefined) return;
    if (coder.vocabulary) {
      for (const item of this.#latents.keys())
        if (header.items[item].model === model) this.#vocabularies.set(item, coder.vocabulary);
    }
    const { signal } = this.#options;
    const results = await coder.decode(jobs, {
      onProgress: this.#onProgress,
      ...(signal ? { signal } : {}),
    });
    jobs.forEach(({ index, kind, chunk }, i) => {
      const error = results[i];
      if (error === undefined && kind.tokensCrc(chunk) === header.chunks[index].tokensCrc) return;
      kind.clear(chunk);
      if (error === undefined) this.#reportTokens(index, coder.origin);
      else this.#reportChunk(index, withOrigin(this.#asChunkError(error, index), coder.origin));
    });
  }

  /** The model of this index; undefined where it cannot be had, which costs the items that use it. */
  async #openModel(index: number): Promise<EntropyModel<AnyChunk> | undefined> {
    const { models, items } = this.#container.header;
    try {
      return await this.#models.openEntry(models[index], () => readEmbeddedPackage(this.#container, index));
    } catch (error) {
      for (const item of this.#latents.keys()) {
        if (items[item].model !== index) continue;
        this.#lost.add(item);
        this.#report(item, { error: asItemError(error, item) });
      }
      return undefined;
    }
  }

  #partOf({ item, firstToken, tokens }: ChunkSpan): ItemPart {
    const { parameters } = this.#container.header.items[item];
    return { parameters, latents: this.#latentsOf(item), firstToken, tokens };
  }

  #latentsOf(index: number): Latents {
    const known = this.#latents.get(index);
    if (known !== undefined) return known;
    const { parameters, originalLength } = this.#container.header.items[index];
    const latents = codecFor(parameters.codec).allocate(parameters, originalLength);
    this.#latents.set(index, latents);
    return latents;
  }

  /** An error of a model with the chunk that it is about, and where its payload stands. */
  #asChunkError(error: unknown, chunk: number): LlmcError {
    if (!(error instanceof LlmcError)) throw error;
    if (error.chunk !== undefined) return error;
    const { offset } = this.#container.header.chunks[chunk];
    return new LlmcError(error.code, error.message, { offset, chunk, cause: error });
  }

  #reportTokens(chunk: number, origin: string | undefined): void {
    const message = `chunk ${chunk} decodes to other tokens than were encoded`;
    const { offset } = this.#container.header.chunks[chunk];
    const error = new LlmcError('chunk-tokens-crc', message, { chunk, offset });
    this.#reportChunk(chunk, withOrigin(error, origin));
  }

  #reportChunk(chunk: number, error: LlmcError): void {
    for (const span of chunkCoverage(this.#container.header, chunk)) this.#report(span.item, { error, span });
  }

  #report(item: number, damage: Damage): void {
    if (!this.#options.keepGoing) throw damage.error;
    const known = this.#damage.get(item);
    if (known === undefined) this.#damage.set(item, [damage]);
    else known.push(damage);
  }
}

/** An error that a model on another machine may be the cause of, which then says so. */
function withOrigin(error: LlmcError, origin: string | undefined): LlmcError {
  const { code, message, chunk, offset } = error;
  if (origin === undefined || !code.startsWith('chunk-')) return error;
  return new LlmcError(code, `${message} (${origin})`, {
    ...(chunk === undefined ? {} : { chunk }),
    ...(offset === undefined ? {} : { offset }),
    cause: error,
  });
}

function asItemError(error: unknown, item: number): LlmcError {
  if (!(error instanceof LlmcError)) throw error;
  if (error.item !== undefined) return error;
  const offset = error.offset === undefined ? {} : { offset: error.offset };
  return new LlmcError(error.code, error.message, { ...offset, item, cause: error });
}
