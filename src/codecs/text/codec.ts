/** Codec type `text`: tokens of a language model's vocabulary (spec/codecs.md, "5 text"). */

import { ByteReader, ByteWriter } from '../../container/bytes.js';
import { LlmcError } from '../../container/errors.js';
import { tokenCount } from '../../container/parameters.js';
import { SectionType } from '../../container/registry.js';
import type { Vocabulary } from '../../lm/vocabulary.js';
import type { Codec, ParsedItem, RebuildInput } from '../codec.js';
import { packRecord, unpackRecord } from '../side-record.js';

const NO_DICTIONARY = new Uint8Array(0);

/** Text. No file tells by itself that it is one that a model has tokens for. */
export const textCodec: Codec = {
  parse: () => undefined,

  allocate: (parameters) => ({ kind: 'indices', indices: new Uint32Array(tokenCount(parameters, 0)) }),

  checkSection(body, _parameters, originalLength) {
    readRepair(body, originalLength);
  },

  rebuild(input) {
    const plain = detokenize(input);
    const section = input.section(SectionType.textSideData);
    return section === undefined ? plain : repair(plain, readRepair(section, input.originalLength));
  },

  salvage: (input) => detokenize(input),
};

/**
 * A text as an item.
 *
 * @throws LlmcError `input-invalid` where the vocabulary does not take it.
 */
export function textItem(file: Uint8Array, vocabulary: Vocabulary): ParsedItem {
  const indices = vocabulary.tokenize(file);
  const plain = vocabulary.detokenize(indices);
  const body = packRepair(plain, file);
  return {
    parameters: { codec: 'text', text: { tokens: indices.length } },
    latents: { kind: 'indices', indices },
    sections: body === undefined ? [] : [{ type: SectionType.textSideData, body }],
  };
}

function detokenize({ latents, vocabulary }: RebuildInput): Uint8Array {
  if (latents.kind !== 'indices') throw new TypeError(`latents of kind ${latents.kind}`);
  if (latents.indices.length === 0) return new Uint8Array(0);
  if (vocabulary === undefined) throw new LlmcError('model-mismatch', 'the model has no vocabulary of text');
  return vocabulary.detokenize(latents.indices);
}

/** What makes of the detokenised bytes those of the file; undefined where they are equal. */
function packRepair(plain: Uint8Array, file: Uint8Array): Uint8Array | undefined {
  const shorter = Math.min(plain.length, file.length);
  let before = 0;
  while (before < shorter && plain[before] === file[before]) before++;
  if (before === plain.length && before === file.length) return undefined;
  let after = 0;
  while (after < shorter - before && plain.at(-1 - after) === file.at(-1 - after)) after++;
  const record = new ByteWriter();
  record.varint(before);
  record.varint(after);
  record.bytes(file.subarray(before, file.length - after));
  // Shorter than the file and its two numbers, so never more than a decoder must accept.
  return packRecord(record.finish(), NO_DICTIONARY, file.length);
}

/** What the section says: how much of the detokenised bytes stays, and what stands between. */
interface Repair {
  readonly before: number;
  readonly after: number;
  readonly replacement: Uint8Array;
}

function readRepair(section: Uint8Array, originalLength: number): Repair {
  const record = unpackRecord(section, NO_DICTIONARY, originalLength);
  const reader = new ByteReader(record, 0, { invalid: 'section-invalid', end: 'section-invalid' });
  const before = reader.varint('kept_before');
  const after = reader.varint('kept_after');
  const replacement = reader.bytes('replacement', reader.remaining);
  if (before + replacement.length + after !== originalLength) {
    throw new LlmcError('section-invalid', `the repair does not make a text of ${originalLength} bytes`);
  }
  return { before, after, replacement };
}

function repair(plain: Uint8Array, { before, after, replacement }: Repair): Uint8Array {
  if (before + after > plain.length) {
    throw new LlmcError('section-invalid', `${before + after} bytes are kept of a text of ${plain.length}`);
  }
  const text = new Uint8Array(before + replacement.length + after);
  text.set(plain.subarray(0, before));
  text.set(replacement, before);
  text.set(plain.subarray(plain.length - after), before + replacement.length);
  return text;
}
