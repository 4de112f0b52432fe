/** The tokens of a language model of text. */

/** Turns text into tokens and back; what does not survive that, the codec keeps aside. */
export interface Vocabulary {
  /**
   * The tokens of a text.
   *
   * @throws LlmcError `input-invalid` where the bytes are not what the vocabulary takes.
   */
  tokenize(text: Uint8Array): Uint32Array;
  /** The bytes that tokens stand for. Never throws: a token that is none stands for nothing. */
  detokenize(tokens: Uint32Array): Uint8Array;
}

/** Each byte is a token. */
export const byteVocabulary: Vocabulary = {
  tokenize: (text) => Uint32Array.from(text),
  detokenize: (tokens) => Uint8Array.from(tokens),
};
