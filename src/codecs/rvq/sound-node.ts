/** Sound to the indices of a codec package, and indices to sound. */

import { LlmcError } from '../../container/errors.js';
import { type Fraction, lowestTerms } from '../../container/fraction.js';
import type { ByteSource } from '../../container/source.js';
import { canonicalFile } from '../arrays/canonical.js';
import { readElements } from '../arrays/element.js';
import { parseNpy } from '../arrays/npy.js';
import type { RvqChoice } from '../codec.js';
import type { CodecPackage } from '../package/codec-folders-node.js';
import { referenceTo, type SoundManifest } from '../package/manifest.js';
import { Network } from '../package/network-node.js';
import { readSound } from '../sound/read-node.js';
import { wavHeader, wavSamples } from '../sound/wav.js';

/** A package of sound. */
export type SoundPackage = CodecPackage<SoundManifest>;

/** What the indices of a package are: of an array of them, all that it does not show. */
export function choiceOf(
  { manifest, fingerprint }: SoundPackage,
  depth = manifest.codebooks.length,
): RvqChoice {
  const { codebooks, sampleRate, frameSamples } = manifest;
  if (depth > codebooks.length) {
    throw new LlmcError('argument', `${manifest.name} has ${codebooks.length} layers, not ${depth}`);
  }
  return {
    codec: 'rvq',
    codebookSizes: codebooks.slice(0, depth),
    depth,
    frameRate: lowestTerms({ numerator: sampleRate, denominator: frameSamples }),
    sampleRate,
    codecPackage: referenceTo(manifest, fingerprint),
  };
}

/** Indices, frame by frame, as an `.npy` file [layers, frames], and the bits that they take when packed. */
export function indexFile(
  codecPackage: SoundPackage,
  indices: Uint32Array,
  depth: number,
): { readonly bytes: Uint8Array; readonly bits: number } {
  const { codebookSizes = [], frameRate } = choiceOf(codecPackage, depth);
  const groups = [{ count: 1, frames: indices.length / depth }];
  const { sampleRate } = codecPackage.manifest;
  const rvq = { codebookSizes, groups, frameRate: frameRate as Fraction, sampleRate };
  const bits = codebookSizes.reduce((sum, size) => sum + Math.ceil(Math.log2(size)), 0) * groups[0].frames;
  return { bytes: canonicalFile({ codec: 'rvq', rvq }, indices), bits };
}

/** The encoder of a package. */
export class SoundEncoder {
  private constructor(
    private readonly codecPackage: SoundPackage,
    private readonly network: Network,
  ) {}

  /** @throws LlmcError `argument`, `package-invalid`. */
  static async open(codecPackage: SoundPackage): Promise<SoundEncoder> {
    return new SoundEncoder(codecPackage, await Network.open(codecPackage, 'encoder.onnx'));
  }

  /**
   * The first layers of a recording's indices as an `.npy` file [layers, frames], and the bits that they take when
   * packed. The last frame is filled with silence.
   *
   * @throws LlmcError `input-invalid`.
   */
  async encode(source: ByteSource, depth: number): Promise<{ bytes: Uint8Array; bits: number }> {
    return indexFile(this.codecPackage, await this.indices(source, depth), depth);
  }

  /**
   * The first layers of a recording's indices, frame by frame.
   *
   * @throws LlmcError `input-invalid`.
   */
  async indices(source: ByteSource, depth: number): Promise<Uint32Array> {
    const { sampleRate, frameSamples, framesPerCall } = this.codecPackage.manifest;
    const call = this.network.begin();
    const indices: number[] = [];
    for await (const samples of inCalls(readSound(source, sampleRate), framesPerCall.encoder, frameSamples)) {
      const { data, dims } = await call('samples', samples, [1, samples.length]);
      const frames = dims[1];
      for (let t = 0; t < frames; t++) {
        for (let layer = 0; layer < depth; layer++) indices.push(Number(data[layer * frames + t]));
      }
    }
    return Uint32Array.from(indices);
  }

  /** Frees the network. */
  close(): Promise<void> {
    return this.network.close();
  }
}

/** Samples in pieces of whole frames, as many as a call takes. */
async function* inCalls(
  pieces: AsyncIterable<Float32Array>,
  frames: number,
  frameSamples: number,
): AsyncGenerator<Float32Array> {
  const call = new Float32Array(frames * frameSamples);
  let held = 0;
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; ) {
      const taken = piece.subarray(at, at + call.length - held);
      call.set(taken, held);
      held += taken.length;
      at += taken.length;
      if (held < call.length) break;
      yield call.slice();
      held = 0;
    }
  }
  if (held > 0) yield call.fill(0, held).slice(0, Math.ceil(held / frameSamples) * frameSamples);
}

/** The decoder of a package. */
export class SoundDecoder {
  private constructor(
    readonly codecPackage: SoundPackage,
    private readonly network: Network,
  ) {}

  /** @throws LlmcError `argument`, `package-invalid`. */
  static async open(codecPackage: SoundPackage): Promise<SoundDecoder> {
    return new SoundDecoder(codecPackage, await Network.open(codecPackage, 'decoder.onnx'));
  }

  /**
   * A WAV file of 16 bits, in parts.
   *
   * @param npy Indices [layers, frames], the canonical file of an item of one stream.
   * @throws LlmcError `argument` where there are several streams.
   */
  async *decode(npy: Uint8Array): AsyncGenerator<Uint8Array> {
    const { element, shape, offset, length } = parseNpy(npy);
    if (shape.length !== 2 || element === undefined) {
      throw new LlmcError('argument', 'several streams make no WAV file; decode them --to npy');
    }
    const { sampleRate, frameSamples, framesPerCall } = this.codecPackage.manifest;
    const [layers, frames] = shape;
    const indices = readElements(element, npy.subarray(offset, offset + length), layers * frames);
    const call = this.network.begin();
    yield wavHeader(frames * frameSamples, sampleRate);
    for (let first = 0; first < frames; first += framesPerCall.decoder) {
      const count = Math.min(framesPerCall.decoder, frames - first);
      const input = BigInt64Array.from({ length: layers * count }, (_, i) =>
        BigInt(indices[Math.floor(i / count) * frames + first + (i % count)]),
      );
      const { data } = await call('indices', input, [layers, count]);
      yield wavSamples(data as Float32Array);
    }
  }

  /** Frees the network. */
  close(): Promise<void> {
    return this.network.close();
  }
}
