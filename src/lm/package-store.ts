/** Where model packages are found, by name or by fingerprint. */

import type { ExactPackage } from './package.js';

/** Packages at hand. A package that is not valid is passed over. */
export interface PackageStore {
  /** The package that encodes DCT latents unless another is asked for. */
  defaultPackage(): Promise<ExactPackage | undefined>;
  /**
   * The package that a person names: by identifier, by name (then its highest version), by the first digits of
   * its fingerprint, or by its folder.
   *
   * @throws LlmcError `model-missing`, with the places; `model-invalid` where it is a folder.
   */
  namedPackage(name: string): Promise<ExactPackage>;
  /** The package whose fingerprint begins so; `id` is what it is probably called. */
  findPackage(fingerprint: Uint8Array, id: string): Promise<ExactPackage | undefined>;
  /** Where packages are looked for, in order, each as a phrase for people. */
  readonly places: readonly string[];
}
