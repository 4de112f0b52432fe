/** The nets of a class as an ONNX graph on binary32. */

import { LayerGraph } from './layer-graph.js';
import {
  type CHROMA,
  COEFFICIENT_INPUTS,
  CONTEXT_INPUTS,
  GROUP_INPUTS,
  LAST_SYMBOLS,
  type LUMA,
  SYMBOLS,
} from './layout.js';
import { type LayerName, type Nets, outputRange, TABLES, type TableName } from './nets.js';
import { OnnxGraph } from './onnx-writer.js';

/** Names of the inputs and outputs of a class's nets in a graph. */
export const CLASS_NAMES = ['luma', 'chroma'] as const;

/** The nets of one class in a graph. */
class ClassGraph {
  private readonly layers: LayerGraph;

  constructor(
    private readonly graph: OnnxGraph,
    private readonly nets: Nets,
    private readonly kind: typeof LUMA | typeof CHROMA,
  ) {
    this.layers = new LayerGraph(graph);
  }

  build(): void {
    this.context();
    this.coefficients();
  }

  /** context [B][...] to last [B][64] and carry [B][rows of group_1]. */
  private context(): void {
    const { graph, nets } = this;
    const name = CLASS_NAMES[this.kind];
    const batch = `${name}_blocks`;
    let hidden = graph.input(`${name}_context`, 'float32', [batch, CONTEXT_INPUTS[this.kind]]);
    hidden = this.layer('context_1', hidden);
    hidden = this.layer('context_2', hidden);
    graph.output(`${name}_last`, this.layer('last_2', this.layer('last_1', hidden)), [batch, LAST_SYMBOLS]);
    graph.output(`${name}_carry`, this.layer('context_to_group', hidden), [batch, nets.group_1.rows]);
  }

  /**
   * group [P][...], base [P][rows of group_1], group_index [P], coefficient [C][...], pair [C] (row of
   * `group`), index [C] to logits [C][79].
   */
  private coefficients(): void {
    const { graph, nets } = this;
    const name = CLASS_NAMES[this.kind];
    const pairs = `${name}_pairs`;
    const count = `${name}_coefficients`;
    const group = graph.input(`${name}_group`, 'float32', [pairs, GROUP_INPUTS]);
    const base = graph.input(`${name}_base`, 'float32', [pairs, nets.group_1.rows]);
    const features = graph.input(`${name}_coefficient`, 'float32', [count, COEFFICIENT_INPUTS[this.kind]]);
    const groupIndex = graph.input(`${name}_group_index`, 'int32', [pairs]);
    const pair = graph.input(`${name}_pair`, 'int32', [count]);
    const index = graph.input(`${name}_index`, 'int32', [count]);
    let hidden = this.layer(
      'group_1',
      group,
      this.tableRows('group_index', groupIndex, this.scaled(base, 'group_1')),
    );
    hidden = this.layer('group_to_coefficient', this.layer('group_2', hidden));
    const carry = graph.node('Gather', [this.scaled(hidden, 'coefficient_1'), pair], { axis: 0 });
    const added = this.tableRows('coefficient_index', index, carry);
    hidden = this.layer('coefficient_1', features, added);
    hidden = this.layer('coefficient_2', hidden);
    graph.output(`${name}_logits`, this.layer('coefficient_3', hidden), [count, SYMBOLS]);
  }

  private layer(name: LayerName, input: string, added?: string): string {
    return this.layers.layer(this.nets[name], outputRange(name), input, added);
  }

  /** The sum of a value and rows of a table with the bias of its layer, all scaled as that. */
  private tableRows(name: TableName, rows: string, value: string): string {
    return this.layers.tableRows(this.nets[name], this.nets[TABLES[name].layer], rows, value);
  }

  private scaled(value: string, target: LayerName): string {
    return this.layers.scaled(value, this.nets[target]);
  }
}

/** A graph that evaluates the nets of the given classes side by side. */
export function buildGraph(classes: readonly Nets[], kinds: readonly (0 | 1)[]): Uint8Array {
  const graph = new OnnxGraph();
  for (const kind of kinds) new ClassGraph(graph, classes[kind], kind).build();
  return graph.finish('exact-dct');
}
