/** Decoding: the chunks of an item through its model into latents, the latents through its codec into bytes. */

import { dctBand } from '../arrangement/dct-bands.js';
import type { Latents, RebuildInput } from '../codecs/codec.js';
import { decodeRawPayload } from '../codecs/raw/index.js';
import { codecFor } from '../codecs/registry.js';
import { type ChunkSpan, chunkCoverage, itemChunks } from '../container/chunk-coverage.js';
import { dctTokensCrc, rawTokensCrc } from '../container/crc.js';
import { LlmcError, type LlmcErrorCode, throwIfAborted } from '../container/errors.js';
import type { ModelEntry } from '../container/header.js';
import { parseMetadata } from '../container/metadata.js';
import type { Container } from '../container/reader.js';
import { SectionType } from '../container/registry.js';
import type { DctChunk, DecodeJob } from '../lm/entropy-model.js';
import type { ModelProvider } from '../lm/model-provider.js';
import { sha256 } from './digest.js';

/** Choices of the decoder. */
export interface DecodeOptions {
  /** Decodes around damage, and reports it, where otherwise the first fault is thrown. */
  readonly keepGoing?: boolean;
  /** Indices of the items to decode, ascending; all by default. */
  readonly items?: readonly number[];
  readonly signal?: AbortSignal;
  /** Called with the fraction of the work that is done, 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
}

/** An item as it came back. */
export interface DecodedItem {
  readonly index: number;
  /** The item's bytes; with damage what could be saved, or undefined if nothing could. */
  readonly bytes: Uint8Array | undefined;
  /** Empty where every byte is as it was. */
  readonly damage: readonly Damage[];
  /** Base name from the file's metadata. */
  readonly name: string | undefined;
  readonly mediaType: string | undefined;
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
    for (const index of wanted.slice(next, end)) window.request(index);
    await window.decodeChunks();
    for (const index of wanted.slice(next, end)) yield await window.rebuild(index);
    next = end;
  }
}

/** Items that are decoded together, so that all their chunks are given to the models at once. */
class Window {
  readonly #container: Container;
  readonly #models: ModelProvider;
  readonly #options: DecodeOptions;
  readonly #onProgress: (tokens: number) => void;
  readonly #latents = new Map<number, Latents>();
  readonly #damage = new Map<number, Damage[]>();
  readonly #chunks = new Set<number>();
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

  /** Adds an item and the chunks that it needs. */
  request(index: number): void {
    const fault = this.#container.itemFault(index);
    if (fault !== undefined) {
      this.#lost.add(index);
      this.#report(index, { error: fault });
      return;
    }
    const { first, count } = itemChunks(this.#container.header, index);
    for (let chunk = first; chunk < first + count; chunk++) this.#chunks.add(chunk);
    this.#latentsOf(index);
  }

  async decodeChunks(): Promise<void> {
    const dctJobs = new Map<number, { job: DecodeJob<DctChunk>; chunk: number }[]>();
    for (const chunk of this.#chunks) {
      throwIfAborted(this.#options.signal);
      const payload = await this.#readChunk(chunk);
      if (payload === undefined) continue;
      const spans = chunkCoverage(this.#container.header, chunk);
      const latents = this.#latentsOf(spans[0].item);
      if (latents.kind === 'bytes') {
        this.#decodeRaw(chunk, payload, spans[0], latents.bytes);
      } else {
        const model = this.#container.header.items[spans[0].item].model as number;
        const jobs = dctJobs.get(model) ?? [];
        dctJobs.set(model, jobs);
        jobs.push({ chunk, job: { payload, chunk: this.#dctChunk(spans) } });
      }
    }
    for (const [model, jobs] of dctJobs) await this.#decodeDct(this.#container.header.models[model], jobs);
  }

  /** The item's bytes, checked against its length and digest. */
  async rebuild(index: number): Promise<DecodedItem> {
    const { name, mediaType } = await this.#metadata(index);
    const bytes = this.#lost.has(index) ? undefined : await this.#bytesOf(index);
    const damage = this.#damage.get(index) ?? [];
    this.#latents.delete(index);
    return { index, bytes, damage, name, mediaType };
  }

  async #bytesOf(index: number): Promise<Uint8Array | undefined> {
    const { parameters, originalLength, digest } = this.#container.header.items[index];
    const codec = codecFor(parameters.codec);
    const sections = await this.#sectionsOf(index);
    const input: RebuildInput = {
      parameters,
      latents: this.#latentsOf(index),
      section: (type) => sections.get(type),
      originalLength,
    };
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
      if ((this.#damage.get(index) ?? []).length === 0)
        this.#report(index, { error: asItemError(error, index) });
      return salvage();
    }
    if ((this.#damage.get(index) ?? []).length > 0) return bytes;
    const differs =
      bytes.length !== originalLength ||
      (digest.type === 'sha256' &&
        !equalDigests(await sha256(bytes), (digest as { value: Uint8Array }).value));
    if (differs) {
      const message = `item ${index} decodes to other bytes than were encoded`;
      this.#report(index, { error: new LlmcError('digest-mismatch', message, { item: index }) });
    }
    return bytes;
  }

  async #sectionsOf(index: number): Promise<Map<string, Uint8Array>> {
    const sections = new Map<string, Uint8Array>();
    const entries = this.#container.header.sections;
    for (let i = 0; i < entries.length; i++) {
      const { type, item } = entries[i];
      if (item !== index || type !== type.toUpperCase()) continue;
      try {
        sections.set(type, await this.#container.readSection(i));
      } catch (error) {
        this.#report(index, { error: asItemError(error, index) });
      }
    }
    return sections;
  }

  async #metadata(index: number): Promise<{ name: string | undefined; mediaType: string | undefined }> {
    const section = this.#container.findSection(SectionType.metadata, index);
    if (section === undefined) return { name: undefined, mediaType: undefined };
    try {
      const { name, mediaType } = parseMetadata(await this.#container.readSection(section));
      return { name, mediaType };
    } catch {
      // Ancillary: its damage never prevents decoding (spec/container.md, "Section table"); verify reports it.
      return { name: undefined, mediaType: undefined };
    }
  }

  async #readChunk(chunk: number): Promise<Uint8Array | undefined> {
    try {
      return await this.#container.readChunk(chunk);
    } catch (error) {
      this.#reportChunk(chunk, asChunkError(error, chunk));
      return undefined;
    }
  }

  #decodeRaw(chunk: number, payload: Uint8Array, span: ChunkSpan, bytes: Uint8Array): void {
    const target = bytes.subarray(span.firstToken, span.firstToken + span.tokens);
    try {
      decodeRawPayload(payload, target);
    } catch (error) {
      target.fill(0);
      this.#reportChunk(chunk, asChunkError(error, chunk));
      return;
    }
    if (rawTokensCrc(target) !== this.#container.header.chunks[chunk].tokensCrc) this.#reportTokens(chunk);
    this.#onProgress(span.tokens);
  }

  async #decodeDct(
    entry: ModelEntry,
    jobs: readonly { job: DecodeJob<DctChunk>; chunk: number }[],
  ): Promise<void> {
    const model = await this.#models.openDct(entry);
    const { signal } = this.#options;
    const results = await model.decode(
      jobs.map(({ job }) => job),
      { onProgress: this.#onProgress, ...(signal ? { signal } : {}) },
    );
    jobs.forEach(({ job, chunk }, i) => {
      const error = results[i];
      const sound =
        error === undefined && dctTokensCrc(job.chunk) === this.#container.header.chunks[chunk].tokensCrc;
      if (sound) return;
      for (const band of job.chunk.bands) for (const plane of band.planes) plane.coefficients.fill(0);
      if (error === undefined) this.#reportTokens(chunk);
      else this.#reportChunk(chunk, asChunkError(error, chunk));
    });
  }

  #dctChunk(spans: readonly ChunkSpan[]): DctChunk {
    return {
      bands: spans.map(({ item, mcuRows }) => {
        const { parameters } = this.#container.header.items[item];
        const latents = this.#latentsOf(item);
        if (
          latents.kind !== 'dct' ||
          (parameters.codec !== 'jpeg' && parameters.codec !== 'dct') ||
          !mcuRows
        ) {
          throw new TypeError('not DCT latents');
        }
        return dctBand(parameters.dct, latents.coefficients, mcuRows.first, mcuRows.count);
      }),
    };
  }

  #latentsOf(index: number): Latents {
    const known = this.#latents.get(index);
    if (known !== undefined) return known;
    const { parameters, originalLength } = this.#container.header.items[index];
    const latents = codecFor(parameters.codec).allocate(parameters, originalLength);
    this.#latents.set(index, latents);
    return latents;
  }

  #reportTokens(chunk: number): void {
    const message = `chunk ${chunk} decodes to other tokens than were encoded`;
    this.#reportChunk(chunk, new LlmcError('chunk-tokens-crc', message, { chunk }));
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

function asChunkError(error: unknown, chunk: number): LlmcError {
  if (!(error instanceof LlmcError)) throw error;
  if (error.chunk !== undefined) return error;
  return withPlace(error, { chunk });
}

function asItemError(error: unknown, item: number): LlmcError {
  if (!(error instanceof LlmcError)) throw error;
  return error.item === undefined ? withPlace(error, { item }) : error;
}

function withPlace(error: LlmcError, place: { chunk?: number; item?: number }): LlmcError {
  const code: LlmcErrorCode = error.code;
  const offset = error.offset === undefined ? {} : { offset: error.offset };
  return new LlmcError(code, error.message, { ...offset, ...place, cause: error });
}

function equalDigests(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
