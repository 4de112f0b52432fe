/** Writing the header (spec/container.md, sections 2 to 6). */

import { ByteWriter } from './bytes.js';
import { writeCodecParameters } from './codec-parameters.js';
import { crc32 } from './crc.js';
import { LlmcError } from './errors.js';
import type { ChunkEntry, Header, ItemContent, ModelEntry, SectionEntry } from './header.js';
import { writeModel } from './model-parameters.js';
import { parseHeader } from './parse-header.js';
import { reasonOf } from './reason.js';
import { DigestType, SHA256_BYTES } from './registry.js';
import { isSectionType } from './section-rules.js';
import { SIGNATURE, VERSION } from './structures.js';

/** What a header is made of: offsets and token places follow from it. */
export interface HeaderContent {
  readonly models: readonly ModelEntry[];
  readonly items: readonly ItemContent[];
  readonly sections: readonly Omit<SectionEntry, 'offset'>[];
  readonly chunks: readonly Omit<ChunkEntry, 'offset' | 'firstToken'>[];
}

/**
 * The bytes of a header and what a reader makes of them: it is parsed again, so that no header is written that
 * a reader would refuse.
 *
 * @throws LlmcError `argument` where the content breaks a rule of the format.
 */
export function serializeHeader(content: HeaderContent): {
  readonly bytes: Uint8Array;
  readonly header: Header;
} {
  const body = new ByteWriter();
  body.varint(content.models.length);
  for (const model of content.models) writeModel(body, model);
  body.varint(content.items.length);
  for (const item of content.items) writeItem(body, item);
  body.varint(content.sections.length);
  for (const section of content.sections) writeSection(body, section);
  body.varint(content.chunks.length);
  content.chunks.forEach((chunk, i) => {
    body.u32(chunk.crc);
    body.u32(chunk.tokensCrc);
    body.varint(chunk.length);
    if (i < content.chunks.length - 1) body.varint(chunk.tokens);
  });

  const writer = new ByteWriter();
  writer.bytes(SIGNATURE);
  writer.u8(VERSION.major);
  writer.u8(VERSION.minor);
  writer.block(body.finish());
  writer.u32(crc32(writer.finish()));
  const bytes = writer.finish();
  return { bytes, header: checked(bytes, content) };
}

function writeItem(writer: ByteWriter, item: ItemContent): void {
  const { codec, bytes } = writeCodecParameters(item.parameters);
  writer.varint(codec);
  writer.varint(item.model === undefined ? 0 : item.model + 1);
  writer.varint(item.originalLength);
  const digest = item.digest ?? { type: 'none' };
  if (digest.type === 'none') {
    writer.varint(DigestType.none);
  } else if (digest.type === 'sha256') {
    if (digest.value.length !== SHA256_BYTES) {
      throw new LlmcError('argument', `a SHA-256 of ${digest.value.length} bytes`);
    }
    writer.varint(DigestType.sha256);
    writer.bytes(digest.value);
  } else {
    writer.varint(digest.type);
    writer.block(digest.value);
  }
  writer.block(bytes);
}

function writeSection(writer: ByteWriter, section: Omit<SectionEntry, 'offset'>): void {
  if (!isSectionType(section.type)) {
    throw new LlmcError('argument', `${JSON.stringify(section.type)} is not a section type`);
  }
  for (let i = 0; i < 4; i++) writer.u8(section.type.charCodeAt(i));
  writer.u32(section.crc);
  writer.varint(section.item === undefined ? 0 : section.item + 1);
  writer.varint(section.length);
}

/** The last chunk's token count is not in the file, so it is compared here. */
function checked(bytes: Uint8Array, content: HeaderContent): Header {
  let header: Header;
  try {
    header = parseHeader(bytes);
  } catch (cause) {
    const reason = reasonOf(cause);
    throw new LlmcError('argument', `a reader would refuse this file: ${reason}`, { cause });
  }
  const last = content.chunks.length - 1;
  if (last >= 0 && header.chunks[last].tokens !== content.chunks[last].tokens) {
    const message = `the chunks hold ${content.chunks[last].tokens - header.chunks[last].tokens} tokens more than the items`;
    throw new LlmcError('argument', message);
  }
  return header;
}
