/**
 * Layers of exact nets as nodes of an ONNX graph on binary32. A row's power of two is taken into its weights, so that a
 * layer is Gemm, Floor and Clip; all values stay multiples of it below 2^24, and so exact.
 */

import type { Layer, Table } from './nets.js';
import type { OnnxGraph } from './onnx-writer.js';

/** 2^-shift of each row of a layer. */
function rowScales(shift: Int8Array): Float32Array {
  return Float32Array.from(shift, (s) => 2 ** -s);
}

/** Adds layers to a graph; every method returns the name of a value. */
export class LayerGraph {
  private readonly bounds = new Map<number, string>();

  constructor(private readonly graph: OnnxGraph) {}

  /**
   * A layer.
   *
   * @param range What its outputs are clipped to.
   * @param added Takes the place of the bias; scaled as the layer's sums.
   */
  layer(
    { rows, inputs, weight, bias, shift }: Layer,
    [low, high]: readonly [number, number],
    input: string,
    added?: string,
  ): string {
    const { graph } = this;
    const scales = rowScales(shift);
    const scaled = new Float32Array(rows * inputs);
    for (let row = 0; row < rows; row++) {
      const scale = scales[row];
      for (let i = row * inputs; i < (row + 1) * inputs; i++) scaled[i] = weight[i] * scale;
    }
    const c =
      added ??
      graph.constant(
        Float32Array.from(bias, (value, row) => value * scales[row]),
        [rows],
      );
    const product = graph.node('Gemm', [input, graph.constant(scaled, [rows, inputs]), c], { transB: 1 });
    return graph.node('Clip', [graph.node('Floor', [product]), this.bound(low), this.bound(high)]);
  }

  /** Rows of a table, to be added to the sums of a layer, with that layer's bias, and scaled as its sums. */
  rows({ values, columns }: Table, { bias, shift }: Layer, rows: string): string {
    const { graph } = this;
    const scales = rowScales(shift);
    const scaled = Float32Array.from(values, (x, i) => (x + bias[i % columns]) * scales[i % columns]);
    const table = graph.constant(scaled, [values.length / columns, columns]);
    return graph.node('Gather', [table, rows], { axis: 0 });
  }

  /** The sum of a value, which is scaled already, and `rows`. */
  tableRows(table: Table, target: Layer, rows: string, value: string): string {
    return this.graph.node('Add', [value, this.rows(table, target, rows)]);
  }

  /** A value, scaled as the sums of a layer. */
  scaled(value: string, { shift, rows }: Layer): string {
    return this.graph.node('Mul', [value, this.graph.constant(rowScales(shift), [rows])]);
  }

  private bound(value: number): string {
    let name = this.bounds.get(value);
    if (name === undefined) {
      name = this.graph.constant(Float32Array.of(value), []);
      this.bounds.set(value, name);
    }
    return name;
  }
}
