/** Reading files: the header at once, sections and chunks when they are asked for. */

import { crc32, formatCrc } from './crc.js';
import { findItemFault } from './decodability.js';
import { LlmcError } from './errors.js';
import type { Header, SectionEntry } from './header.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { parseHeader, parsePreamble } from './parse-header.js';
import { isUnknownCritical } from './section-rules.js';
import { type ByteInput, type ByteSource, readExactly, toByteSource } from './source.js';

/** Bytes of the first read: enough for the whole header of most files. */
const FIRST_READ = 4096;

/** Choices of `openContainer`. */
export interface OpenOptions {
  /** Limits that differ from `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>;
  /**
   * Accept files that end too early or go on after their end, and report it in `faults`: what is complete can
   * be read.
   */
  readonly lenient?: boolean;
}

/** An open file. */
export interface Container {
  readonly header: Header;
  /** Faults of the file's length that `lenient` let pass: `truncated` or `trailing-data`. */
  readonly faults: readonly LlmcError[];
  /**
   * Why an item cannot be decoded, as far as the header tells: `codec-unknown`, `section-unknown`,
   * `profile-unknown`, `arrangement-unknown`, `model-unknown` or `limit`.
   */
  itemFault(item: number): LlmcError | undefined;
  /**
   * Body of the section of this index in `header.sections`, its CRC verified.
   *
   * @throws LlmcError `section-crc`, `truncated`, `limit` or `input`.
   */
  readSection(section: number): Promise<Uint8Array>;
  /**
   * At most `length` first bytes of a section's body, which nothing has verified.
   *
   * @throws LlmcError `truncated` or `input`.
   */
  peekSection(section: number, length: number): Promise<Uint8Array>;
  /** Index of the section of this type that concerns the item (the whole file if undefined), or undefined. */
  findSection(type: string, item?: number): number | undefined;
  /**
   * Payload of the chunk of this index in `header.chunks`, its CRC verified.
   *
   * @throws LlmcError `chunk-crc`, `truncated` or `input`, with the chunk's index.
   */
  readChunk(chunk: number): Promise<Uint8Array>;
}

/**
 * Reads and checks the header of a file with one or two small reads.
 *
 * @throws LlmcError `signature`, `signature-mangled`, `version`, `truncated`, `trailing-data`, `header-crc`,
 *   `header-invalid`, `limit` or `input`, with the byte offset of the fault.
 */
export async function openContainer(input: ByteInput, options: OpenOptions = {}): Promise<Container> {
  const source = toByteSource(input);
  const header = parseHeader(await readHeaderBytes(source));
  const faults = lengthFaults(header, source.byteLength);
  if (faults.length > 0 && !options.lenient) throw faults[0];
  return new OpenFile(source, header, faults, { ...DEFAULT_LIMITS, ...options.limits });
}

/**
 * The bytes of a file's header, or those of its beginning that are there.
 *
 * @throws LlmcError the codes of `parsePreamble` and `input`.
 */
export async function readHeaderBytes(source: ByteSource): Promise<Uint8Array> {
  const start = await readExactly(source, 0, Math.min(FIRST_READ, source.byteLength));
  const { headerLength } = parsePreamble(start);
  const available = Math.min(headerLength, source.byteLength);
  if (available <= start.length) return start.subarray(0, available);
  const bytes = new Uint8Array(available);
  bytes.set(start);
  bytes.set(await readExactly(source, start.length, available - start.length), start.length);
  return bytes;
}

function lengthFaults({ fileLength }: Header, byteLength: number): LlmcError[] {
  if (byteLength < fileLength) {
    const message = `the file has ${byteLength} of ${fileLength} bytes`;
    return [new LlmcError('truncated', message, { offset: byteLength })];
  }
  if (byteLength > fileLength) {
    const message = `${byteLength - fileLength} bytes follow the last chunk`;
    return [new LlmcError('trailing-data', message, { offset: fileLength })];
  }
  return [];
}

class OpenFile implements Container {
  /** The first critical section of no known type of each item, and (undefined) of the whole file. */
  readonly #unknownCritical: ReadonlyMap<number | undefined, SectionEntry>;
  readonly #sectionIndex: ReadonlyMap<string, number>;

  constructor(
    private readonly source: ByteSource,
    readonly header: Header,
    readonly faults: readonly LlmcError[],
    private readonly limits: Limits,
  ) {
    const index = new Map<string, number>();
    const unknown = new Map<number | undefined, SectionEntry>();
    header.sections.forEach((section, i) => {
      const { type, item } = section;
      const key = sectionKey(type, item);
      if (!index.has(key)) index.set(key, i);
      if (isUnknownCritical(type) && !unknown.has(item)) unknown.set(item, section);
    });
    this.#sectionIndex = index;
    this.#unknownCritical = unknown;
  }

  itemFault(item: number): LlmcError | undefined {
    return findItemFault(this.header, item, {
      unknownCritical: this.#unknownCritical.get(undefined) ?? this.#unknownCritical.get(item),
      limits: this.limits,
      byteLength: this.source.byteLength,
    });
  }

  findSection(type: string, item?: number): number | undefined {
    return this.#sectionIndex.get(sectionKey(type, item));
  }

  async readSection(section: number): Promise<Uint8Array> {
    const { type, item, offset, length, crc } = this.header.sections[section];
    const details = item === undefined ? { offset } : { offset, item };
    const what = `section ${type}`;
    if (length > this.limits.sectionBytes) {
      const message = `${what} has ${length} bytes, more than ${this.limits.sectionBytes}`;
      throw new LlmcError('limit', message, { ...details, offset: Math.min(offset, this.source.byteLength) });
    }
    const body = await this.readBody(what, offset, length, details);
    const found = crc32(body);
    if (found !== crc) throw new LlmcError('section-crc', crcMessage(what, found, crc), details);
    return body;
  }

  async peekSection(section: number, length: number): Promise<Uint8Array> {
    const { type, offset, length: whole } = this.header.sections[section];
    return this.readBody(`section ${type}`, offset, Math.min(length, whole), {});
  }

  async readChunk(chunk: number): Promise<Uint8Array> {
    const { offset, length, crc } = this.header.chunks[chunk];
    const details = { offset, chunk };
    const what = `the payload of chunk ${chunk}`;
    const payload = await this.readBody(what, offset, length, details);
    const found = crc32(payload);
    if (found !== crc) throw new LlmcError('chunk-crc', crcMessage(what, found, crc), details);
    return payload;
  }

  private readBody(
    what: string,
    offset: number,
    length: number,
    details: { readonly chunk?: number; readonly item?: number },
  ): Promise<Uint8Array> {
    const { byteLength } = this.source;
    if (offset + length > byteLength) {
      const message = `${what} ends at offset ${offset + length}, the file at ${byteLength}`;
      throw new LlmcError('truncated', message, { ...details, offset: byteLength });
    }
    return readExactly(this.source, offset, length);
  }
}

function sectionKey(type: string, item: number | undefined): string {
  return `${type} ${item ?? ''}`;
}

function crcMessage(what: string, found: number, stored: number): string {
  return `${what} has the CRC ${formatCrc(found)}, not ${formatCrc(stored)}`;
}
