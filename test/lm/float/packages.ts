/** Packages of the tiny language models of fixtures/llm. */

import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What is to be in a package. */
export interface TestPackage {
  readonly graph?: 'llama' | 'llama-half' | 'recurrent';
  /** Members of the manifest, in place of those of a model of VQ indices. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  readonly tokenizer?: object;
  /** Changes the graph's bytes. */
  readonly edit?: (graph: Buffer) => Buffer;
}

/** The graph of a tiny model. */
export function graphBytes(graph: string): Buffer {
  return readFileSync(new URL(`../../../fixtures/llm/${graph}.onnx`, import.meta.url));
}

/** Writes a package into a new folder, and answers that. */
export function writePackage({ graph = 'llama', manifest, tokenizer, edit }: TestPackage = {}): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'llmc-float-')), 'package');
  mkdirSync(folder);
  const bytes = edit ? edit(graphBytes(graph)) : graphBytes(graph);
  const tokens = Buffer.from(JSON.stringify(tokenizer ?? null));
  writeFileSync(join(folder, 'tokenizer.json'), tokens);
  const entryOf = (file: Buffer) => ({
    bytes: file.length,
    sha256: createHash('sha256').update(file).digest('hex'),
  });
  const states = graph === 'recurrent' ? { states: { state: 'new_state' } } : {};
  const members = {
    name: 'tiny',
    version: 1,
    profile: 'float',
    codec: 'vq',
    arrangement: 'vq-raster',
    contextLength: 64,
    startToken: 0,
    offsets: [1],
    ...states,
    files: {
      'model.onnx': entryOf(bytes),
      ...(tokenizer ? { 'tokenizer.json': entryOf(tokens) } : {}),
    },
    ...manifest,
  };
  writeFileSync(join(folder, 'model.onnx'), bytes);
  writeFileSync(join(folder, 'model.json'), JSON.stringify(members));
  return folder;
}

/** A byte-level tokenizer with a few merges and a special token `<s>`, as of Hugging Face's tokenizers library. */
export function byteLevelTokenizer(normalizer: object | null = null): object {
  // The printable characters stand for themselves, all other bytes for characters from U+0100 on.
  let next = 256;
  const characters = Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173);
    return String.fromCharCode(printable ? byte : next++);
  });
  const merges = ['t h', 'th e', 'i n', '\u0120 the', 'in g'];
  const tokens = [...characters, ...merges.map((merge) => merge.replace(' ', ''))];
  const special = { id: tokens.length, content: '<s>', special: true };
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  return {
    version: '1.0',
    added_tokens: [{ ...special, ...flags }],
    normalizer,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}

/** Renames something in a graph to a name of the same length. */
export function rename(from: string, to: string): (graph: Buffer) => Buffer {
  return (graph) => Buffer.from(graph.toString('latin1').replaceAll(from, to), 'latin1');
}
