/** Every byte of a file and the field that it belongs to. */

import type { MappedField } from './bytes.js';
import { parseMetadata } from './metadata.js';
import { parseHeader } from './parse-header.js';
import { openContainer, readHeaderBytes } from './reader.js';
import { SectionType } from './registry.js';
import { type ByteInput, toByteSource } from './source.js';

/** Largest metadata section whose fields are shown one by one. */
const METADATA_BYTES = 65536;

/**
 * The fields of a file in order: they follow one another without gaps from its first byte to its last. Payloads
 * and the bodies of sections other than metadata are one field each, whose bytes are not read; bytes after the
 * end of the file are the field `trailing`, and what a truncated file lacks is left out.
 *
 * @throws LlmcError the codes of `openContainer`, except `trailing-data` and `truncated` where the header is
 *   whole.
 */
export async function mapBytes(input: ByteInput): Promise<MappedField[]> {
  const source = toByteSource(input);
  const fields: MappedField[] = [];
  const header = parseHeader(await readHeaderBytes(source), (field) => fields.push(field));
  const container = await openContainer(source, { lenient: true });
  const { byteLength } = source;

  const add = (offset: number, length: number, field: string, level: number): void => {
    const present = Math.min(length, byteLength - offset);
    if (present > 0) fields.push({ offset, length: present, field, value: `${length} bytes`, level });
  };
  for (let i = 0; i < header.sections.length; i++) {
    const { type, offset, length } = header.sections[i];
    const path = `sections[${i}].body`;
    const known = type === SectionType.metadata && length <= METADATA_BYTES;
    const parts = known ? await mapMetadata(container.readSection(i), offset, path) : [];
    if (parts.length > 0) fields.push(...parts);
    else add(offset, length, path, 1);
  }
  header.chunks.forEach(({ offset, length }, i) => {
    add(offset, length, `chunks[${i}].payload`, 1);
  });
  add(header.fileLength, byteLength - header.fileLength, 'trailing', 0);
  return fields;
}

/** The fields of a section of metadata, or none where it is damaged. */
async function mapMetadata(body: Promise<Uint8Array>, offset: number, path: string): Promise<MappedField[]> {
  const fields: MappedField[] = [];
  try {
    parseMetadata(await body, offset, (field) => fields.push(field), path);
    return fields;
  } catch {
    return [];
  }
}
