/** Items of latents as media: pixels as PNG, sound as WAV. */

import { pngOfJpeg } from '../codecs/dct/pixels-node.js';
import { referencedCodecPackage } from '../codecs/package/codec-folders-node.js';
import { SoundDecoder } from '../codecs/rvq/sound-node.js';
import { LlmcError } from '../container/errors.js';
import type { CodecPackageReference, CodecParameters } from '../container/parameters.js';
import type { MediumFormat } from './medium-format.js';

/** The bytes of an output, made anew each time that they are asked for. */
export type OutputParts = () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Writes media, with decoders that are opened once. */
export class MediumWriter {
  readonly #decoders = new Map<string, Promise<SoundDecoder>>();

  /**
   * An item's output.
   *
   * @param bytes As the pipeline gave them, in the format that `latentsFormat` names.
   * @throws LlmcError `argument`, `package-missing`, `package-invalid`.
   */
  async parts(
    bytes: Uint8Array,
    parameters: CodecParameters,
    format: MediumFormat | undefined,
  ): Promise<OutputParts> {
    const { codec } = parameters;
    if (format === 'png') {
      if (codec !== 'dct' && codec !== 'jpeg') throw unfit(codec, format);
      const png = await pngOfJpeg(bytes);
      return () => [png];
    }
    if (format === 'wav') {
      if (parameters.codec !== 'rvq' || parameters.rvq.codecPackage === undefined) throw unfit(codec, format);
      const decoder = await this.#decoder(parameters.rvq.codecPackage);
      return () => decoder.decode(bytes);
    }
    return () => [bytes];
  }

  /** Closes all decoders. */
  async close(): Promise<void> {
    for (const decoder of this.#decoders.values()) {
      await decoder.then(
        (opened) => opened.close(),
        () => undefined,
      );
    }
  }

  #decoder(reference: CodecPackageReference): Promise<SoundDecoder> {
    const key = Buffer.from(reference.fingerprint).toString('hex');
    let decoder = this.#decoders.get(key);
    if (decoder === undefined) {
      decoder = referencedCodecPackage(reference).then((found) => SoundDecoder.open(found));
      this.#decoders.set(key, decoder);
    }
    return decoder;
  }
}

function unfit(codec: string | number, format: MediumFormat): LlmcError {
  const reason = codec === 'rvq' ? ', for it names no codec package' : '';
  return new LlmcError('argument', `an item of codec type ${codec} cannot be decoded to ${format}${reason}`);
}
