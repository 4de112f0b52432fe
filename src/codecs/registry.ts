/** The codecs of this implementation, by codec type. */

import { LlmcError } from '../container/errors.js';
import type { CodecName } from '../container/registry.js';
import type { Codec, ParsedItem } from './codec.js';
import { jpegCodec } from './jpeg/codec.js';
import { rawCodec } from './raw/index.js';

const CODECS: Partial<Record<CodecName, Codec>> = { raw: rawCodec, jpeg: jpegCodec };

/**
 * The codec of a codec type.
 *
 * @throws LlmcError `codec-unknown`.
 */
export function codecFor(codec: CodecName | number): Codec {
  const found = typeof codec === 'string' ? CODECS[codec] : undefined;
  if (found === undefined) throw new LlmcError('codec-unknown', `no codec for codec type ${codec}`);
  return found;
}

/** A file as the first codec that understands it sees it; `raw` understands all. */
export function parseFile(file: Uint8Array): ParsedItem {
  return jpegCodec.parse(file) ?? rawItem(file);
}

/** A file as an item of codec type `raw`. */
export function rawItem(file: Uint8Array): ParsedItem {
  return rawCodec.parse(file) as ParsedItem;
}
