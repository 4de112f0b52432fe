/** The codecs of this implementation, by codec type. */

import { LlmcError } from '../container/errors.js';
import type { CodecName } from '../container/registry.js';
import type { Vocabulary } from '../lm/vocabulary.js';
import type { Codec, CodecChoice, ParsedItem } from './codec.js';
import { dctCodec, dctItem } from './dct/codec.js';
import { jpegCodec } from './jpeg/codec.js';
import { rawCodec } from './raw/index.js';
import { rvqCodec, rvqItem } from './rvq/codec.js';
import { textCodec, textItem } from './text/codec.js';
import { vqCodec, vqItem } from './vq/codec.js';

const CODECS: Partial<Record<CodecName, Codec>> = {
  raw: rawCodec,
  jpeg: jpegCodec,
  dct: dctCodec,
  vq: vqCodec,
  rvq: rvqCodec,
  text: textCodec,
};

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

/**
 * A file as an item of the codec that is asked for; of `auto` as the first codec that understands it sees it, and
 * `raw` understands all.
 *
 * @param vocabulary Tokens of the model, for `text`.
 * @throws LlmcError `argument`, `input-invalid` where a codec that was asked for cannot take the file.
 */
export function parseFile(
  file: Uint8Array,
  choice: CodecChoice = 'auto',
  vocabulary?: Vocabulary,
): ParsedItem {
  if (choice === 'auto') return jpegCodec.parse(file) ?? rvqCodec.parse(file) ?? rawItem(file);
  if (choice === 'raw') return rawItem(file);
  if (choice === 'text') {
    if (vocabulary) return textItem(file, vocabulary);
    throw new LlmcError('argument', 'codec text needs a language model of text: name one with --model');
  }
  if (choice === 'jpeg') {
    const item = jpegCodec.parse(file);
    if (item === undefined)
      throw new LlmcError('input-invalid', 'the file is no JPEG whose coefficients can be taken');
    return item;
  }
  if (choice.codec === 'dct') return dctItem(file);
  if (choice.codec === 'package') throw new LlmcError('argument', 'codec packages need Node');
  return choice.codec === 'vq' ? vqItem(file, choice) : rvqItem(file, choice);
}

/** A file as an item of codec type `raw`. */
export function rawItem(file: Uint8Array): ParsedItem {
  return rawCodec.parse(file) as ParsedItem;
}
