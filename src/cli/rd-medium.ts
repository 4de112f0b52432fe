/** What `llmc bench rd` measures: media of a codec, files of which it encodes at several settings. */

import type { CodecChoice } from '../codecs/codec.js';
import { openContainer } from '../container/reader.js';
import type { ModelProvider } from '../lm/model-provider.js';
import { encodeItems } from '../pipeline/encode.js';

/** A measure of quality. */
export interface Score {
  readonly name: string;
  /** Its column in CSV. */
  readonly column: string;
  readonly digits: number;
  /** The scale, where it is another, on which rates at the same quality are compared. */
  readonly scale?: (value: number) => number;
}

/** A file in a format at a setting. */
export interface Measure {
  readonly format: string;
  /** A quality, or a number of layers; undefined where there is but one. */
  readonly setting?: number;
  readonly bytes: number;
  /** One value a score; NaN where the file has none. */
  readonly scores: readonly number[];
}

/** A file at all settings. */
export interface Subject {
  /** Pixels or seconds. */
  readonly extent: number;
  /** Bits as plain samples. */
  readonly plainBits: number;
  readonly measures: readonly Measure[];
}

/** A kind of media, and the codec that it is measured with. */
export interface Medium {
  /** What rates are told by. */
  readonly unit: 'pixel' | 'second';
  readonly setting: 'quality' | 'layers';
  /** Bits of a plain sample or pixel. */
  readonly plain: string;
  readonly scores: readonly Score[];
  /** The codec's own entropy coder: its format, and that in words. */
  readonly anchor: { readonly format: string; readonly name: string };
  /** Formats of the same latents, of which the coder alone differs. */
  readonly sameLatents: readonly string[];
  /** Whether a file of that name, found in a folder, is taken. */
  accepts(name: string): boolean;
  /**
   * Measures a file.
   *
   * @throws LlmcError `argument`, `input`, `input-invalid` and others of the encoder.
   */
  measure(path: string, models: ModelProvider): Promise<Subject>;
  close(): Promise<void>;
}

/** Choices that all media have. */
export interface CodingChoices {
  readonly model: string;
  readonly signal: AbortSignal;
}

/** Bytes of a file of latents when packed: in all, and of them the payload. */
export async function packedBytes(
  bytes: Uint8Array,
  codec: CodecChoice,
  models: ModelProvider,
  { model, signal }: CodingChoices,
): Promise<{ file: number; payload: number }> {
  const packed = await encodeItems([{ bytes }], models, { model, codec, signal, digest: 'none' });
  const { header } = await openContainer(packed.bytes);
  const payload = header.chunks.reduce((sum, { length }) => sum + length, 0);
  return { file: packed.bytes.length, payload };
}
