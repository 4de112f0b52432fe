/** The weights of a package of profile `exact`: integer tensors in a safetensors file (spec/model-package.md, 3 and 4). */

import { concatenate } from '../../container/bytes.js';
import { sha256 } from '../../container/digest.js';
import { LOGIT_UNITS } from '../../entropy/frequencies.js';
import { invalidPackage, isRecord, MANIFEST_BYTES_LIMIT } from '../manifest.js';
import type { Layer, Table } from './nets.js';

/** Name of the file of a package's weights. */
export const WEIGHTS_FILE = 'weights.safetensors';

/** Most rows of a tensor: entries of codebooks. Most columns are WIDTH_LIMIT. */
const ROWS_LIMIT = 2 ** 18;
const COLUMNS_LIMIT = 4096;

interface Tensor {
  readonly type: 'I8' | 'I32';
  readonly shape: readonly number[];
  readonly data: Uint8Array;
}

/** The tensors of a file, of which an arrangement takes those that it knows. */
export class Tensors {
  private readonly tensors: ReadonlyMap<string, Tensor>;
  private readonly taken = new Set<string>();

  /** @throws LlmcError `model-invalid`. */
  constructor(file: Uint8Array) {
    this.tensors = parseSafetensors(file);
  }

  /**
   * The layer of this name: weights, bias and shifts.
   *
   * @throws LlmcError `model-invalid`.
   */
  layer(name: string): Layer {
    const weight = this.take(`${name}.weight`, 'I8', 2);
    const [rows, inputs] = weight.shape;
    const bias = this.take(`${name}.bias`, 'I32', 1);
    const shift = this.take(`${name}.shift`, 'I8', 1);
    if (bias.shape[0] !== rows || shift.shape[0] !== rows)
      throw invalidPackage(`${name} has rows of different number`);
    return { rows, inputs, weight: int8(weight), bias: int32(bias), shift: int8(shift) };
  }

  /**
   * The table of this name.
   *
   * @throws LlmcError `model-invalid`.
   */
  table(name: string): Table {
    const table = this.take(name, 'I32', 2);
    return { rows: table.shape[0], columns: table.shape[1], values: int32(table) };
  }

  /**
   * The list of integers of this name.
   *
   * @throws LlmcError `model-invalid`.
   */
  list(name: string): Int32Array {
    return int32(this.take(name, 'I32', 1));
  }

  /**
   * Ends the taking.
   *
   * @throws LlmcError `model-invalid` where tensors are left.
   */
  expectAllTaken(): void {
    if (this.taken.size !== this.tensors.size)
      throw invalidPackage(`${WEIGHTS_FILE} has tensors that no net uses`);
  }

  /**
   * SHA-256 of the canonical form: a first line that names what the integers mean, then each tensor in the order of
   * its name, as a line of name, type and dimensions and the little-endian integers.
   */
  async fingerprint(arrangement: string): Promise<Uint8Array> {
    const encoder = new TextEncoder();
    const parts: Uint8Array[] = [encoder.encode(`llmc exact ${arrangement} ${LOGIT_UNITS}\n`)];
    for (const name of [...this.tensors.keys()].sort((a, b) => (a < b ? -1 : 1))) {
      const { type, shape, data } = this.tensors.get(name) as Tensor;
      parts.push(encoder.encode(`${name} ${type} ${shape.join('x')}\n`), data);
    }
    return sha256(concatenate(parts));
  }

  private take(name: string, type: Tensor['type'], dimensions: number): Tensor {
    const tensor = this.tensors.get(name);
    if (tensor?.type !== type || tensor.shape.length !== dimensions) {
      throw invalidPackage(`there is no tensor ${name} of type ${type} and ${dimensions} dimensions`);
    }
    this.taken.add(name);
    return tensor;
  }
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
  if (!dimensionsFit || shape.some((n, i) => n < 1 || n > (i === 0 ? ROWS_LIMIT : COLUMNS_LIMIT)))
    throw invalidPackage(`tensor ${name} has a bad shape`);
  if (!isIntegers(offsets) || offsets.length !== 2) throw invalidPackage(`tensor ${name} has no offsets`);
  const [from, to] = offsets;
  const size = shape.reduce((product, n) => product * n, dtype === 'I8' ? 1 : 4);
  if (from < 0 || to > data.length || to - from !== size)
    throw invalidPackage(`tensor ${name} has bad offsets`);
  return { type: dtype, shape, data: data.subarray(from, to) };
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

function isIntegers(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n));
}
