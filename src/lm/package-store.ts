/** Where model packages are found, by name or by fingerprint. */

import type { ExactCodec, ExactPackage } from './exact/package.js';
import type { FloatPackage } from './float/package.js';

/** A package of either profile. */
export type ModelPackage = ExactPackage | FloatPackage;

/** Packages at hand. A package that is not valid is passed over. */
export interface PackageStore {
  /** The package that encodes latents of a codec unless another is asked for. */
  defaultPackage(codec: ExactCodec): Promise<ExactPackage | undefined>;
  /**
   * The package that a person names: by identifier, by name (then its highest version), by the first digits of
   * its fingerprint, or by its folder.
   *
   * @throws LlmcError `model-missing`, with the places; `model-invalid` where it is a folder.
   */
  namedPackage(name: string): Promise<ModelPackage>;
  /** The package of a profile whose fingerprint begins so; `id` is what it is probably called. */
  findPackage<Profile extends ModelPackage['profile']>(
    profile: Profile,
    fingerprint: Uint8Array,
    id: string,
  ): Promise<Extract<ModelPackage, { profile: Profile }> | undefined>;
  /**
   * Of each package of an identifier or name, for people who miss a sound one or one of other weights: where it is,
   * and its fingerprint or why it cannot be used.
   */
  describe(name: string): Promise<string[]>;
  /** Where packages are looked for, in order, each as a phrase for people. */
  readonly places: readonly string[];
}
