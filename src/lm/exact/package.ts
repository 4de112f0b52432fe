/** Model packages of profile `exact` (spec/model-package.md): reading, checking, fingerprint. */

import { formatHex } from '../../container/bytes.js';
import { sha256 } from '../../container/digest.js';
import { LlmcError } from '../../container/errors.js';
import { LOGIT_UNITS } from '../../entropy/frequencies.js';
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
  WIDTH_LIMIT,
} from './nets.js';

/** Name of the file of its weights. */
export const WEIGHTS_FILE = 'weights.safetensors';

/** Most bytes of weights that are read. */
export const WEIGHTS_BYTES_LIMIT = 2 ** 26;

const ARRANGEMENT = 'dct-wavefront';

/** The files of a package. */
export interface PackageFiles {
  readonly manifest: Uint8Array;
  readonly weights: Uint8Array;
}

/** A package that has been checked: any engine may evaluate it. */
export interface ExactPackage {
  readonly profile: 'exact';
  /** Identifier: name, hyphen, version, such as `dct-photo-1`. It is fit to be a folder's name. */
  readonly id: string;
  readonly arrangement: typeof ARRANGEMENT;
  /** SHA-256 of the canonical form, 32 bytes. */
  readonly fingerprint: Uint8Array;
  /** Nets of luma and of chroma. */
  readonly classes: readonly [Nets, Nets];
  /** Hash of the right answers to the self-test, if the package has it: 64 hexadecimal digits, not to be trusted. */
  readonly selfTest: string | undefined;
  /** The whole manifest, for display. */
  readonly manifest: Manifest;
  readonly files: PackageFiles;
}

interface Tensor {
  readonly type: 'I8' | 'I32';
  readonly shape: readonly number[];
  readonly data: Uint8Array;
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
  expectExact(manifest);
  await checkFileHash(manifest, files.weights);
  const tensors = parseSafetensors(files.weights);
  const classes = [netsOf(tensors, 0), netsOf(tensors, 1)] as const;
  if (tensors.size !== 2 * (3 * LAYER_NAMES.length + TABLE_NAMES.length)) {
    throw invalidPackage(`${WEIGHTS_FILE} has tensors that no net uses`);
  }
  return {
    profile: 'exact',
    id: packageId(manifest),
    arrangement: ARRANGEMENT,
    fingerprint: await fingerprintOf(tensors),
    classes,
    selfTest: manifest.selfTest as string | undefined,
    manifest,
    files,
  };
}

function expectExact(manifest: Manifest): void {
  expectValue(manifest.profile, 'exact', 'profile');
  expectValue(manifest.codec, 'dct', 'codec');
  expectValue(manifest.arrangement, ARRANGEMENT, 'arrangement');
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

/** The tensors of a safetensors file, by name: integers of 8 and 32 bits alone. */
function parseSafetensors(bytes: Uint8Array): Map<string, Tensor> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8 || view.getUint32(4, true) !== 0)
    throw invalidPackage(`${WEIGHTS_FILE} is not safetensors`);
  const start = 8 + view.getUint32(0, true);
  if (start > bytes.length || start > MANIFEST_BYTES_LIMIT)
    throw invalidPackage(`${WEIGHTS_FILE} is not safetensors`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)));
  } catch (cause) {
    throw invalidPackage(`${WEIGHTS_FILE} is not safetensors`, cause);
  }
  if (!isRecord(header)) throw invalidPackage(`${WEIGHTS_FILE} is not safetensors`);
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    tensors.set(name, parseTensor(name, entry, bytes.subarray(start)));
  }
  return tensors;
}

function parseTensor(name: string, entry: unknown, data: Uint8Array): Tensor {
  if (!isRecord(entry)) throw invalidPackage(`tensor ${name} is not described`);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (dtype !== 'I8' && dtype !== 'I32') throw invalidPackage(`tensor ${name} is not of type I8 or I32`);
  const dimensionsFit = isIntegers(shape) && shape.length >= 1 && shape.length <= 2;
  if (!dimensionsFit || shape.some((n) => n < 1 || n > WIDTH_LIMIT))
    throw invalidPackage(`tensor ${name} has a bad shape`);
  if (!isIntegers(offsets) || offsets.length !== 2) throw invalidPackage(`tensor ${name} has no offsets`);
  const [from, to] = offsets;
  const size = shape.reduce((product, n) => product * n, dtype === 'I8' ? 1 : 4);
  if (from < 0 || to > data.length || to - from !== size)
    throw invalidPackage(`tensor ${name} has bad offsets`);
  return { type: dtype, shape, data: data.subarray(from, to) };
}

function netsOf(tensors: ReadonlyMap<string, Tensor>, kind: 0 | 1): Nets {
  const nets: Record<string, Layer | Table> = {};
  for (const name of LAYER_NAMES) {
    const weight = take(tensors, `${CLASS_NAMES[kind]}.${name}.weight`, 'I8', 2);
    const [rows, inputs] = weight.shape;
    const bias = take(tensors, `${CLASS_NAMES[kind]}.${name}.bias`, 'I32', 1);
    const shift = take(tensors, `${CLASS_NAMES[kind]}.${name}.shift`, 'I8', 1);
    if (bias.shape[0] !== rows || shift.shape[0] !== rows)
      throw invalidPackage(`${name} has rows of different number`);
    nets[name] = { rows, inputs, weight: int8(weight), bias: int32(bias), shift: int8(shift) };
  }
  for (const name of TABLE_NAMES) {
    const table = take(tensors, `${CLASS_NAMES[kind]}.${name}`, 'I32', 2);
    nets[name] = { rows: table.shape[0], columns: table.shape[1], values: int32(table) };
  }
  const complete = nets as unknown as Nets;
  checkNets(complete, kind);
  return complete;
}

function take(
  tensors: ReadonlyMap<string, Tensor>,
  name: string,
  type: Tensor['type'],
  dimensions: number,
): Tensor {
  const tensor = tensors.get(name);
  if (tensor?.type !== type || tensor.shape.length !== dimensions) {
    throw invalidPackage(`there is no tensor ${name} of type ${type} and ${dimensions} dimensions`);
  }
  return tensor;
}

function int8({ data }: Tensor): Int8Array {
  return new Int8Array(data.buffer, data.byteOffset, data.length);
}

function int32({ data }: Tensor): Int32Array {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const values = new Int32Array(data.length >> 2);
  for (let i = 0; i < values.length; i++) values[i] = view.getInt32(4 * i, true);
  return values;
}

/**
 * SHA-256 of the canonical form: a first line that names what the integers mean, then each tensor in the order of
 * its name, as a line of name, type and dimensions and the little-endian integers.
 */
async function fingerprintOf(tensors: ReadonlyMap<string, Tensor>): Promise<Uint8Array> {
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [encoder.encode(`llmc exact ${ARRANGEMENT} ${LOGIT_UNITS}\n`)];
  for (const name of [...tensors.keys()].sort((a, b) => (a < b ? -1 : 1))) {
    const { type, shape, data } = tensors.get(name) as Tensor;
    parts.push(encoder.encode(`${name} ${type} ${shape.join('x')}\n`), data);
  }
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return sha256(whole);
}

function isIntegers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n));
}
