/** The entropy models that an encoder tries on latents, and the choice among them. */

import { indexGeometry } from '../arrangement/indices.js';
import { kindOf } from '../arrangement/registry.js';
import { rawCoder } from '../codecs/raw/index.js';
import { ByteWriter } from '../container/bytes.js';
import { LlmcError } from '../container/errors.js';
import { FINGERPRINT_BYTES } from '../container/fingerprint.js';
import type { AdaptiveModelEntry, ModelEntry } from '../container/header.js';
import { writeModel } from '../container/model-parameters.js';
import type { CodecParameters } from '../container/parameters.js';
import { arrangementServes, type CodecName } from '../container/registry.js';
import type { AnyChunk, CodingOptions, EntropyModel, Proven } from '../lm/entropy-model.js';
import type { ExactCodec, PackageFiles } from '../lm/exact/package.js';
import { servesCodebooks } from '../lm/exact-index/exact-index-model.js';
import type { ModelProvider, PackagedModel } from '../lm/model-provider.js';
import type { PlannedChunk } from './chunk-plan.js';

const ADAPTIVE_DCT: AdaptiveModelEntry = {
  profile: 'adaptive',
  arrangement: 'dct-blocks',
  model: 'adaptive-dct-1',
};
/** The adaptive model of each codec type that has one. */
const ADAPTIVE: Partial<Record<CodecParameters['codec'], AdaptiveModelEntry>> = {
  jpeg: ADAPTIVE_DCT,
  dct: ADAPTIVE_DCT,
  vq: { profile: 'adaptive', arrangement: 'vq-raster', model: 'adaptive-index-1' },
  rvq: { profile: 'adaptive', arrangement: 'rvq-frames', model: 'adaptive-index-1' },
};

/** The latents of each codec type for which exact models are made. */
const EXACT: Partial<Record<CodecParameters['codec'], ExactCodec>> = {
  jpeg: 'dct',
  dct: 'dct',
  vq: 'vq',
  rvq: 'rvq',
};

/** A model that is tried. */
export class Candidate {
  readonly #payloads = new Map<string, Uint8Array>();
  /** The payload of a lone chunk, where it was decoded while it was written. */
  proven: Proven<AnyChunk> | undefined;

  /**
   * @param name What people call it.
   * @param entry What the model table says of it; nothing for raw bytes, which have no model.
   * @param files Its package, if it has one that a file can carry.
   * @param chunkTokens Most tokens of a chunk unless the caller chooses, where the model has a wish.
   */
  constructor(
    readonly name: string,
    readonly entry: ModelEntry | undefined,
    private readonly coder: EntropyModel<AnyChunk>,
    readonly files?: PackageFiles,
    readonly chunkTokens?: number,
  ) {}

  /** Bytes that the model takes in the header of a file. */
  get entryBytes(): number {
    const writer = new ByteWriter();
    if (this.entry) writeModel(writer, this.entry);
    return writer.finish().length;
  }

  /**
   * The payloads of chunks. What was coded before, of the same items, is kept.
   *
   * @param alone Whether these are all the chunks of the file.
   */
  async encode(
    chunks: readonly PlannedChunk[],
    alone: boolean,
    options: CodingOptions,
  ): Promise<Uint8Array[]> {
    const missing = chunks.filter((chunk) => !this.#payloads.has(keyOf(chunk)));
    const contents = missing.map(({ parts }) => kindOf(parts[0].latents).chunkOf(parts));
    const coded = await this.#encode(contents, alone && chunks.length === 1, options);
    for (let i = 0; i < missing.length; i++) this.#payloads.set(keyOf(missing[i]), coded[i]);
    return chunks.map((chunk) => this.#payloads.get(keyOf(chunk)) as Uint8Array);
  }

  async #encode(
    contents: readonly AnyChunk[],
    alone: boolean,
    options: CodingOptions,
  ): Promise<Uint8Array[]> {
    if (contents.length === 0) return [];
    // Several chunks keep all threads busy by themselves.
    if (!alone || !this.coder.encodeProven) return this.coder.encode(contents, options);
    this.proven = await this.coder.encodeProven(contents[0], options);
    return [this.proven.payload];
  }
}

function keyOf({ parts }: PlannedChunk): string {
  return parts.map(({ item, firstToken, tokens }) => `${item}:${firstToken}+${tokens}`).join();
}

/** The models to try on the items of each kind: one, or two of which the better is kept. */
export class Candidates {
  readonly #ofKind = new Map<string, Promise<readonly Candidate[]>>();
  readonly #defaultOf = new Map<ExactCodec, Promise<PackagedModel | undefined>>();

  /**
   * @param defaults Whether exact models are tried beside the adaptive ones.
   * @param named The model that the user names: it is tried alone.
   */
  private constructor(
    private readonly models: ModelProvider,
    private readonly defaults: boolean,
    private readonly named: PackagedModel | undefined,
  ) {}

  /**
   * Chooses by the user's wish: `auto`, `adaptive` or a model by name. An exact model of `auto` is opened only if
   * there is an item of its codec type.
   *
   * @param items Of all items.
   * @throws LlmcError `model-missing`, `model-invalid`; `argument`, also where a model that is named serves no item.
   */
  static async open(
    models: ModelProvider,
    wish: string,
    items: readonly CodecParameters[],
  ): Promise<Candidates> {
    if (wish === 'adaptive') return new Candidates(models, false, undefined);
    if (wish === 'auto') return new Candidates(models, true, undefined);
    const named = await models.openNamed(wish);
    // What has no latents needs no model, but a folder may hold it beside what does.
    if (items.every(({ codec }) => codec === 'raw')) return new Candidates(models, false, undefined);
    if (!items.some((parameters) => serves(named, parameters))) {
      const { arrangement } = named.package;
      const codecs = [...new Set(items.map(({ codec }) => codec))].join(', ');
      const reason = items.some(({ codec }) => arrangementServes(arrangement, codec as CodecName))
        ? 'is of other codebooks'
        : `has arrangement ${arrangement}, which is not for ${codecs}`;
      throw new LlmcError('argument', `model ${named.id} ${reason}`);
    }
    return new Candidates(models, false, named);
  }

  /** The language model that was named, if one was: it may not reproduce itself on this machine. */
  get languageModel(): string | undefined {
    return this.named?.profile === 'float' ? this.named.id : undefined;
  }

  /** The candidates for an item: always the same array where the same models are tried. */
  async of(parameters: CodecParameters): Promise<readonly Candidate[]> {
    const { codec } = parameters;
    const packaged = this.named ?? (await this.#default(codec));
    const serving = packaged && serves(packaged, parameters) ? packaged : undefined;
    const kind = serving ? `${codec} ${serving.id}` : String(codec);
    let candidates = this.#ofKind.get(kind);
    if (candidates === undefined) {
      candidates = this.#open(codec, serving);
      this.#ofKind.set(kind, candidates);
    }
    return candidates;
  }

  async #open(
    codec: CodecParameters['codec'],
    packaged: PackagedModel | undefined,
  ): Promise<readonly Candidate[]> {
    if (codec === 'raw') return [new Candidate('raw', undefined, rawCoder)];
    if (packaged && this.named) return [packagedCandidate(packaged)];
    const entry = ADAPTIVE[codec];
    if (entry === undefined) throw new LlmcError('argument', `codec ${codec} needs a model (--model)`);
    const adaptive = new Candidate(String(entry.model), entry, await this.models.openEntry(entry));
    return packaged ? [adaptive, packagedCandidate(packaged)] : [adaptive];
  }

  /** The model of `auto` for a codec type. */
  #default(codec: CodecParameters['codec']): Promise<PackagedModel | undefined> {
    const latents = this.defaults ? EXACT[codec] : undefined;
    if (latents === undefined) return Promise.resolve(undefined);
    let opening = this.#defaultOf.get(latents);
    if (opening === undefined) {
      opening = this.models.openDefault(latents);
      this.#defaultOf.set(latents, opening);
    }
    return opening;
  }
}

/** Whether a model is for latents of an item. */
function serves(model: PackagedModel, parameters: CodecParameters): boolean {
  if (!arrangementServes(model.package.arrangement, parameters.codec as CodecName)) return false;
  if (model.profile === 'float' || model.package.arrangement === 'dct-wavefront') return true;
  return servesCodebooks(model.package.nets, indexGeometry(parameters).codebookSizes);
}

function packagedCandidate(model: PackagedModel): Candidate {
  const { id } = model;
  const fingerprint = model.package.fingerprint.slice(0, FINGERPRINT_BYTES);
  if (model.profile === 'exact') {
    const { arrangement, files } = model.package;
    return new Candidate(id, { profile: 'exact', arrangement, fingerprint, name: id }, model.coder, files);
  }
  const entry = { ...model.entry, fingerprint };
  const chunkTokens = entry.lanes * entry.contextLength;
  return new Candidate(id, entry, model.coderOf(entry), undefined, chunkTokens);
}

/**
 * The items that the second of two candidates codes smaller than the first: none unless that saves more than what
 * the second takes in the header. Items that share a chunk go together.
 *
 * @param results For each candidate, the payload of each chunk.
 */
export function itemsForSecond(
  planned: readonly PlannedChunk[],
  results: readonly (readonly Uint8Array[])[],
  entryBytes: number,
): Set<number> {
  // All chunks of an item, and all items of a chunk, have the same first item: no chunk shares only a part of one.
  const gains = new Map<number, number>();
  planned.forEach(({ parts }, i) => {
    const leader = parts[0].item;
    gains.set(leader, (gains.get(leader) ?? 0) + results[0][i].length - results[1][i].length);
  });
  const gained = [...gains.values()].reduce((sum, gain) => sum + Math.max(0, gain), 0);
  if (gained <= entryBytes) return new Set();
  return new Set(
    planned
      .filter(({ parts }) => (gains.get(parts[0].item) as number) > 0)
      .flatMap(({ parts }) => parts.map(({ item }) => item)),
  );
}
