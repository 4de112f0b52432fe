/** Reading and writing the codec parameters of an item (spec/codecs.md). */

import { type ByteReader, ByteWriter } from './bytes.js';
import { LlmcError } from './errors.js';
import { FINGERPRINT_MAX, FINGERPRINT_MIN } from './fingerprint.js';
import { lowestTerms } from './fraction.js';
import {
  type CodecPackageReference,
  type CodecParameters,
  type DctComponent,
  type DctParameters,
  MAX_NESTED_FRAMES,
  type QuantizationTable,
  type RvqParameters,
  type VqParameters,
} from './parameters.js';
import { type CodecName, CodecType, nameOf } from './registry.js';

/** Most sizes of a codebook: an index is a `u32`. */
const CODEBOOK_LIMIT = 2 ** 32;

/** Most layers of `rvq`. */
const DEPTH_LIMIT = 256;

/** Table descriptors: explicit steps of 8 or 16 bits; an IJG quality is added to the base of its kind. */
const EXPLICIT_8 = 0;
const LUMA_BASE = 0;
const EXPLICIT_16 = 128;
const CHROMA_BASE = 128;

/**
 * Reads the parameters of a codec type, all of `reader`'s bytes.
 *
 * @throws LlmcError of the reader's code where a value is out of range or bytes are left over.
 */
export function readCodecParameters(reader: ByteReader, codec: number): CodecParameters {
  const name = nameOf(CodecType, codec);
  if (name === undefined) {
    const tokens = reader.varint('tokens');
    return { codec, tokens, bytes: reader.bytes('unknown', reader.remaining).slice() };
  }
  const parameters = readKnown(reader, name);
  reader.end(`the parameters of codec type ${name}`);
  return parameters;
}

function readKnown(reader: ByteReader, codec: CodecName): CodecParameters {
  switch (codec) {
    case 'raw':
      return { codec };
    case 'jpeg': {
      const dct = readDct(reader);
      const nested: DctParameters[] = [];
      while (reader.remaining > 0 && nested.length < MAX_NESTED_FRAMES) {
        nested.push(reader.group('nested', nested.length, () => readDct(reader)));
      }
      return nested.length > 0 ? { codec, dct, nested } : { codec, dct };
    }
    case 'dct':
      return { codec, dct: readDct(reader) };
    case 'vq':
      return { codec, vq: readVq(reader) };
    case 'rvq':
      return { codec, rvq: readRvq(reader) };
    case 'text':
      return { codec, text: { tokens: reader.varint('tokens') } };
  }
}

/** The bytes of an item's parameters, and the number of its codec type. */
export function writeCodecParameters(parameters: CodecParameters): { codec: number; bytes: Uint8Array } {
  const writer = new ByteWriter();
  switch (parameters.codec) {
    case 'raw':
      break;
    case 'jpeg':
    case 'dct':
      writeDct(writer, parameters.dct);
      writeNested(writer, parameters.nested ?? []);
      break;
    case 'vq':
      writeVq(writer, parameters.vq);
      break;
    case 'rvq':
      writeRvq(writer, parameters.rvq);
      break;
    case 'text':
      writer.varint(parameters.text.tokens);
      break;
    default:
      writer.varint(parameters.tokens);
      writer.bytes(parameters.bytes);
      return { codec: parameters.codec, bytes: writer.finish() };
  }
  return { codec: CodecType[parameters.codec], bytes: writer.finish() };
}

/** A varint of a range. */
function ranged(reader: ByteReader, field: string, low: number, high: number): number {
  const { offset } = reader;
  const value = reader.varint(field);
  if (value < low || value > high) {
    throw reader.invalid(`${field} is ${value}, not ${low} to ${high}`, offset);
  }
  return value;
}

function readDct(reader: ByteReader): DctParameters {
  const { offset } = reader;
  const frame = reader.u8('frame', describeFrame);
  const process = frame & 3;
  if (process === 3 || frame > 0x7f) throw reader.invalid(`frame is 0x${frame.toString(16)}`, offset);
  const width = ranged(reader, 'width', 1, 65535);
  const height = ranged(reader, 'height', 1, 65535);
  const tableCount = ((frame >> 5) & 3) + 1;
  const components = repeat(((frame >> 3) & 3) + 1, (i) =>
    reader.group('components', i, () => readComponent(reader, tableCount)),
  );
  const tables = repeat(tableCount, (i) => reader.group('tables', i, () => readTable(reader)));
  return { process: process as 0 | 1 | 2, precision: frame & 4 ? 12 : 8, width, height, components, tables };
}

function describeFrame(frame: number): string {
  const process = ['baseline', 'extended sequential', 'progressive', 'invalid'][frame & 3];
  const components = ((frame >> 3) & 3) + 1;
  return `${process}, ${frame & 4 ? 12 : 8} bits, components ${components}, tables ${((frame >> 5) & 3) + 1}`;
}

function readComponent(reader: ByteReader, tableCount: number): DctComponent {
  const { offset } = reader;
  const layout = reader.u8('layout', (b) => `${((b >> 2) & 3) + 1}x${(b & 3) + 1}, table ${(b >> 4) & 3}`);
  const table = (layout >> 4) & 3;
  if (layout > 0x3f || table >= tableCount) {
    throw reader.invalid(`layout is 0x${layout.toString(16)} where there are ${tableCount} tables`, offset);
  }
  return { h: ((layout >> 2) & 3) + 1, v: (layout & 3) + 1, table };
}

function readTable(reader: ByteReader): QuantizationTable {
  const { offset } = reader;
  const kind = reader.u8('kind', describeTable);
  if (kind !== EXPLICIT_8 && kind !== EXPLICIT_16) {
    const quality = kind & 0x7f;
    if (quality > 100) throw reader.invalid(`kind is ${kind}`, offset);
    return { kind: kind < CHROMA_BASE ? 'ijg-luma' : 'ijg-chroma', quality };
  }
  const wide = kind === EXPLICIT_16;
  const stepsOffset = reader.offset;
  const bytes = reader.bytes('steps', wide ? 128 : 64, (b) => decodeSteps(b).join(' '));
  const steps = decodeSteps(bytes);
  const zero = steps.indexOf(0);
  if (zero >= 0) throw reader.invalid('a quantisation step is 0', stepsOffset + (wide ? 2 * zero : zero));
  return { kind: 'explicit', steps };
}

function describeTable(kind: number): string {
  if (kind === EXPLICIT_8) return 'explicit, 8 bits';
  if (kind === EXPLICIT_16) return 'explicit, 16 bits';
  return `IJG ${kind < CHROMA_BASE ? 'luma' : 'chroma'}, quality ${kind & 0x7f}`;
}

function decodeSteps(bytes: Uint8Array): Uint16Array {
  if (bytes.length === 64) return Uint16Array.from(bytes);
  return Uint16Array.from({ length: 64 }, (_, k) => bytes[2 * k] | (bytes[2 * k + 1] << 8));
}

function writeDct(writer: ByteWriter, dct: DctParameters): void {
  check(dct.components.length >= 1 && dct.components.length <= 4, '1 to 4 components');
  check(dct.tables.length >= 1 && dct.tables.length <= 4, '1 to 4 quantisation tables');
  writer.u8(
    dct.process |
      (dct.precision === 12 ? 4 : 0) |
      ((dct.components.length - 1) << 3) |
      ((dct.tables.length - 1) << 5),
  );
  writer.varint(dct.width);
  writer.varint(dct.height);
  for (const { h, v, table } of dct.components) {
    check(
      [h, v].every((factor) => factor >= 1 && factor <= 4),
      'sampling factors of 1 to 4',
    );
    check(table >= 0 && table < dct.tables.length, 'a table of the frame for each component');
    writer.u8((v - 1) | ((h - 1) << 2) | (table << 4));
  }
  for (const table of dct.tables) writeTable(writer, table);
}

function writeNested(writer: ByteWriter, nested: readonly DctParameters[]): void {
  check(nested.length <= MAX_NESTED_FRAMES, `at most ${MAX_NESTED_FRAMES} nested frames`);
  for (const frame of nested) writeDct(writer, frame);
}

function writeTable(writer: ByteWriter, table: QuantizationTable): void {
  if (table.kind !== 'explicit') {
    check(table.quality >= 1 && table.quality <= 100, 'a quality of 1 to 100');
    writer.u8((table.kind === 'ijg-luma' ? LUMA_BASE : CHROMA_BASE) + table.quality);
    return;
  }
  check(table.steps.length === 64, '64 quantisation steps');
  const wide = table.steps.some((step) => step > 255);
  writer.u8(wide ? EXPLICIT_16 : EXPLICIT_8);
  for (const step of table.steps) {
    if (wide) writer.u16(step);
    else writer.u8(step);
  }
}

function readVq(reader: ByteReader): VqParameters {
  const codebookSize = ranged(reader, 'codebook_size', 1, CODEBOOK_LIMIT);
  const groups = readGroups(reader, ['count', 'width', 'height'], 1);
  return {
    codebookSize,
    groups: groups.map(([count, width, height]) => ({ count, width, height })),
    ...readPackage(reader),
  };
}

function writeVq(writer: ByteWriter, vq: VqParameters): void {
  writer.varint(vq.codebookSize);
  writeGroups(
    writer,
    vq.groups.map(({ count, width, height }) => [count, width, height]),
  );
  writePackage(writer, vq.codecPackage);
}

function readRvq(reader: ByteReader): RvqParameters {
  const depth = ranged(reader, 'depth', 1, DEPTH_LIMIT);
  const { offset } = reader;
  const common = ranged(reader, 'codebook_size', 0, CODEBOOK_LIMIT);
  const codebookSizes = repeat(depth, (i) =>
    common === 0 ? ranged(reader, `codebook_size[${i}]`, 1, CODEBOOK_LIMIT) : common,
  );
  if (common === 0 && allEqual(codebookSizes)) {
    throw reader.invalid('equal codebook sizes are written once', offset);
  }
  const groups = readGroups(reader, ['count', 'frames'], depth);
  const rateOffset = reader.offset;
  const numerator = ranged(reader, 'rate_numerator', 1, Number.MAX_SAFE_INTEGER);
  const denominator = ranged(reader, 'rate_denominator', 1, Number.MAX_SAFE_INTEGER);
  if (lowestTerms({ numerator, denominator }).denominator !== denominator) {
    throw reader.invalid(`the frame rate ${numerator}/${denominator} is not in lowest terms`, rateOffset);
  }
  const sampleRate = reader.varint('sample_rate');
  const frameRate = { numerator, denominator };
  return {
    codebookSizes,
    groups: groups.map(([count, frames]) => ({ count, frames })),
    frameRate,
    sampleRate,
    ...readPackage(reader),
  };
}

function writeRvq(writer: ByteWriter, rvq: RvqParameters): void {
  writer.varint(rvq.codebookSizes.length);
  if (allEqual(rvq.codebookSizes)) {
    writer.varint(rvq.codebookSizes[0] ?? 0);
  } else {
    writer.varint(0);
    for (const size of rvq.codebookSizes) writer.varint(size);
  }
  writeGroups(
    writer,
    rvq.groups.map(({ count, frames }) => [count, frames]),
  );
  writer.varint(rvq.frameRate.numerator);
  writer.varint(rvq.frameRate.denominator);
  writer.varint(rvq.sampleRate);
  writePackage(writer, rvq.codecPackage);
}

function readPackage(reader: ByteReader): { readonly codecPackage?: CodecPackageReference } {
  const { offset } = reader;
  const length = reader.u8('package_fingerprint_length');
  if (length === 0) return {};
  if (length < FINGERPRINT_MIN || length > FINGERPRINT_MAX) {
    throw reader.invalid(`a fingerprint of ${length} bytes`, offset);
  }
  const fingerprint = reader.bytes('package_fingerprint', length).slice();
  return { codecPackage: { fingerprint, name: reader.string('package_name') } };
}

function writePackage(writer: ByteWriter, reference: CodecPackageReference | undefined): void {
  writer.u8(reference?.fingerprint.length ?? 0);
  if (!reference) return;
  check(reference.fingerprint.length > 0, 'a fingerprint of the codec package');
  writer.bytes(reference.fingerprint);
  writer.string(reference.name);
}

/** Reads groups of `fields`; the product of a group's fields and `factor` is its token count. */
function readGroups(reader: ByteReader, fields: readonly string[], factor: number): number[][] {
  const { offset } = reader;
  const count = reader.count('group_count', fields.length, Number.MAX_SAFE_INTEGER);
  if (count === 0) throw reader.invalid('there is at least one group', offset);
  let tokens = 0;
  return repeat(count, (i) => {
    const start = reader.offset;
    const group = reader.group('groups', i, () => fields.map((field) => reader.varint(field)));
    tokens += group.reduce((a, b) => a * b, factor);
    if (tokens > Number.MAX_SAFE_INTEGER) {
      throw reader.invalid('the token count is more than 2^53 - 1', start);
    }
    return group;
  });
}

function writeGroups(writer: ByteWriter, groups: readonly (readonly number[])[]): void {
  check(groups.length > 0, 'at least one group');
  writer.varint(groups.length);
  for (const group of groups) for (const value of group) writer.varint(value);
}

function check(condition: boolean, requirement: string): void {
  if (!condition) throw new LlmcError('argument', `codec parameters need ${requirement}`);
}

function repeat<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

function allEqual(values: readonly number[]): boolean {
  return values.every((value) => value === values[0]);
}
