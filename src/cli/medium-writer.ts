/** Items of latents as media: pixels as PNG, sound as WAV. */

import { pngOfJpeg } from '../codecs/dct/pixels-node.js';
import { referencedCodecPackage } from '../codecs/package/codec-folders-node.js';
import { SoundDecoder } from '../codecs/rvq/sound-node.js';
import { ImageDecoder, parseImageSize } from '../codecs/vq/image-node.js';
import { LlmcError } from '../container/errors.js';
import type { CodecPackageReference, CodecParameters } from '../container/parameters.js';
import type { MediumFormat } from './medium-format.js';

/** The bytes of an output, made anew each time that they are asked for. */
export type OutputParts = () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Writes media, with decoders that are opened once. */
export class MediumWriter {
  readonly #decoders = new Map<string, Promise<SoundDecoder | ImageDecoder>>();

  /**
   * An item's output.
   *
   * @param bytes As the pipeline gave them, in the format that `latentsFormat` names.
   * @param metadata The item's key-value pairs.
   * @throws LlmcError `argument`, `package-missing`, `package-invalid`.
   */
  async parts(
    bytes: Uint8Array,
    parameters: CodecParameters,
    format: MediumFormat | undefined,
    metadata: Readonly<Record<string, string>>,
  ): Promise<OutputParts> {
    if (format !== 'png' && format !== 'wav') return () => [bytes];
    if (format === 'png' && (parameters.codec === 'dct' || parameters.codec === 'jpeg')) {
      const png = await pngOfJpeg(bytes);
      return () => [png];
    }
    const decoder = await this.#decoder(parameters);
    if (format === 'wav' && decoder instanceof SoundDecoder) return () => decoder.decode(bytes);
    if (format === 'png' && decoder instanceof ImageDecoder) {
      const png = await decoder.decode(bytes, parseImageSize(metadata));
      return () => [png];
    }
    const indices = parameters.codec === 'vq' || parameters.codec === 'rvq';
    const reason = indices && decoder === undefined ? ', for it names no codec package' : '';
    const message = `an item of codec type ${parameters.codec} cannot be decoded to ${format}${reason}`;
    throw new LlmcError('argument', message);
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

  /** The decoder of the codec package that an item names, if it names one. */
  async #decoder(parameters: CodecParameters): Promise<SoundDecoder | ImageDecoder | undefined> {
    const reference = packageOf(parameters);
    if (reference === undefined) return undefined;
    const key = Buffer.from(reference.fingerprint).toString('hex');
    let decoder = this.#decoders.get(key);
    if (decoder === undefined) {
      decoder = openDecoder(reference);
      this.#decoders.set(key, decoder);
    }
    return decoder;
  }
}

function packageOf(parameters: CodecParameters): CodecPackageReference | undefined {
  if (parameters.codec === 'vq') return parameters.vq.codecPackage;
  return parameters.codec === 'rvq' ? parameters.rvq.codecPackage : undefined;
}

async function openDecoder(reference: CodecPackageReference): Promise<SoundDecoder | ImageDecoder> {
  const { manifest, ...rest } = await referencedCodecPackage(reference);
  return manifest.codec === 'vq'
    ? ImageDecoder.open({ manifest, ...rest })
    : SoundDecoder.open({ manifest, ...rest });
}
