/**
 * Writes ONNX models: the few messages of onnx.proto3 (ONNX 1.x, IR version 8) that a graph of named nodes and
 * constant tensors needs. Field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
 */

const IR_VERSION = 8;
const OPSET = 13;

const FLOAT = 1;
const INT32 = 6;
const ATTRIBUTE_INT = 2;

/** Grows as fields of a protobuf message are put into it. */
class Message {
  private bytes = new Uint8Array(256);
  private length = 0;

  int(field: number, value: number): this {
    this.varint(field << 3);
    this.varint(value);
    return this;
  }

  text(field: number, value: string): this {
    return this.blob(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Message): this {
    return this.blob(field, value.finish());
  }

  blob(field: number, value: Uint8Array): this {
    this.varint((field << 3) | 2);
    this.varint(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
    return this;
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** A non-negative integer. */
  private varint(value: number): void {
    this.reserve(10);
    let rest = value;
    while (rest >= 128) {
      this.bytes[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    larger.set(this.bytes);
    this.bytes = larger;
  }
}

/** The size of a dimension, or the name of one that each run decides. */
export type Dimension = number | string;

/** Builds a graph: every method that adds a node returns the name of its output. */
export class OnnxGraph {
  private readonly graph = new Message();
  private readonly inputs: Message[] = [];
  private readonly outputs: Message[] = [];
  private readonly constants: Message[] = [];
  private names = 0;

  input(name: string, type: 'float32' | 'int32', dimensions: readonly Dimension[]): string {
    this.inputs.push(valueInfo(name, type === 'float32' ? FLOAT : INT32, dimensions));
    return name;
  }

  output(name: string, value: string, dimensions: readonly Dimension[]): void {
    this.node('Identity', [value], {}, name);
    this.outputs.push(valueInfo(name, FLOAT, dimensions));
  }

  /** A constant tensor; a scalar where there are no dimensions. */
  constant(values: Float32Array, dimensions: readonly number[]): string {
    const name = `c${this.names++}`;
    const tensor = new Message();
    for (const dimension of dimensions) tensor.int(1, dimension);
    this.constants.push(tensor.int(2, FLOAT).text(8, name).blob(9, littleEndianBytes(values)));
    return name;
  }

  /** Adds a node with one output. Attributes are integers. */
  node(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, number>> = {},
    output = `n${this.names++}`,
  ): string {
    const node = new Message();
    for (const name of inputs) node.text(1, name);
    node.text(2, output).text(4, operator);
    for (const [name, value] of Object.entries(attributes)) {
      node.message(5, new Message().text(1, name).int(3, value).int(20, ATTRIBUTE_INT));
    }
    this.graph.message(1, node);
    return output;
  }

  /** The serialised ModelProto. */
  finish(name: string): Uint8Array {
    const { graph } = this;
    graph.text(2, name);
    for (const constant of this.constants) graph.message(5, constant);
    for (const input of this.inputs) graph.message(11, input);
    for (const output of this.outputs) graph.message(12, output);
    const opset = new Message().text(1, '').int(2, OPSET);
    return new Message().int(1, IR_VERSION).message(7, graph).message(8, opset).finish();
  }
}

function valueInfo(name: string, elementType: number, dimensions: readonly Dimension[]): Message {
  const shape = new Message();
  for (const dimension of dimensions) {
    const entry = new Message();
    if (typeof dimension === 'number') entry.int(1, dimension);
    else entry.text(2, dimension);
    shape.message(1, entry);
  }
  const tensor = new Message().int(1, elementType).message(2, shape);
  return new Message().text(1, name).message(2, new Message().message(1, tensor));
}

function littleEndianBytes(values: Float32Array): Uint8Array {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) return bytes;
  const swapped = new DataView(new ArrayBuffer(values.byteLength));
  for (let i = 0; i < values.length; i++) swapped.setFloat32(4 * i, values[i], true);
  return new Uint8Array(swapped.buffer);
}
