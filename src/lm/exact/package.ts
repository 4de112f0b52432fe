/** Model packages of profile `exact` (spec/model-package.md): reading, checking, fingerprint. */

import { formatHex } from '../../container/bytes.js';
import { sha256 } from '../../container/digest.js';
import { LlmcError } from '../../container/errors.js';
import { LOGIT_UNITS } from '../../entropy/frequencies.js';
import { type IndexNets, indexNetsOf } from '../exact-index/nets.js';
import {
  invalidPackage,
  isRecord,
  MANIFEST_BYTES_LIMIT,
  type Manifest,
  packageId,
  parseManifest,
} from '../manifest.js';
import { FEATURE_LIMIT } from './layout.js';
import { CLASS_NAMES } from './net-graph.js';
import {
  ACTIVATION_LIMIT,
  CARRY_LIMIT,
  checkNets,
  LAYER_NAMES,
  type Layer,
  LOGIT_LIMIT,
  type Nets,
  TABLE_NAMES,
  type Table,
} from './nets.js';
import { Tensors, WEIGHTS_FILE } from './tensors.js';

export { WEIGHTS_FILE } from './tensors.js';

/** Most bytes of weights that are read. */
export const WEIGHTS_BYTES_LIMIT = 2 ** 26;

/** The files of a package. */
export interface PackageFiles {
  readonly manifest: Uint8Array;
  readonly weights: Uint8Array;
}

/** What packages of every arrangement have. */
interface CheckedPackage {
  readonly profile: 'exact';
  /** Identifier: name, hyphen, version, such as `dct-photo-1`. It is fit to be a folder's name. */
  readonly id: string;
  /** SHA-256 of the canonical form, 32 bytes. */
  readonly fingerprint: Uint8Array;
  /** Hash of the right answers to the self-test, if the package has it: 64 hexadecimal digits, not to be trusted. */
  readonly selfTest: string | undefined;
  /** The whole manifest, for display. */
  readonly manifest: Manifest;
  readonly files: PackageFiles;
}

/** A package for DCT coefficients. */
export interface ExactDctPackage extends CheckedPackage {
  readonly arrangement: 'dct-wavefront';
  /** Nets of luma and of chroma. */
  readonly classes: readonly [Nets, Nets];
}

/** A package for codebook indices. */
export interface ExactIndexPackage extends CheckedPackage {
  readonly arrangement: 'vq-raster' | 'rvq-frames';
  readonly nets: IndexNets;
}

/** A package that has been checked: any engine may evaluate it. */
export type ExactPackage = ExactDctPackage | ExactIndexPackage;

/** The codec that the manifest of a package of each arrangement names. */
const CODECS = { 'dct-wavefront': 'dct', 'vq-raster': 'vq', 'rvq-frames': 'rvq' } as const;
/** The latents that a package is for. */
export type ExactCodec = (typeof CODECS)[keyof typeof CODECS];

/** Whether models of profile `exact` have an arrangement. */
export function isExactArrangement(arrangement: unknown): arrangement is keyof typeof CODECS {
  return typeof arrangement === 'string' && Object.hasOwn(CODECS, arrangement);
}

/**
 * Reads a package, which may come from anyone: shapes, sizes and the bounds of all sums are checked.
 *
 * @throws LlmcError `model-invalid`, `limit`.
 */
export async function readExactPackage(files: PackageFiles): Promise<ExactPackage> {
  if (files.manifest.length > MANIFEST_BYTES_LIMIT || files.weights.length > WEIGHTS_BYTES_LIMIT) {
    throw new LlmcError('limit', 'The model package is larger than this decoder allows.');
  }
  const manifest = parseManifest(files.manifest);
  const arrangement = expectExact(manifest);
  await checkFileHash(manifest, files.weights);
  const tensors = new Tensors(files.weights);
  const common = {
    profile: 'exact',
    id: packageId(manifest),
    fingerprint: await tensors.fingerprint(arrangement),
    selfTest: manifest.selfTest as string | undefined,
    manifest,
    files,
  } as const;
  if (arrangement === 'dct-wavefront') {
    const classes = [netsOf(tensors, 0), netsOf(tensors, 1)] as const;
    tensors.expectAllTaken();
    return { ...common, arrangement, classes };
  }
  const nets = indexNetsOf(tensors, arrangement === 'rvq-frames');
  tensors.expectAllTaken();
  return { ...common, arrangement, nets };
}

function expectExact(manifest: Manifest): keyof typeof CODECS {
  expectValue(manifest.profile, 'exact', 'profile');
  const { arrangement } = manifest;
  if (!isExactArrangement(arrangement))
    throw invalidPackage(`arrangement ${JSON.stringify(arrangement)} has no exact models`);
  expectValue(manifest.codec, CODECS[arrangement], 'codec');
  expectValue(manifest.logitsABit, LOGIT_UNITS, 'logitsABit');
  const { selfTest } = manifest;
  if (selfTest !== undefined && !(typeof selfTest === 'string' && /^[0-9a-f]{64}$/.test(selfTest))) {
    throw invalidPackage('selfTest is not a hash');
  }
  const limits = isRecord(manifest.limits) ? manifest.limits : {};
  expectValue(limits.feature, FEATURE_LIMIT, 'limits.feature');
  expectValue(limits.activation, ACTIVATION_LIMIT, 'limits.activation');
  expectValue(limits.carry, CARRY_LIMIT, 'limits.carry');
  expectValue(limits.logit, LOGIT_LIMIT, 'limits.logit');
  return arrangement;
}

function expectValue(found: unknown, expected: string | number, name: string): void {
  if (found !== expected)
    throw invalidPackage(`${name} is ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
}

async function checkFileHash(manifest: Manifest, weights: Uint8Array): Promise<void> {
  const files = isRecord(manifest.files) ? manifest.files : {};
  const entry = files[WEIGHTS_FILE];
  if (!isRecord(entry)) throw invalidPackage(`the manifest does not list ${WEIGHTS_FILE}`);
  if (entry.bytes !== weights.length)
    throw invalidPackage(`${WEIGHTS_FILE} has not the length that the manifest says`);
  if (entry.sha256 !== formatHex(await sha256(weights)))
    throw invalidPackage(`${WEIGHTS_FILE} has not the SHA-256 that the manifest says`);
}

function netsOf(tensors: Tensors, kind: 0 | 1): Nets {
  const nets: Record<string, Layer | Table> = {};
  for (const name of LAYER_NAMES) nets[name] = tensors.layer(`${CLASS_NAMES[kind]}.${name}`);
  for (const name of TABLE_NAMES) nets[name] = tensors.table(`${CLASS_NAMES[kind]}.${name}`);
  const complete = nets as unknown as Nets;
  checkNets(complete, kind);
  return complete;
}
