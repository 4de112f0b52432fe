/** The entropy models that an encoder tries on latents, and the choice among them. */

import { kindOf } from '../arrangement/registry.js';
import { rawCoder } from '../codecs/raw/index.js';
import { ByteWriter } from '../container/bytes.js';
import { LlmcError } from '../container/errors.js';
import type { AdaptiveModelEntry, ModelEntry } from '../container/header.js';
import { writeModel } from '../container/model-parameters.js';
import type { CodecParameters } from '../container/parameters.js';
import { arrangementServes, type CodecName } from '../container/registry.js';
import type { AnyChunk, CodingOptions, EntropyModel, Proven } from '../lm/entropy-model.js';
import type { PackageFiles } from '../lm/exact/package.js';
import type { ModelProvider, PackagedModel } from '../lm/model-provider.js';
import type { PlannedChunk } from './chunk-plan.js';

/**
 * Leading bytes of a fingerprint that the encoder writes: whoever would pass off another package must make 2^128
 * attempts.
 */
const FINGERPRINT_BYTES = 16;

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

/** The models to try on the items of each codec type: one, or two of which the better is kept. */
export class Candidates {
  readonly #ofCodec = new Map<CodecParameters['codec'], Promise<readonly Candidate[]>>();

  /** @param packaged A model to try; `alone` keeps the adaptive one from being tried too. */
  private constructor(
    private readonly models: ModelProvider,
    private readonly packaged: PackagedModel | undefined,
    private readonly alone: boolean,
  ) {}

  /**
   * Chooses by the user's wish: `auto`, `adaptive` or a model by name. The exact model of `auto` is opened only if
   * there is an item of one of its codec types.
   *
   * @throws LlmcError `model-missing`, `model-invalid`; `argument`, also where a model that is named serves no item.
   */
  static async open(
    models: ModelProvider,
    wish: string,
    codecs: readonly CodecParameters['codec'][],
  ): Promise<Candidates> {
    if (wish === 'adaptive') return new Candidates(models, undefined, false);
    if (wish === 'auto') {
      const useful = codecs.some((codec) => codec === 'jpeg' || codec === 'dct');
      return new Candidates(models, useful ? await models.openDefault() : undefined, false);
    }
    const named = await models.openNamed(wish);
    const { arrangement } = named.package;
    // What has no latents needs no model, but a folder may hold it beside what does.
    if (codecs.every((codec) => codec === 'raw')) return new Candidates(models, undefined, true);
    if (!codecs.some((codec) => arrangementServes(arrangement, codec as CodecName))) {
      const message = `model ${named.id} has arrangement ${arrangement}, which is not for ${codecs.join(', ')}`;
      throw new LlmcError('argument', message);
    }
    return new Candidates(models, named, true);
  }

  /** The language model that was named, if one was: it may not reproduce itself on this machine. */
  get languageModel(): string | undefined {
    return this.packaged?.profile === 'float' ? this.packaged.id : undefined;
  }

  /** The candidates for a codec type: always the same array for the same one. */
  of(codec: CodecParameters['codec']): Promise<readonly Candidate[]> {
    let candidates = this.#ofCodec.get(codec);
    if (candidates === undefined) {
      candidates = this.#open(codec);
      this.#ofCodec.set(codec, candidates);
    }
    return candidates;
  }

  async #open(codec: CodecParameters['codec']): Promise<readonly Candidate[]> {
    const { packaged, alone } = this;
    const entry = ADAPTIVE[codec];
    if (codec === 'raw') return [new Candidate('raw', undefined, rawCoder)];
    const serves = packaged && arrangementServes(packaged.package.arrangement, codec as CodecName);
    if (serves && alone) return [packagedCandidate(packaged)];
    if (entry === undefined) throw new LlmcError('argument', `codec ${codec} needs a model (--model)`);
    const adaptive = new Candidate(String(entry.model), entry, await this.models.openEntry(entry));
    return serves ? [adaptive, packagedCandidate(packaged)] : [adaptive];
  }
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
