/** Parsing and checking the header (spec/container.md, sections 2 to 6). */

import { ByteReader, type FieldSink } from './bytes.js';
import { ChunkCutter } from './chunk-rules.js';
import { readCodecParameters } from './codec-parameters.js';
import { crc32, formatCrc } from './crc.js';
import { LlmcError } from './errors.js';
import type { ChunkEntry, Header, ItemDigest, ItemEntry, ModelEntry, SectionEntry } from './header.js';
import { COUNT_LIMITS, HEADER_BODY_LIMIT } from './limits.js';
import { MODEL_ENTRY_MIN, readModel } from './model-parameters.js';
import { tokenCount } from './parameters.js';
import { arrangementServes, CodecType, DigestType, nameOf, SHA256_BYTES } from './registry.js';
import { isSectionType, mayRepeat, requiredSection, sectionCodecs } from './section-rules.js';
import { checkSignature } from './signature.js';
import { CHUNK_FIXED, HEADER_CRC, PREAMBLE, SECTION_FIXED, VERSION } from './structures.js';

/** Fewest bytes of an entry of each table. */
const ITEM_ENTRY_MIN = 5;
const SECTION_ENTRY_MIN = SECTION_FIXED.size + 2;
const CHUNK_ENTRY_MIN = CHUNK_FIXED.size + 1;

/** Where the parts of a header lie. */
export interface HeaderExtent {
  readonly version: Header['version'];
  readonly bodyOffset: number;
  readonly bodyLength: number;
  /** Bytes of the whole header. */
  readonly headerLength: number;
}

/**
 * Checks the signature and the major version, and finds the extent of the header.
 *
 * @param start The first bytes of the file: 18 of them, or the whole file if it is shorter.
 * @throws LlmcError `signature`, `signature-mangled`, `version`, `truncated`, `header-invalid` or `limit`.
 */
export function parsePreamble(start: Uint8Array, sink?: FieldSink): HeaderExtent {
  checkSignature(start);
  const reader = new ByteReader(start, 0, { invalid: 'header-invalid', end: 'truncated' }, sink);
  const { major, minor } = reader.structure(PREAMBLE);
  if (major !== VERSION.major) {
    throw new LlmcError('version', `the file has version ${major}.${minor}`, { offset: 8 });
  }
  const { offset } = reader;
  const bodyLength = reader.varint('body_length');
  if (bodyLength > HEADER_BODY_LIMIT) {
    throw new LlmcError('limit', `a header body of ${bodyLength} bytes`, { offset });
  }
  const bodyOffset = reader.offset;
  const headerLength = bodyOffset + bodyLength + HEADER_CRC.size;
  return { version: { major, minor }, bodyOffset, bodyLength, headerLength };
}

/**
 * Parses the header of a file.
 *
 * @param bytes The file's first bytes, at least to the end of the header.
 * @param sink Receives every field of the header in order.
 * @throws LlmcError the codes of `parsePreamble` and `header-crc`.
 */
export function parseHeader(bytes: Uint8Array, sink?: FieldSink): Header {
  const { version, bodyOffset, bodyLength, headerLength } = parsePreamble(bytes, sink);
  if (bytes.length < headerLength) {
    throw new LlmcError('truncated', `the header needs ${headerLength} bytes, the file has ${bytes.length}`, {
      offset: bytes.length,
    });
  }
  const crcOffset = bodyOffset + bodyLength;
  const errors = { invalid: 'header-invalid', end: 'header-invalid' } as const;
  const tail = new ByteReader(bytes.subarray(crcOffset, headerLength), crcOffset, errors);
  const stored = tail.structure(HEADER_CRC).header_crc;
  const computed = crc32(bytes.subarray(0, crcOffset));
  if (computed !== stored) {
    const message = `the header's CRC is ${formatCrc(computed)}, not ${formatCrc(stored)}`;
    throw new LlmcError('header-crc', message, { offset: crcOffset });
  }
  const body = new ByteReader(bytes.subarray(bodyOffset, crcOffset), bodyOffset, errors, sink);
  const header = parseBody(body, version, headerLength);
  if (body.remaining > 0) {
    if (version.minor <= VERSION.minor) body.end('the chunk table');
    body.bytes('unknown', body.remaining);
  }
  if (sink)
    new ByteReader(bytes.subarray(crcOffset, headerLength), crcOffset, errors, sink).structure(HEADER_CRC);
  return header;
}

function parseBody(reader: ByteReader, version: Header['version'], headerLength: number): Header {
  const modelCount = reader.count('model_count', MODEL_ENTRY_MIN, COUNT_LIMITS.models);
  const models: ModelEntry[] = [];
  for (let i = 0; i < modelCount; i++) models.push(reader.group('models', i, () => readModel(reader)));
  const items = parseItems(reader, models);
  const sections = parseSections(reader, items, headerLength);
  const bodiesEnd = endOf(sections, headerLength);
  const chunks = parseChunks(reader, items, bodiesEnd);
  return { version, models, items, sections, chunks, headerLength, fileLength: endOf(chunks, bodiesEnd) };
}

function parseItems(reader: ByteReader, models: readonly ModelEntry[]): ItemEntry[] {
  const { offset } = reader;
  const count = reader.count('item_count', ITEM_ENTRY_MIN, COUNT_LIMITS.items);
  if (count === 0) throw reader.invalid('a file has at least one item', offset);
  const items: ItemEntry[] = [];
  let firstToken = 0;
  for (let i = 0; i < count; i++) {
    const entryOffset = reader.offset;
    const item = reader.group('items', i, () => parseItem(reader, models, firstToken));
    items.push(item);
    firstToken = checkedSum(reader, firstToken, item.tokens, entryOffset);
  }
  return items;
}

function parseItem(reader: ByteReader, models: readonly ModelEntry[], firstToken: number): ItemEntry {
  const { offset } = reader;
  const codec = reader.varint('codec', (n) => nameOf(CodecType, n) ?? 'unknown');
  const modelOffset = reader.offset;
  const model = reader.varint('model', (n) => (n === 0 ? 'none' : `models[${n - 1}]`));
  if (model > models.length) throw reader.invalid(`model ${model} of ${models.length}`, modelOffset);
  const originalLength = reader.varint('original_length');
  const digest = parseDigest(reader);
  const length = reader.varint('length');
  const parameters = readCodecParameters(reader.nested('parameters', length), codec);
  const tokens = tokenCount(parameters, originalLength);
  if (typeof parameters.codec !== 'number') {
    if ((parameters.codec === 'raw') !== (model === 0)) {
      throw reader.invalid(
        `codec type ${parameters.codec} ${model === 0 ? 'without' : 'with'} a model`,
        modelOffset,
      );
    }
    const arrangement = models[model - 1]?.arrangement;
    if (typeof arrangement === 'string' && !arrangementServes(arrangement, parameters.codec)) {
      throw reader.invalid(`arrangement ${arrangement} for codec type ${parameters.codec}`, offset);
    }
  }
  const entry = { parameters, originalLength, digest, tokens, firstToken };
  return model === 0 ? entry : { ...entry, model: model - 1 };
}

function parseDigest(reader: ByteReader): ItemDigest {
  const number = reader.varint('digest_type', (n) => nameOf(DigestType, n) ?? 'unknown');
  const type = nameOf(DigestType, number);
  if (type === 'none') return { type };
  const length = type === 'sha256' ? SHA256_BYTES : reader.varint('digest_length');
  return { type: type ?? number, value: reader.bytes('digest', length).slice() };
}

function parseSections(reader: ByteReader, items: readonly ItemEntry[], firstOffset: number): SectionEntry[] {
  const count = reader.count('section_count', SECTION_ENTRY_MIN, COUNT_LIMITS.sections);
  const sections: SectionEntry[] = [];
  const seen = new Set<string>();
  let offset = firstOffset;
  for (let i = 0; i < count; i++) {
    const entryOffset = reader.offset;
    const section = reader.group('sections', i, () => parseSection(reader, items, offset));
    const key = `${section.type} ${section.item ?? ''}`;
    if (seen.has(key) && !mayRepeat(section.type, section.item)) {
      throw reader.invalid(`a second section ${section.type} of the same item`, entryOffset);
    }
    seen.add(key);
    sections.push(section);
    offset = checkedSum(reader, offset, section.length, entryOffset);
  }
  items.forEach(({ parameters }, i) => {
    const type = requiredSection(parameters.codec);
    if (type !== undefined && !seen.has(`${type} ${i}`)) {
      throw reader.invalid(`item ${i} of codec type ${parameters.codec} has no section ${type}`);
    }
  });
  return sections;
}

function parseSection(reader: ByteReader, items: readonly ItemEntry[], offset: number): SectionEntry {
  const entryOffset = reader.offset;
  const { type, crc } = reader.structure(SECTION_FIXED);
  if (!isSectionType(type)) {
    throw reader.invalid(`${JSON.stringify(type)} is not a section type`, entryOffset);
  }
  const itemOffset = reader.offset;
  const item = reader.varint('item', (n) => (n === 0 ? 'whole file' : `items[${n - 1}]`));
  if (item > items.length) throw reader.invalid(`item ${item} of ${items.length}`, itemOffset);
  const codecs = sectionCodecs(type);
  if (codecs && !(item > 0 && codecs.includes(items[item - 1].parameters.codec))) {
    throw reader.invalid(
      `a section ${type} that concerns no item of codec type ${codecs.join(' or ')}`,
      itemOffset,
    );
  }
  const section = { type, offset, length: reader.varint('length'), crc };
  return item === 0 ? section : { ...section, item: item - 1 };
}

function parseChunks(reader: ByteReader, items: readonly ItemEntry[], firstOffset: number): ChunkEntry[] {
  const countOffset = reader.offset;
  const count = reader.count('chunk_count', CHUNK_ENTRY_MIN, COUNT_LIMITS.chunks);
  const lastItem = items[items.length - 1];
  const total = lastItem.firstToken + lastItem.tokens;
  if ((count === 0) !== (total === 0)) {
    throw reader.invalid(`${count} chunks for ${total} tokens`, countOffset);
  }
  const cutter = new ChunkCutter(items);
  const chunks: ChunkEntry[] = [];
  let offset = firstOffset;
  let firstToken = 0;
  for (let i = 0; i < count; i++) {
    const entryOffset = reader.offset;
    const rest = total - firstToken;
    const isLast = i === count - 1;
    const chunk = reader.group('chunks', i, () => parseChunk(reader, isLast, rest, firstToken, offset));
    const fault = cutter.check(firstToken, chunk.tokens);
    if (fault) throw new LlmcError(fault.code, fault.message, { offset: entryOffset, chunk: i });
    chunks.push(chunk);
    firstToken += chunk.tokens;
    offset = checkedSum(reader, offset, chunk.length, entryOffset);
  }
  return chunks;
}

function parseChunk(
  reader: ByteReader,
  isLast: boolean,
  rest: number,
  firstToken: number,
  offset: number,
): ChunkEntry {
  const checksums = reader.structure(CHUNK_FIXED);
  const length = reader.varint('length');
  const tokensOffset = reader.offset;
  const tokens = isLast ? rest : reader.varint('tokens');
  if (tokens < 1 || tokens > rest) {
    throw reader.invalid(`a chunk of ${tokens} tokens where ${rest} remain`, tokensOffset);
  }
  return {
    tokens,
    firstToken,
    offset,
    length,
    crc: checksums.payload_crc,
    tokensCrc: checksums.tokens_crc,
  };
}

function endOf(
  entries: readonly { readonly offset: number; readonly length: number }[],
  start: number,
): number {
  const last = entries[entries.length - 1];
  return last === undefined ? start : last.offset + last.length;
}

function checkedSum(reader: ByteReader, sum: number, length: number, offset: number): number {
  if (sum + length > Number.MAX_SAFE_INTEGER) throw reader.invalid('a sum beyond 2^53 - 1', offset);
  return sum + length;
}
