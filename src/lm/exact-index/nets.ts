/** The nets of an exact index model as integers (spec/exact-index.md, 2), and the proof of their bounds. */

import { LlmcError } from '../../container/errors.js';
import {
  addLargest,
  CARRY_LIMIT,
  checkBound,
  checkLayer,
  checkTable,
  type Layer,
  sumBound,
  type Table,
  WIDTH_LIMIT,
} from '../exact/nets.js';
import type { Tensors } from '../exact/tensors.js';

/** Most entries of a codebook. */
const CODEBOOK_LIMIT = 16384;
/** Most layers. */
const LAYERS_LIMIT = 256;
/** Magnitude of an entry of `cell` and `own`: 256 of them sum to less than 2^24. */
const ENTRY_LIMIT = 65535;
/** Most frames before a frame that are seen. */
const FRAMES_LIMIT = 64;

/** Places (columns, rows) of the neighbours of a grid's index, nearest first. */
export const GRID_OFFSETS = [
  [-1, 0],
  [0, -1],
  [-1, -1],
  [1, -1],
  [-2, 0],
  [0, -2],
  [2, -1],
  [-2, -1],
  [-1, -2],
  [1, -2],
  [-3, 0],
  [0, -3],
] as const;
/** Binary logarithms of how many cells the running averages look back. */
export const AVERAGES = [3, 6] as const;

/** The nets, and what their shapes say. A cell is a frame of a stream with all its layers, or an index of a grid. */
export interface IndexNets {
  /** Whether cells are frames; else they are indices of grids. */
  readonly stream: boolean;
  /** Codebook size of each layer. */
  readonly codebooks: readonly number[];
  /** Row of the first entry of each layer in `cell`, `own` and `token_3`; at last, that of `outside` in `cell`. */
  readonly first: readonly number[];
  /** Neighbours (columns, rows) that a cell sees. */
  readonly offsets: readonly (readonly [number, number])[];
  readonly cell: Table;
  readonly own: Table;
  readonly context_1: Layer;
  readonly context_depth: Table;
  readonly context_2: Layer;
  readonly context_to_token: Layer;
  readonly token_1: Layer;
  readonly token_layer: Table;
  readonly token_2: Layer;
  readonly token_3: Layer;
}

/**
 * Takes the nets out of the tensors of a package, and checks them.
 *
 * @throws LlmcError `model-invalid`.
 */
export function indexNetsOf(tensors: Tensors, stream: boolean): IndexNets {
  const codebooks = [...tensors.list('index.codebooks')];
  const first = [0];
  for (const size of codebooks) first.push(first[first.length - 1] + size);
  const cell = tensors.table('index.cell');
  const context_1 = tensors.layer('index.context_1');
  const nets = {
    stream,
    codebooks,
    first,
    offsets: offsetsOf(context_1.inputs / cell.columns - AVERAGES.length, stream),
    cell,
    own: tensors.table('index.own'),
    context_1,
    context_depth: tensors.table('index.context_depth'),
    context_2: tensors.layer('index.context_2'),
    context_to_token: tensors.layer('index.context_to_token'),
    token_1: tensors.layer('index.token_1'),
    token_layer: tensors.table('index.token_layer'),
    token_2: tensors.layer('index.token_2'),
    token_3: tensors.layer('index.token_3'),
  };
  checkShapes(nets);
  checkBounds(nets);
  return nets;
}

/** The layer `token_3` of one layer of a cell: the rows of its codebook. */
export function headOf({ token_3, first }: IndexNets, layer: number): Layer {
  const { inputs, weight, bias, shift } = token_3;
  const [from, to] = [first[layer], first[layer + 1]];
  return {
    rows: to - from,
    inputs,
    weight: weight.subarray(from * inputs, to * inputs),
    bias: bias.subarray(from, to),
    shift: shift.subarray(from, to),
  };
}

function offsetsOf(count: number, stream: boolean): readonly (readonly [number, number])[] {
  const limit = stream ? FRAMES_LIMIT : GRID_OFFSETS.length;
  if (!Number.isInteger(count) || count < 1 || count > limit)
    throw invalid(`${count} neighbours, not 1 to ${limit}`);
  if (!stream) return GRID_OFFSETS.slice(0, count);
  return Array.from({ length: count }, (_, n) => [0, -1 - n] as const);
}

function checkShapes(nets: IndexNets): void {
  const { stream, codebooks, cell, own, context_1, context_2, token_1, token_2 } = nets;
  const layers = codebooks.length;
  const entries = nets.first[layers];
  if (layers > (stream ? LAYERS_LIMIT : 1)) throw invalid(`${layers} layers`);
  for (const size of codebooks) {
    if (size < 1 || size > CODEBOOK_LIMIT) throw invalid(`a codebook of ${size} entries`);
  }
  for (const [name, { rows }] of Object.entries({ context_1, context_2, token_1, token_2 })) {
    if (rows > WIDTH_LIMIT) throw invalid(`${name} has ${rows} rows`);
  }
  checkTable('cell', cell, entries + 1, cell.columns);
  checkTable('own', own, entries, own.columns);
  checkLayer('context_1', context_1, context_1.rows, context_1.inputs);
  checkTable('context_depth', nets.context_depth, layers, context_1.rows);
  checkLayer('context_2', context_2, context_2.rows, context_1.rows);
  checkLayer('context_to_token', nets.context_to_token, token_1.rows, context_2.rows);
  checkLayer('token_1', token_1, token_1.rows, own.columns);
  checkTable('token_layer', nets.token_layer, layers, token_1.rows);
  checkLayer('token_2', token_2, token_2.rows, token_1.rows);
  checkLayer('token_3', nets.token_3, entries, token_2.rows);
}

function checkBounds(nets: IndexNets): void {
  for (const { values } of [nets.cell, nets.own]) {
    if (values.some((value) => Math.abs(value) > ENTRY_LIMIT))
      throw invalid(`an entry beyond ${ENTRY_LIMIT}`);
  }
  const depths = new Float64Array(nets.context_1.rows);
  addLargest(depths, nets.context_depth);
  const added = new Float64Array(nets.token_1.rows).fill(CARRY_LIMIT);
  addLargest(added, nets.token_layer);
  checkBound('context_1', sumBound(nets.context_1, true, depths));
  checkBound('token_1', sumBound(nets.token_1, true, added));
  for (const name of ['context_2', 'context_to_token', 'token_2', 'token_3'] as const) {
    checkBound(name, sumBound(nets[name], false, new Float64Array(nets[name].rows)));
  }
}

function invalid(reason: string): LlmcError {
  return new LlmcError('model-invalid', `The model package is not valid: ${reason}.`);
}
