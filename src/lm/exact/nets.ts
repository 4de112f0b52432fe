/** The nets of the exact DCT model as integers (spec/exact-dct.md, "Nets"), and the proof of their bounds. */

import { LlmcError } from '../../container/errors.js';
import {
  COEFFICIENT_INPUTS,
  CONTEXT_INPUTS,
  FEATURE_LIMIT,
  GROUP_INPUTS,
  GROUPS,
  LAST_SYMBOLS,
  SYMBOLS,
} from './layout.js';

/** Sums below this magnitude are exact in binary32. */
export const EXACT_LIMIT = 2 ** 24;
/** Hidden units are in 0..ACTIVATION_LIMIT. */
export const ACTIVATION_LIMIT = 1023;
/** Magnitude of what one net hands to the next. */
export const CARRY_LIMIT = 2 ** 17;
/** Magnitude of a logit. */
export const LOGIT_LIMIT = 2047;

/** What the outputs of a hidden layer, of one that is added to another's sums, and of logits are clipped to. */
export const HIDDEN_RANGE = [0, ACTIVATION_LIMIT] as const;
/** See `HIDDEN_RANGE`. */
export const CARRY_RANGE = [-CARRY_LIMIT, CARRY_LIMIT] as const;
/** See `HIDDEN_RANGE`. */
export const LOGIT_RANGE = [-LOGIT_LIMIT, LOGIT_LIMIT] as const;
/** Most units of a layer. */
export const WIDTH_LIMIT = 4096;
const SHIFT_LIMIT = 24;

/** sum = bias + weight x; the layer gives floor(sum / 2^shift), clipped. */
export interface Layer {
  readonly rows: number;
  readonly inputs: number;
  /** [rows][inputs]. */
  readonly weight: Int8Array;
  readonly bias: Int32Array;
  readonly shift: Int8Array;
}

/** Rows of integers that are added to the sums of a layer. */
export interface Table {
  readonly rows: number;
  readonly columns: number;
  readonly values: Int32Array;
}

/** The layers of the three nets of a class, by the names that their tensors have. */
export interface Nets {
  readonly context_1: Layer;
  readonly context_2: Layer;
  readonly last_1: Layer;
  readonly last_2: Layer;
  readonly context_to_group: Layer;
  readonly group_1: Layer;
  readonly group_index: Table;
  readonly group_last: Table;
  readonly group_2: Layer;
  readonly group_to_coefficient: Layer;
  readonly coefficient_1: Layer;
  readonly coefficient_index: Table;
  readonly coefficient_2: Layer;
  readonly coefficient_3: Layer;
}

/** Name of a layer. */
export type LayerName = {
  [Name in keyof Nets]: Nets[Name] extends Layer ? Name : never;
}[keyof Nets];
/** Name of a table. */
export type TableName = Exclude<keyof Nets, LayerName>;

/** Where a layer's inputs come from, in order of evaluation; `features` are in -255..255, the rest in 0..1023. */
export const LAYER_SOURCES: Readonly<Record<LayerName, LayerName | 'features'>> = {
  context_1: 'features',
  context_2: 'context_1',
  last_1: 'context_2',
  last_2: 'last_1',
  context_to_group: 'context_2',
  group_1: 'features',
  group_2: 'group_1',
  group_to_coefficient: 'group_2',
  coefficient_1: 'features',
  coefficient_2: 'coefficient_1',
  coefficient_3: 'coefficient_2',
};
/** The layers in order of evaluation. */
export const LAYER_NAMES = Object.keys(LAYER_SOURCES) as LayerName[];

/** The layer whose sums a table's rows are added to, and how many rows it has. */
export const TABLES: Readonly<Record<TableName, { readonly layer: LayerName; readonly rows: number }>> = {
  group_index: { layer: 'group_1', rows: GROUPS },
  group_last: { layer: 'group_1', rows: LAST_SYMBOLS },
  coefficient_index: { layer: 'coefficient_1', rows: 64 },
};
/** The tables. */
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** The layer whose sums the output of another is added to. */
const CARRIES: Partial<Record<LayerName, LayerName>> = {
  context_to_group: 'group_1',
  group_to_coefficient: 'coefficient_1',
};

/** Range that a layer's output is clipped to. */
export function outputRange(layer: LayerName): readonly [number, number] {
  if (layer in CARRIES) return CARRY_RANGE;
  return layer === 'last_2' || layer === 'coefficient_3' ? LOGIT_RANGE : HIDDEN_RANGE;
}

/**
 * Checks the shapes of a class's nets, and proves that every partial sum of every layer is below 2^24 in
 * magnitude, in whatever order it is taken.
 *
 * @param kind LUMA or CHROMA.
 * @throws LlmcError `model-invalid`.
 */
export function checkNets(nets: Nets, kind: 0 | 1): void {
  const features: Partial<Record<LayerName, number>> = {
    context_1: CONTEXT_INPUTS[kind],
    group_1: GROUP_INPUTS,
    coefficient_1: COEFFICIENT_INPUTS[kind],
  };
  const outputs: Partial<Record<LayerName, number>> = { last_2: LAST_SYMBOLS, coefficient_3: SYMBOLS };
  for (const name of LAYER_NAMES) {
    const layer = nets[name];
    const source = LAYER_SOURCES[name];
    const inputs = source === 'features' ? (features[name] ?? 0) : nets[source].rows;
    const carriedTo = CARRIES[name];
    const rows = carriedTo ? nets[carriedTo].rows : (outputs[name] ?? layer.rows);
    checkLayer(name, layer, rows, inputs);
    if (rows < 1 || rows > WIDTH_LIMIT) throw invalid(`${name} has ${rows} rows`);
  }
  for (const name of TABLE_NAMES) {
    const { layer, rows } = TABLES[name];
    checkTable(name, nets[name], rows, nets[layer].rows);
  }
  for (const name of LAYER_NAMES) checkBound(name, boundOf(nets, name));
}

/** The largest magnitude that a partial sum of a layer can reach, over all its rows. */
function boundOf(nets: Nets, name: LayerName): number {
  const added = new Float64Array(nets[name].rows);
  if (Object.values(CARRIES).includes(name)) added.fill(CARRY_LIMIT);
  for (const tableName of TABLE_NAMES) {
    if (TABLES[tableName].layer === name) addLargest(added, nets[tableName]);
  }
  return sumBound(nets[name], LAYER_SOURCES[name] === 'features', added);
}

/**
 * The largest magnitude that a partial sum of a layer can reach, over all its rows (spec/exact-profile.md, 4).
 *
 * @param ofFeatures Whether its inputs are features; else they are activations.
 * @param added For each row, the largest magnitude of what is added to its sum.
 */
export function sumBound(
  { rows, inputs, weight, bias }: Layer,
  ofFeatures: boolean,
  added: Float64Array,
): number {
  let largest = 0;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    let magnitudes = 0;
    const end = (row + 1) * inputs;
    for (let i = row * inputs; i < end; i++) {
      sum += weight[i];
      magnitudes += Math.abs(weight[i]);
    }
    // Features have either sign; hidden units do not, and meet the positive or the negative weights alone.
    const products = ofFeatures
      ? FEATURE_LIMIT * magnitudes
      : (ACTIVATION_LIMIT * (magnitudes + Math.abs(sum))) / 2;
    largest = Math.max(largest, products + Math.abs(bias[row]) + added[row]);
  }
  return largest;
}

/** Adds to each row's bound the largest magnitude that a table can add to its sum. */
export function addLargest(bounds: Float64Array, { columns, values }: Table): void {
  const largest = new Float64Array(columns);
  for (let at = 0; at < values.length; at += columns) {
    for (let k = 0; k < columns; k++) largest[k] = Math.max(largest[k], Math.abs(values[at + k]));
  }
  for (let k = 0; k < columns; k++) bounds[k] += largest[k];
}

/**
 * Checks what holds for the layers of every arrangement.
 *
 * @throws LlmcError `model-invalid`.
 */
export function checkLayer(name: string, layer: Layer, rows: number, inputs: number): void {
  if (layer.inputs !== inputs || layer.rows !== rows) {
    throw invalid(`${name} is ${layer.rows} by ${layer.inputs}, not ${rows} by ${inputs}`);
  }
  if (layer.shift.some((shift) => shift < -SHIFT_LIMIT || shift > SHIFT_LIMIT)) {
    throw invalid(`${name} has a shift beyond ${SHIFT_LIMIT}`);
  }
}

/**
 * Checks the shape of a table.
 *
 * @throws LlmcError `model-invalid`.
 */
export function checkTable(name: string, table: Table, rows: number, columns: number): void {
  if (table.rows !== rows || table.columns !== columns) {
    throw invalid(`${name} is ${table.rows} by ${table.columns}, not ${rows} by ${columns}`);
  }
}

/**
 * Checks that sums of a layer are exact in binary32.
 *
 * @throws LlmcError `model-invalid`.
 */
export function checkBound(name: string, bound: number): void {
  if (bound >= EXACT_LIMIT) throw invalid(`a sum of ${name} may reach ${bound}, which is not below 2^24`);
}

function invalid(reason: string): LlmcError {
  return new LlmcError('model-invalid', `The model package is not valid: ${reason}.`);
}
