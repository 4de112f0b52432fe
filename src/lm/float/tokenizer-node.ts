/** Tokenizers of language models (spec/float-profile.md, "Text"). */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LlmcError } from '../../container/errors.js';
import { invalidPackage } from '../manifest.js';
import { byteVocabulary, type Vocabulary } from '../vocabulary.js';
import { type FloatPackage, TOKENIZER_FILE } from './package.js';

/**
 * What turns text into the tokens of a package; undefined for one of other latents.
 *
 * @throws LlmcError `model-invalid` where its tokenizer cannot be read.
 */
export async function openVocabulary({
  arrangement,
  folder,
  files,
}: FloatPackage): Promise<Vocabulary | undefined> {
  if (arrangement !== 'text') return undefined;
  if (!files.has(TOKENIZER_FILE)) return byteVocabulary;
  // Loaded only where it is asked for.
  const { Tokenizer } = await import('@huggingface/tokenizers');
  try {
    const description = JSON.parse(await readFile(join(folder, TOKENIZER_FILE), 'utf8')) as object;
    const tokenizer = new Tokenizer(description, { clean_up_tokenization_spaces: false });
    return {
      tokenize: (text) =>
        Uint32Array.from(tokenizer.encode(decodeUtf8(text), { add_special_tokens: false }).ids),
      detokenize(tokens) {
        // A token without a text is one that damage made.
        const known = [...tokens].filter((token) => tokenizer.id_to_token(token) !== undefined);
        const options = { skip_special_tokens: false, clean_up_tokenization_spaces: false };
        return new TextEncoder().encode(known.length === 0 ? '' : tokenizer.decode(known, options));
      },
    };
  } catch (cause) {
    throw invalidPackage(`${TOKENIZER_FILE} cannot be read`, cause);
  }
}

function decodeUtf8(text: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text);
  } catch (cause) {
    throw new LlmcError('input-invalid', 'the text is not UTF-8, which the tokenizer of the model takes', {
      cause,
    });
  }
}
