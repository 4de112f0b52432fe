/** What evaluates the nets of an index model. */

/** Evaluates the nets, any number of rows at once: it gives the same numbers for each row. */
export interface IndexRunner {
  /**
   * The context net, once a cell.
   *
   * @param features [count][inputs of context_1].
   * @param depth Layers of the cells' items.
   * @param vectors [count][rows of token_1]: the answer.
   */
  runContext(features: Int16Array, depth: number, count: number, vectors: Int32Array): Promise<void>;
  /**
   * The token net, for indices of one layer.
   *
   * @param features [count][inputs of token_1].
   * @param vectors [count][rows of token_1], of the indices' cells.
   * @param logits [count][codebook size of the layer]: the answer.
   */
  runToken(
    layer: number,
    features: Int16Array,
    vectors: Int32Array,
    count: number,
    logits: Int16Array,
  ): Promise<void>;
  close(): Promise<void>;
}
