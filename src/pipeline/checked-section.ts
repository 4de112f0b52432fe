/** Bodies of sections with their contents checked (spec/container.md, "Order of decoding, and damage", step 3). */

import { codecFor } from '../codecs/registry.js';
import { parseEmbeddedModel } from '../container/embedded-model.js';
import { LlmcError } from '../container/errors.js';
import { parseMetadata } from '../container/metadata.js';
import type { Container } from '../container/reader.js';
import { SectionType } from '../container/registry.js';
import { SIDE_DATA_TYPES } from '../container/section-rules.js';

/**
 * The body of a section; of one of a known type its contents are checked as far as that goes without latents.
 *
 * @throws LlmcError `section-crc`, `section-invalid`, `truncated`, `limit` or `input`, with the offset in the file.
 */
export async function readCheckedSection(container: Container, index: number): Promise<Uint8Array> {
  const { header } = container;
  const { type, item, offset } = header.sections[index];
  const body = await container.readSection(index);
  if (type === SectionType.metadata) parseMetadata(body, offset);
  else if (type === SectionType.model && item === undefined) parseEmbeddedModel(body, offset);
  else if (item !== undefined && SIDE_DATA_TYPES.includes(type)) {
    const { parameters, originalLength } = header.items[item];
    try {
      codecFor(parameters.codec).checkSection?.(body, parameters, originalLength);
    } catch (error) {
      throw atSection(error, container, index);
    }
  }
  return body;
}

/** A fault of a section's contents, with its item and with the section's place: that of an inflated record says nothing. */
export function atSection(error: unknown, container: Container, index: number): unknown {
  if (!(error instanceof LlmcError) || error.code !== 'section-invalid') return error;
  const { offset, item } = container.header.sections[index];
  const place = item === undefined ? { offset } : { offset, item };
  return new LlmcError(error.code, error.message, { ...place, cause: error });
}
