/** Sound files to mono samples at a rate, piece by piece. */

import { createRequire } from 'node:module';
import type { FLACDecodedAudio } from '@wasm-audio-decoders/flac';
import type { AudioSample } from 'mediabunny';
import { LlmcError } from '../../container/errors.js';
import { reasonOf } from '../../container/reason.js';
import { type ByteSource, readExactly } from '../../container/source.js';

/** Bytes of a FLAC file that are read at a time. */
const READ_BYTES = 1 << 16;
/** Samples after the end that bring the last ones out of the resampling filter. */
const FILTER_SAMPLES = 4096;

/** Writers to a pipe, who do not know the length of the data, say 2^32 - 1, 2^31 or a little less. */
const UNKNOWN_LENGTH = 0x7ff00000;

/** Most chunks of a WAV file before its samples: each costs a read, and a hostile file may be made of empty ones. */
const MAX_CHUNKS = 1000;

/** Samples as they are in the file. */
interface Piece {
  readonly sampleRate: number;
  /** One array a channel, -1 to 1. */
  readonly channels: readonly Float32Array[];
}

/** Whether the first bytes of a file are those of WAV or FLAC. */
export function isSound(start: Uint8Array): boolean {
  const text = (from: number, to: number) => String.fromCharCode(...start.subarray(from, to));
  return text(0, 4) === 'fLaC' || (/^RIFF|RF64$/.test(text(0, 4)) && text(8, 12) === 'WAVE');
}

/**
 * Samples of a WAV or FLAC file: the mean of all channels, resampled where the file has another rate.
 *
 * @param rate Samples a second to give.
 * @throws LlmcError `input-invalid`.
 */
export async function* readSound(source: ByteSource, rate: number): AsyncGenerator<Float32Array> {
  let resampler: Resampler | undefined;
  let found = false;
  try {
    for await (const { sampleRate, channels } of readPieces(source)) {
      found ||= channels[0].length > 0;
      const mono = mix(channels);
      if (!mono.every(Number.isFinite)) throw invalid('it has samples that are no numbers');
      if (sampleRate === rate) {
        yield mono;
        continue;
      }
      resampler ??= await Resampler.open(sampleRate, rate);
      yield resampler.push(mono);
    }
    if (resampler) yield resampler.finish();
  } catch (cause) {
    if (cause instanceof LlmcError) throw cause;
    throw invalid(reasonOf(cause), cause);
  } finally {
    resampler?.close();
  }
  if (!found) throw invalid('it has no samples');
}

async function* readPieces(source: ByteSource): AsyncGenerator<Piece> {
  const start = await readExactly(source, 0, Math.min(12, source.byteLength));
  if (!isSound(start)) throw invalid('it is neither WAV nor FLAC');
  yield* start[0] === 0x66 ? readFlac(source) : readWav(source);
}

async function* readWav(source: ByteSource): AsyncGenerator<Piece> {
  await requireWhole(source);
  const { AudioSampleSink, CustomSource, Input, WAVE } = await import('mediabunny');
  const input = new Input({
    formats: [WAVE],
    source: new CustomSource({
      read: (start, end) => readExactly(source, start, end - start),
      getSize: () => source.byteLength,
    }),
  });
  try {
    const track = await input.getPrimaryAudioTrack();
    if (track?.codec == null) throw invalid('its samples are coded in a way that is not known');
    for await (const sample of new AudioSampleSink(track).samples()) {
      const piece = { sampleRate: sample.sampleRate, channels: channelsOf(sample) };
      sample.close();
      yield piece;
    }
  } finally {
    input.dispose();
  }
}

/** Refuses a WAV file whose samples are cut, which its reader would pass over. */
async function requireWhole(source: ByteSource): Promise<void> {
  let chunks = 0;
  for (let at = 12; at + 8 <= source.byteLength; ) {
    if (++chunks > MAX_CHUNKS) throw invalid(`it has more than ${MAX_CHUNKS} chunks before its samples`);
    const header = Buffer.from(await readExactly(source, at, 8));
    const length = header.readUInt32LE(4);
    const there = source.byteLength - at - 8;
    if (header.toString('latin1', 0, 4) === 'data') {
      if (length > there && length < UNKNOWN_LENGTH) throw cut(`${there} of ${length} bytes of samples`);
      return;
    }
    at += 8 + length + (length % 2);
  }
}

function channelsOf(sample: AudioSample): Float32Array[] {
  return Array.from({ length: sample.numberOfChannels }, (_, planeIndex) => {
    const channel = new Float32Array(sample.numberOfFrames);
    sample.copyTo(channel, { planeIndex, format: 'f32-planar' });
    return channel;
  });
}

async function* readFlac(source: ByteSource): AsyncGenerator<Piece> {
  const { FLACDecoder } = await import('@wasm-audio-decoders/flac');
  const decoder = new FLACDecoder();
  const total = await flacSamples(source);
  let samples = 0;
  try {
    await decoder.ready;
    for (let at = 0; at < source.byteLength; at += READ_BYTES) {
      const length = Math.min(READ_BYTES, source.byteLength - at);
      const decoded = await decoder.decode(await readExactly(source, at, length));
      samples += decoded.samplesDecoded;
      yield* flacPiece(decoded);
    }
    const last = await decoder.flush();
    samples += last.samplesDecoded;
    yield* flacPiece(last);
    if (samples < total) throw cut(`${samples} of ${total} samples`);
  } finally {
    decoder.free();
  }
}

/** Samples of a channel that a FLAC file says it has (RFC 9639, 8.2); 0 where it does not know. */
async function flacSamples(source: ByteSource): Promise<number> {
  if (source.byteLength < 26) return 0;
  const [high, ...low] = await readExactly(source, 21, 5);
  return low.reduce((sum, byte) => 256 * sum + byte, high & 15);
}

function* flacPiece({ channelData, sampleRate, bitDepth, errors }: FLACDecodedAudio): Generator<Piece> {
  if (errors.length > 0) throw invalid(errors[0].message);
  if (channelData.length === 0) return;
  // The decoder divides by the largest sample, not by a power of two as everyone else.
  const scale = 1 - 2 ** (1 - bitDepth);
  yield { sampleRate, channels: channelData.map((channel) => channel.map((sample) => sample * scale)) };
}

/** The mean of all channels. */
function mix(channels: readonly Float32Array[]): Float32Array {
  if (channels.length === 1) return channels[0];
  return Float32Array.from(
    channels[0],
    (_, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length,
  );
}

/** libsamplerate's best filter on a stream, which ends as long as its duration says. */
class Resampler {
  #taken = 0;
  #given = 0;

  private constructor(
    private readonly converter: { full(samples: Float32Array): Float32Array; destroy(): void },
    private readonly from: number,
    private readonly to: number,
  ) {}

  static async open(from: number, to: number): Promise<Resampler> {
    // A CommonJS package, whose exports `import` does not find by name.
    const { ConverterType, create } = createRequire(import.meta.url)(
      '@alexanderolsen/libsamplerate-js',
    ) as typeof import('@alexanderolsen/libsamplerate-js');
    const converter = await create(1, from, to, { converterType: ConverterType.SRC_SINC_BEST_QUALITY });
    return new Resampler(converter, from, to);
  }

  push(samples: Float32Array): Float32Array {
    this.#taken += samples.length;
    const resampled = this.converter.full(samples).slice();
    this.#given += resampled.length;
    return resampled;
  }

  finish(): Float32Array {
    const missing = Math.round((this.#taken * this.to) / this.from) - this.#given;
    if (missing <= 0) return new Float32Array();
    const zeros = new Float32Array(FILTER_SAMPLES + Math.ceil((missing * this.from) / this.to));
    return this.converter.full(zeros).slice(0, missing);
  }

  close(): void {
    this.converter.destroy();
  }
}

function cut(there: string): LlmcError {
  return invalid(`it is cut: it has ${there}`);
}

function invalid(reason: string, cause?: unknown): LlmcError {
  return new LlmcError('input-invalid', `the file cannot be read as sound: ${reason}`, { cause });
}
