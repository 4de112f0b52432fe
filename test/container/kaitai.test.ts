/** The grammar spec/llmc.ksy, compiled, and this reader must agree on every file. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { Header, ModelEntry } from '../../src/container/header.js';
import { parseMetadata } from '../../src/container/metadata.js';
import type {
  CodecPackageReference,
  CodecParameters,
  DctParameters,
} from '../../src/container/parameters.js';
import { openContainer } from '../../src/container/reader.js';
import {
  AdaptiveModel,
  Arrangement,
  CodecType,
  DigestType,
  nameOf,
  Profile,
} from '../../src/container/registry.js';
import { writeContainer } from '../../src/container/writer.js';
import { containerContent, SMALL_CONTENT } from './contents.js';
import { GOLDEN_FILES, readGolden } from './golden.js';

/** The fields of the compiled parser that are compared, under the names of the grammar. */
interface Varint {
  readonly value: number;
}
interface Text {
  readonly value: string;
}
interface Package {
  readonly fingerprint?: Uint8Array;
  readonly name?: Text;
}
interface Grammar {
  readonly major: number;
  readonly minor: number;
  readonly headerLength: number;
  readonly fileLength: number;
  readonly body: {
    readonly models: readonly {
      readonly profileNumber: Varint;
      readonly arrangementNumber: Varint;
      readonly parameters: Uint8Array & Record<string, unknown>;
    }[];
    readonly items: readonly {
      readonly codecNumber: Varint;
      readonly model: Varint;
      readonly originalLength: Varint;
      readonly digestNumber: Varint;
      readonly digest?: Uint8Array;
      readonly parameters: Record<string, unknown>;
    }[];
    readonly sections: readonly {
      readonly type: string;
      readonly crc: number;
      readonly item: Varint;
      readonly length: Varint;
      readonly offset: number;
      readonly body: Uint8Array & {
        readonly name: Text;
        readonly mediaType: Text;
        readonly pairs: readonly { readonly key: Text; readonly value: Text }[];
      };
    }[];
    readonly chunks: readonly {
      readonly payloadCrc: number;
      readonly tokensCrc: number;
      readonly length: Varint;
      readonly tokens?: Varint;
      readonly offset: number;
      readonly payload: Uint8Array;
    }[];
  };
}

/** The parts of Kaitai Struct's compiler and runtime that are used; neither has types for ES modules. */
interface Compiler {
  compile(
    language: string,
    grammar: unknown,
    importer: null,
    debug: boolean,
  ): Promise<Record<string, string>>;
}
interface Runtime {
  new (buffer: ArrayBuffer): object;
}
type Parser = new (stream: object) => Grammar;

const require = createRequire(import.meta.url);
const compiler = require('kaitai-struct-compiler') as Compiler;
const KaitaiStream = require('kaitai-struct/KaitaiStream') as Runtime;

const grammar = parseYaml(readFileSync(new URL('../../spec/llmc.ksy', import.meta.url), 'utf8'));
const compiled = await compiler.compile('javascript', grammar, null, false);
const { Llmc } = evaluate(compiled['Llmc.js']);

function evaluate(code: string): { readonly Llmc: Parser } {
  const exports = {} as { Llmc: Parser };
  new Function('exports', 'require', code)(exports, require);
  return exports;
}

function parseByGrammar(file: Uint8Array): Grammar {
  return new Llmc(new KaitaiStream(file.slice().buffer));
}

/** What the grammar says of a model, in the shape of our reader. */
function modelOf(entry: Grammar['body']['models'][number]): ModelEntry {
  const { value } = entry.arrangementNumber;
  const arrangement = nameOf(Arrangement, value) ?? value;
  const profile = nameOf(Profile, entry.profileNumber.value);
  if (profile === undefined)
    return { profile: entry.profileNumber.value, arrangement, bytes: entry.parameters };
  if (profile === 'adaptive') {
    const { modelNumber } = entry.parameters as unknown as { modelNumber: Varint };
    return { profile, arrangement, model: nameOf(AdaptiveModel, modelNumber.value) ?? modelNumber.value };
  }
  interface Exact {
    readonly fingerprint: Uint8Array;
    readonly name: Text;
  }
  if (profile === 'exact') {
    const { fingerprint, name } = entry.parameters as unknown as Exact;
    return { profile, arrangement, fingerprint, name: name.value };
  }
  const { identity, contextLength, lanes, runtime, device } = entry.parameters as unknown as {
    readonly identity: Exact;
    readonly contextLength: Varint;
    readonly lanes: Varint;
    readonly runtime: Text;
    readonly device: Text;
  };
  return {
    profile,
    arrangement,
    fingerprint: identity.fingerprint,
    name: identity.name.value,
    contextLength: contextLength.value,
    lanes: lanes.value,
    runtime: runtime.value,
    device: device.value,
  };
}

function packageOf({ fingerprint, name }: Package): { codecPackage?: CodecPackageReference } {
  return fingerprint && name ? { codecPackage: { fingerprint, name: name.value } } : {};
}

/** What the grammar says of an item's parameters, in the shape of our reader. */
function parametersOf(number: number, fields: Record<string, unknown>): CodecParameters {
  const codec = nameOf(CodecType, number);
  const n = (name: string): number => (fields[name] as Varint).value;
  switch (codec) {
    case 'raw':
      return { codec };
    case 'jpeg': {
      const nested = (fields.nested as Record<string, unknown>[]).map(dctOf);
      const dct = dctOf(fields.own as Record<string, unknown>);
      return { codec, dct, ...(nested.length > 0 ? { nested } : {}) };
    }
    case 'dct':
      return { codec, dct: dctOf(fields) };
    case 'vq':
      return {
        codec,
        vq: {
          codebookSize: n('codebookSize'),
          groups: groupsOf(fields).map((group) => ({
            count: group.count.value,
            width: group.width.value,
            height: group.height.value,
          })),
          ...packageOf(fields.package as Package),
        },
      };
    case 'rvq': {
      const sizes = fields.codebookSizes as readonly Varint[] | undefined;
      const common = Array<number>(n('depth')).fill(n('codebookSize'));
      return {
        codec,
        rvq: {
          codebookSizes: sizes?.map((size) => size.value) ?? common,
          groups: groupsOf(fields).map(({ count, frames }) => ({ count: count.value, frames: frames.value })),
          frameRate: { numerator: n('rateNumerator'), denominator: n('rateDenominator') },
          sampleRate: n('sampleRate'),
          ...packageOf(fields.package as Package),
        },
      };
    }
    case 'text':
      return { codec, text: { tokens: n('tokens') } };
    default:
      return { codec: number, tokens: n('tokens'), bytes: fields.rest as Uint8Array };
  }
}

function groupsOf(fields: Record<string, unknown>): readonly Readonly<Record<string, Varint>>[] {
  return fields.groups as readonly Readonly<Record<string, Varint>>[];
}

function dctOf(fields: Record<string, unknown>): DctParameters {
  const { process, precision, width, height, components, tables } = fields as unknown as {
    readonly process: 0 | 1 | 2;
    readonly precision: 8 | 12;
    readonly width: Varint;
    readonly height: Varint;
    readonly components: readonly { h: number; v: number; table: number }[];
    readonly tables: readonly { kind: number; steps8?: number[]; steps16?: number[] }[];
  };
  return {
    process,
    precision,
    width: width.value,
    height: height.value,
    components: components.map(({ h, v, table }) => ({ h, v, table })),
    tables: tables.map(({ kind, steps8, steps16 }) => {
      const steps = steps8 ?? steps16;
      if (steps) return { kind: 'explicit', steps: Uint16Array.from(steps) };
      return { kind: kind < 128 ? 'ijg-luma' : 'ijg-chroma', quality: kind & 127 };
    }),
  };
}

/** Compares everything that both say of a file: they differ only in what the grammar cannot compute. */
async function expectAgreement(file: Uint8Array): Promise<void> {
  const container = await openContainer(file);
  const { header } = container;
  const found = parseByGrammar(file);
  expect({ major: found.major, minor: found.minor }).toEqual(header.version);
  expect(found.headerLength).toBe(header.headerLength);
  expect(found.fileLength).toBe(header.fileLength);
  expect(found.body.models.map(modelOf)).toEqual(header.models);
  expect(found.body.items.map(itemOf)).toEqual(
    header.items.map(({ tokens: _, firstToken: __, ...item }) => item),
  );
  expect(
    found.body.sections.map(({ type, crc, item, length, offset }) => ({
      type,
      crc,
      offset,
      length: length.value,
      ...(item.value === 0 ? {} : { item: item.value - 1 }),
    })),
  ).toEqual(header.sections);
  found.body.chunks.forEach((chunk, i) => {
    const { firstToken: _, tokens, ...entry } = header.chunks[i];
    const { offset, length, payloadCrc, tokensCrc } = chunk;
    expect({ offset, length: length.value, crc: payloadCrc, tokensCrc }).toEqual(entry);
    expect(chunk.tokens?.value ?? tokens).toBe(tokens);
  });
  expect(found.body.chunks.length).toBe(header.chunks.length);
  for (const [i, chunk] of found.body.chunks.entries())
    expect(chunk.payload).toEqual(await container.readChunk(i));
  for (const [i, { type, body }] of found.body.sections.entries()) {
    const bytes = await container.readSection(i);
    if (type !== 'mETA') {
      expect(body).toEqual(bytes);
      continue;
    }
    const { name = '', mediaType = '', entries } = parseMetadata(bytes);
    expect([body.name.value, body.mediaType.value]).toEqual([name, mediaType]);
    expect(Object.fromEntries(body.pairs.map(({ key, value }) => [key.value, value.value]))).toEqual(entries);
  }
}

function itemOf(
  item: Grammar['body']['items'][number],
): Omit<Header['items'][number], 'tokens' | 'firstToken'> {
  const { codecNumber, model, originalLength, digestNumber, digest, parameters } = item;
  const type = nameOf(DigestType, digestNumber.value) ?? digestNumber.value;
  return {
    parameters: parametersOf(codecNumber.value, parameters),
    originalLength: originalLength.value,
    digest: type === 'none' || !digest ? { type: 'none' } : { type, value: digest },
    ...(model.value === 0 ? {} : { model: model.value - 1 }),
  };
}

test('a small file', () => expectAgreement(writeContainer(SMALL_CONTENT)));

test('any file', async () => {
  await fc.assert(
    fc.asyncProperty(containerContent, (content) => expectAgreement(writeContainer(content))),
    { numRuns: 200 },
  );
});

test('there are golden files', () => {
  expect(GOLDEN_FILES.length).toBeGreaterThan(0);
});

test.each(GOLDEN_FILES)('golden file %s', (name) => expectAgreement(readGolden(name)));
