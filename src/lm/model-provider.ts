/**
 * Where the pipeline gets entropy models from. What differs between hosts - threads, devices, folders of packages -
 * is a `ModelHost`; model-provider-node.ts and browser.ts have one each.
 */

import { LlmcError } from '../container/errors.js';
import { formatFingerprint, matchesFingerprint } from '../container/fingerprint.js';
import type {
  AdaptiveModelEntry,
  ExactModelEntry,
  FloatModelEntry,
  ModelEntry,
} from '../container/header.js';
import { reasonOf } from '../container/reason.js';
import type { AdaptiveModelName, ArrangementName } from '../container/registry.js';
import type { AnyChunk, EntropyModel } from './entropy-model.js';
import type { DeviceChoice, ExactModel } from './exact/exact-model.js';
import {
  type ExactCodec,
  type ExactPackage,
  isExactArrangement,
  type PackageFiles,
  readExactPackage,
} from './exact/package.js';
import type { FloatModel } from './float/float-model.js';
import { type FloatPackage, isFloatArrangement } from './float/package.js';
import type { PackageStore } from './package-store.js';

/** A model with a package, open. */
export type PackagedModel = ExactModel | FloatModel;

/** Opens the models that a file's model table, or the encoder's user, asks for, and keeps them open. */
export interface ModelProvider {
  /**
   * The exact model to encode latents of a codec with, or undefined where there is none.
   *
   * @throws LlmcError `model-invalid`, `argument` (the device).
   */
  openDefault(codec: ExactCodec): Promise<ExactModel | undefined>;
  /**
   * The model that the user names.
   *
   * @throws LlmcError `model-missing`, `model-invalid`, `argument` (the device).
   */
  openNamed(name: string): Promise<PackagedModel>;
  /**
   * The model that an entry of a file's model table names, for chunks of the latents that its arrangement serves.
   *
   * @param embedded Gives the package that the file carries for this entry, if it does.
   * @throws LlmcError `profile-unknown`, `arrangement-unknown`, `model-unknown`, `model-missing`, `model-mismatch`,
   *   `model-invalid`.
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
  /** @param encodes Whether it is to encode, and to decode what it has encoded. */
  openExact(modelPackage: ExactPackage, encodes: boolean): Promise<ExactModel>;
  /**
   * Devices to try for a language model, in order.
   *
   * @param recorded The entry of the file to be decoded; none to encode.
   * @throws LlmcError `argument` where the one that was asked for has no floating point.
   */
  floatDevices(recorded?: FloatModelEntry): readonly DeviceChoice[];
  /**
   * Opens a language model in floating point.
   *
   * @param recorded As above.
   * @throws LlmcError `profile-unknown` where the host has no engine for it.
   */
  openFloat(
    modelPackage: FloatPackage,
    device: DeviceChoice,
    recorded?: FloatModelEntry,
  ): Promise<FloatModel>;
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
export function createModelProvider(host: ModelHost, given: readonly PackagedModel[] = []): ModelProvider {
  return new HostedModels(host, given);
}

class HostedModels implements ModelProvider {
  readonly #adaptive = new Map<AdaptiveModelName, EntropyModel<AnyChunk>>();
  readonly #exact = new Map<string, Promise<ExactModel>>();
  readonly #float = new Map<string, Promise<FloatModel>>();

  constructor(
    private readonly host: ModelHost,
    private readonly given: readonly PackagedModel[],
  ) {}

  async openDefault(codec: ExactCodec): Promise<ExactModel | undefined> {
    const known = this.given.filter(isExact).find((model) => model.package.manifest.codec === codec);
    if (known) return known;
    const found = await this.host.store.defaultPackage(codec);
    return found && this.#openExact(found, true);
  }

  async openNamed(name: string): Promise<PackagedModel> {
    const known = this.given.find(({ id }) => id === name);
    if (known) return known;
    const found = await this.host.store.namedPackage(name);
    return found.profile === 'exact' ? this.#openExact(found, true) : this.#openFloat(found);
  }

  async openEntry(
    entry: ModelEntry,
    embedded: () => Promise<PackageFiles | undefined> = async () => undefined,
  ): Promise<EntropyModel<AnyChunk>> {
    switch (entry.profile) {
      case 'adaptive':
        return this.#openAdaptive(entry);
      case 'exact':
        if (!isExactArrangement(entry.arrangement)) throw unfitArrangement(entry);
        return (await this.#openFingerprint(entry, embedded)).coder;
      case 'float':
        if (!isFloatArrangement(entry.arrangement)) throw unfitArrangement(entry);
        return (await this.#findFloat(entry)).coderOf(entry);
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
    { fingerprint, name, arrangement }: ExactModelEntry,
    embedded: () => Promise<PackageFiles | undefined>,
  ): Promise<ExactModel> {
    const serves = (candidate: ExactPackage) =>
      candidate.arrangement === arrangement && matchesFingerprint(candidate.fingerprint, fingerprint);
    for (const opened of this.#exact.values()) {
      const model = await opened.catch(() => undefined);
      if (model && serves(model.package)) return model;
    }
    const known = this.given.filter(isExact).find((model) => serves(model.package));
    if (known) return known;
    const found = await this.host.store.findPackage('exact', fingerprint, name);
    if (found && serves(found)) return this.#openExact(found, false);
    let inFile = 'the file, which embeds none';
    try {
      const files = await embedded();
      if (files) {
        const own = await readExactPackage(files);
        if (serves(own)) return this.#openExact(own, false);
        inFile = 'the file, whose embedded model is another one';
      }
    } catch (error) {
      if (!(error instanceof LlmcError)) throw error;
      inFile = `the file, whose embedded model cannot be used (${error.message})`;
    }
    throw await this.#missing(fingerprint, name, inFile);
  }

  async #findFloat(entry: FloatModelEntry): Promise<FloatModel> {
    const { fingerprint, name } = entry;
    const serves = (model: PackagedModel): model is FloatModel =>
      model.profile === 'float' && matchesFingerprint(model.package.fingerprint, fingerprint);
    const known = this.given.find(serves);
    if (known) return known;
    const found =
      (await this.#openedPackage(serves)) ?? (await this.host.store.findPackage('float', fingerprint, name));
    if (found) return this.#openFloat(found, entry);
    throw await this.#missing(fingerprint, name);
  }

  async #missing(fingerprint: Uint8Array, name: string, ...further: readonly string[]): Promise<LlmcError> {
    const places = [...this.host.store.places, ...further].join(', ');
    const wanted = `${formatFingerprint(fingerprint)} (${name || 'unnamed'})`;
    const message = `no model with fingerprint ${wanted} was found in ${places}`;
    return new LlmcError('model-missing', [message, ...(await this.host.store.describe(name))].join('; '));
  }

  /** The package of a model that is open already, whose files need not be looked at again. */
  async #openedPackage(
    serves: (model: PackagedModel) => model is FloatModel,
  ): Promise<FloatPackage | undefined> {
    for (const opened of this.#float.values()) {
      const model = await opened.catch(() => undefined);
      if (model && serves(model)) return model.package;
    }
    return undefined;
  }

  /** Opens a model once a device, on the first of the devices that can be used. */
  async #openFloat(found: FloatPackage, recorded?: FloatModelEntry): Promise<FloatModel> {
    const failures: unknown[] = [];
    for (const device of this.host.floatDevices(recorded)) {
      const key = `${formatFingerprint(found.fingerprint)} ${device}`;
      const opening = this.#float.get(key) ?? this.host.openFloat(found, device, recorded);
      this.#float.set(key, opening);
      try {
        return await opening;
      } catch (error) {
        failures.push(error);
      }
    }
    throw joined(failures);
  }

  #openExact(found: ExactPackage, encodes: boolean): Promise<ExactModel> {
    const key = formatFingerprint(found.fingerprint);
    let opening = this.#exact.get(key);
    if (opening === undefined) {
      opening = this.host.openExact(found, encodes);
      this.#exact.set(key, opening);
    }
    return opening;
  }

  async close(): Promise<void> {
    for (const model of this.#adaptive.values()) await model.close();
    this.#adaptive.clear();
    for (const opened of [...this.#exact.values(), ...this.#float.values()]) {
      await opened.then(
        (model: PackagedModel) => model.close(),
        // A model that did not open has nothing to close.
        () => undefined,
      );
    }
    this.#exact.clear();
    this.#float.clear();
  }
}

function expectArrangement(entry: ModelEntry, ...arrangements: readonly ArrangementName[]): void {
  if (!arrangements.some((arrangement) => arrangement === entry.arrangement)) {
    throw unfitArrangement(entry);
  }
}

function unfitArrangement({ arrangement, profile }: ModelEntry): LlmcError {
  return new LlmcError(
    'arrangement-unknown',
    `arrangement ${arrangement} is not for models of profile ${profile}`,
  );
}

/** What opening a model on one device after another came to: the last error, which tells of the ones before it too. */
function joined(failures: readonly unknown[]): unknown {
  const last = failures.at(-1);
  const reasons = [...new Set(failures.map(reasonOf))];
  if (reasons.length < 2 || !(last instanceof LlmcError)) return last;
  return new LlmcError(last.code, reasons.join('; then '), { cause: failures[0] });
}

function isExact(model: PackagedModel): model is ExactModel {
  return model.profile === 'exact';
}
