/** Items of latents as media: pixels as PNG, sound as WAV. */

import { pngOfJpeg } from '../codecs/dct/pixels-node.js';
import { referencedCodecPackage } from '../codecs/package/codec-folders-node.js';
import type { CodecManifest } from '../codecs/package/manifest.js';
import { SoundDecoder } from '../codecs/rvq/sound-node.js';
import { ImageDecoder, parseImageSize } from '../codecs/vq/image-node.js';
import { formatHex } from '../container/bytes.js';
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
    const key = formatHex(reference.fingerprint);
    let opening = this.#decoders.get(key);
    if (opening === undefined) {
      opening = openDecoder(reference);
      this.#decoders.set(key, opening);
    }
    const decoder = await opening;
    if (!isOfPackage(parameters, decoder.codecPackage.manifest)) {
      const message = `the item's codebooks are not those of its codec package ${reference.name}; decode it --to npy`;
      throw new LlmcError('argument', message);
    }
    return decoder;
  }
}

function packageOf(parameters: CodecParameters): CodecPackageReference | undefined {
  if (parameters.codec === 'vq') return parameters.vq.codecPackage;
  return parameters.codec === 'rvq' ? parameters.rvq.codecPackage : undefined;
}

/** Whether the codebooks of an item are those of a package, so that the package's decoder knows all its indices. */
function isOfPackage(parameters: CodecParameters, manifest: CodecManifest): boolean {
  if (parameters.codec === 'vq') {
    return manifest.codec === 'vq' && parameters.vq.codebookSize === manifest.codebook;
  }
  return (
    parameters.codec === 'rvq' &&
    manifest.codec === 'rvq' &&
    parameters.rvq.codebookSizes.every((size, layer) => size === manifest.codebooks[layer])
  );
}

async function openDecoder(reference: CodecPackageReference): Promise<SoundDecoder | ImageDecoder> {
  const { manifest, ...rest } = await referencedCodecPackage(reference);
  return manifest.codec === 'vq'
    ? ImageDecoder.open({ manifest, ...rest })
    : SoundDecoder.open({ manifest, ...rest });
}
