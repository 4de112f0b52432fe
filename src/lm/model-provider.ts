/**
 * Where the pipeline gets entropy models from. What differs between hosts - threads, devices, folders of packages -
 * is a `ModelHost`; model-provider-node.ts and browser.ts have one each.
 */

import { LlmcError } from '../container/errors.js';
import { formatFingerprint, matchesFingerprint } from '../container/fingerprint.js';
import type { AdaptiveModelEntry, ExactModelEntry, ModelEntry } from '../container/header.js';
import type { AdaptiveModelName, ArrangementName } from '../container/registry.js';
import type { AnyChunk, EntropyModel } from './entropy-model.js';
import type { ExactModel } from './exact/exact-model.js';
import { type ExactPackage, type PackageFiles, readExactPackage } from './exact/package.js';
import type { PackageStore } from './exact/package-store.js';

/** Opens the models that a file's model table, or the encoder's user, asks for, and keeps them open. */
export interface ModelProvider {
  /**
   * The exact model that the user names; without a name the one to encode with, or undefined where there is none.
   *
   * @throws LlmcError `model-missing`, `model-invalid`, `argument` (the device).
   */
  openExact(name?: string): Promise<ExactModel | undefined>;
  /**
   * The model that an entry of a file's model table names, for chunks of the latents that its arrangement serves.
   *
   * @param embedded Gives the package that the file carries for this entry, if it does.
   * @throws LlmcError `profile-unknown`, `arrangement-unknown`, `model-unknown`, `model-missing`, `model-invalid`.
   */
  openEntry(
    entry: ModelEntry,
    embedded?: () => Promise<PackageFiles | undefined>,
  ): Promise<EntropyModel<AnyChunk>>;
  /** Closes all that it opened. */
  close(): Promise<void>;
}

/** What differs between hosts. */
export interface ModelHost {
  createAdaptive(name: AdaptiveModelName): EntropyModel<AnyChunk>;
  openExact(modelPackage: ExactPackage): Promise<ExactModel>;
  readonly store: PackageStore;
}

/** The arrangements that each adaptive model has. */
const ADAPTIVE_ARRANGEMENTS: Readonly<Record<AdaptiveModelName, readonly ArrangementName[]>> = {
  'adaptive-dct-1': ['dct-blocks'],
  'adaptive-index-1': ['vq-raster', 'rvq-frames'],
};

/**
 * A provider over a host.
 *
 * @param given Models that the caller has open: they are preferred, and stay open.
 */
export function createModelProvider(host: ModelHost, given: readonly ExactModel[] = []): ModelProvider {
  return new HostedModels(host, given);
}

class HostedModels implements ModelProvider {
  readonly #adaptive = new Map<AdaptiveModelName, EntropyModel<AnyChunk>>();
  readonly #exact = new Map<string, Promise<ExactModel>>();

  constructor(
    private readonly host: ModelHost,
    private readonly given: readonly ExactModel[],
  ) {}

  async openExact(name?: string): Promise<ExactModel | undefined> {
    const known = this.given.find((model) => name === undefined || model.id === name);
    if (known) return known;
    const { store } = this.host;
    const found = name === undefined ? await store.defaultPackage() : await store.namedPackage(name);
    return found && this.#open(found);
  }

  async openEntry(
    entry: ModelEntry,
    embedded: () => Promise<PackageFiles | undefined> = async () => undefined,
  ): Promise<EntropyModel<AnyChunk>> {
    switch (entry.profile) {
      case 'adaptive':
        return this.#openAdaptive(entry);
      case 'exact':
        expectArrangement(entry, 'dct-wavefront');
        return (await this.#openFingerprint(entry, embedded)).coder;
      default:
        throw new LlmcError('profile-unknown', `numeric profile ${entry.profile} has no engine here`);
    }
  }

  #openAdaptive(entry: AdaptiveModelEntry): EntropyModel<AnyChunk> {
    const { model: name } = entry;
    if (typeof name === 'number') throw new LlmcError('model-unknown', `adaptive model ${name} is not known`);
    expectArrangement(entry, ...ADAPTIVE_ARRANGEMENTS[name]);
    let model = this.#adaptive.get(name);
    if (model === undefined) {
      model = this.host.createAdaptive(name);
      this.#adaptive.set(name, model);
    }
    return model;
  }

  async #openFingerprint(
    { fingerprint, name }: ExactModelEntry,
    embedded: () => Promise<PackageFiles | undefined>,
  ): Promise<ExactModel> {
    const serves = (candidate: ExactPackage) => matchesFingerprint(candidate.fingerprint, fingerprint);
    for (const opened of this.#exact.values()) {
      const model = await opened.catch(() => undefined);
      if (model && serves(model.package)) return model;
    }
    const known = this.given.find((model) => serves(model.package));
    if (known) return known;
    const found = await this.host.store.findPackage(fingerprint, name);
    if (found) return this.#open(found);
    let inFile = 'the file, which embeds none';
    try {
      const files = await embedded();
      if (files) {
        const own = await readExactPackage(files);
        if (serves(own)) return this.#open(own);
        inFile = 'the file, whose embedded model is another one';
      }
    } catch (error) {
      if (!(error instanceof LlmcError)) throw error;
      inFile = `the file, whose embedded model cannot be used (${error.message})`;
    }
    const places = [...this.host.store.places, inFile].join(', ');
    const wanted = `${formatFingerprint(fingerprint)} (${name || 'unnamed'})`;
    throw new LlmcError('model-missing', `no model with fingerprint ${wanted} was found in ${places}`);
  }

  #open(found: ExactPackage): Promise<ExactModel> {
    const key = formatFingerprint(found.fingerprint);
    let opening = this.#exact.get(key);
    if (opening === undefined) {
      opening = this.host.openExact(found);
      this.#exact.set(key, opening);
    }
    return opening;
  }

  async close(): Promise<void> {
    for (const model of this.#adaptive.values()) await model.close();
    this.#adaptive.clear();
    for (const opened of this.#exact.values()) {
      await opened.then(
        (model) => model.close(),
        // A model that did not open has nothing to close.
        () => undefined,
      );
    }
    this.#exact.clear();
  }
}

function expectArrangement(entry: ModelEntry, ...arrangements: readonly ArrangementName[]): void {
  if (!arrangements.some((arrangement) => arrangement === entry.arrangement)) {
    const message = `arrangement ${entry.arrangement} is not for models of profile ${entry.profile}`;
    throw new LlmcError('arrangement-unknown', message);
  }
}
