/** The outputs of an ONNX file, read without its weights. */

import { openFileSource } from '../../container/source-node.js';

/** Field of a ModelProto that is the graph, and of a GraphProto that are its outputs; name in a ValueInfoProto. */
const GRAPH = 7;
const OUTPUT = 12;
const NAME = 1;

/** Bytes read at a time: nodes are many and small, weights are skipped. */
const WINDOW = 1 << 16;
/** Most bytes of a field's tag and length. */
const HEAD = 20;
/** Bytes of the wire types that have a fixed length. */
const WIRE_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** A field of a protobuf message: its content lies in [start, end). */
interface Field {
  readonly number: number;
  readonly start: number;
  readonly end: number;
}

/**
 * The names of a graph's outputs, in order; none of a file that is no ONNX.
 *
 * @throws LlmcError `input` where the file cannot be read.
 */
export async function graphOutputs(path: string): Promise<string[]> {
  const source = await openFileSource(path);
  let window: Uint8Array = new Uint8Array(0);
  let windowStart = 0;

  const bytesAt = async (start: number, length: number): Promise<Uint8Array> => {
    if (start < windowStart || start + length > windowStart + window.length) {
      windowStart = start;
      window = await source.read(start, Math.min(Math.max(length, WINDOW), source.byteLength - start));
    }
    return window.subarray(start - windowStart, start - windowStart + length);
  };

  async function* fieldsOf({ start, end }: Omit<Field, 'number'>): AsyncGenerator<Field> {
    let at = start;
    while (at < end) {
      const head = await bytesAt(at, Math.min(HEAD, end - at));
      const tag = varint(head, 0);
      const wire = tag.value % 8;
      let from = tag.end;
      let length = WIRE_BYTES[wire] ?? Number.NaN;
      if (wire === 0) length = varint(head, from).end - from;
      if (wire === 2) ({ value: length, end: from } = varint(head, from));
      const next = at + from + length;
      if (!(next <= end)) return;
      yield { number: Math.floor(tag.value / 8), start: at + from, end: next };
      at = next;
    }
  }

  try {
    const names: string[] = [];
    for await (const part of fieldsOf({ start: 0, end: source.byteLength })) {
      if (part.number !== GRAPH) continue;
      for await (const entry of fieldsOf(part)) {
        if (entry.number !== OUTPUT) continue;
        for await (const { number, start, end } of fieldsOf(entry)) {
          if (number === NAME && end - start <= WINDOW)
            names.push(Buffer.from(await bytesAt(start, end - start)).toString());
        }
      }
    }
    return names;
  } finally {
    await source.close();
  }
}

/** A protobuf integer, and where it ends; NaN where the bytes do. */
function varint(bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let i = at, scale = 1; i < bytes.length; i++, scale *= 128) {
    value += (bytes[i] & 127) * scale;
    if (bytes[i] < 128) return { value, end: i + 1 };
  }
  return { value: Number.NaN, end: bytes.length };
}
