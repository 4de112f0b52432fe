/** Rate and distortion of sound by a codec package, cut to its first layers. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  choiceOf,
  indexFile,
  SoundDecoder,
  SoundEncoder,
  type SoundPackage,
} from '../codecs/rvq/sound-node.js';
import { readSound } from '../codecs/sound/read-node.js';
import { wavHeader, wavSamples } from '../codecs/sound/wav.js';
import { concatenate } from '../container/bytes.js';
import { type ByteSource, bytesSource } from '../container/source.js';
import { withSource } from './inputs.js';
import { inTemporaryFolder } from './programs.js';
import { type CodingChoices, type Measure, type Medium, packedBytes } from './rd-medium.js';
import { SPEECH_SCORES, speechScores } from './speech-scores.js';

/** Choices of sound. */
export interface SoundChoices extends CodingChoices {
  /** Numbers of layers; by default powers of two, and all. */
  readonly depths?: readonly number[];
  /** The Python program that has the scores. */
  readonly python: string;
}

const PACKED = 'packed indices';
/** Samples a second of what is scored. */
const SCORED_RATE = 16000;
/** Bits of a plain sample. */
const SAMPLE_BITS = 16;

/**
 * Sound by a codec package, whose indices have bits of equal number without a coder.
 *
 * @throws LlmcError `argument` where the package has fewer layers.
 */
export async function packageSound(codecPackage: SoundPackage, choices: SoundChoices): Promise<Medium> {
  const { name, sampleRate, codebooks } = codecPackage.manifest;
  const depths = choices.depths ?? defaultDepths(codebooks.length);
  const most = Math.max(...depths);
  for (const depth of depths) choiceOf(codecPackage, depth);
  const encoder = await SoundEncoder.open(codecPackage);
  const decoder = await SoundDecoder.open(codecPackage);
  const ours = [`llmc (${name}), payload`, `llmc (${name})`];
  return {
    unit: 'second',
    setting: 'layers',
    plain: `${SAMPLE_BITS}-bit`,
    scores: SPEECH_SCORES,
    anchor: { format: PACKED, name: PACKED },
    sameLatents: ours,
    accepts: (path) => /\.(wav|flac)$/i.test(path),
    measure: (path, models) =>
      withSource(path, (source) =>
        inTemporaryFolder(async (folder) => {
          const indices = await encoder.indices(source, most);
          const reference = join(folder, 'reference.wav');
          const samples = await writeScored(reference, source);
          const decoded: string[] = [];
          const measures: Measure[] = [];
          for (const setting of depths) {
            const { bytes, bits } = indexFile(codecPackage, firstLayers(indices, most, setting), setting);
            const choice = choiceOf(codecPackage, setting);
            const { file, payload } = await packedBytes(bytes, choice, models, choices);
            const sizes = [Math.ceil(bits / 8), payload, file];
            for (const [i, format] of [PACKED, ...ours].entries()) {
              measures.push({ format, setting, bytes: sizes[i], scores: [] });
            }
            const path = join(folder, `${setting}.wav`);
            const parts = [];
            for await (const part of decoder.decode(bytes)) parts.push(part);
            await writeScored(path, bytesSource(concatenate(parts)));
            decoded.push(path);
          }
          const scores = await speechScores(choices.python, reference, decoded, choices.signal);
          const scored = measures.map((one) => ({
            ...one,
            scores: scores[depths.indexOf(one.setting as number)],
          }));
          const extent = samples / SCORED_RATE;
          return { extent, plainBits: SAMPLE_BITS * sampleRate * extent, measures: scored };
        }),
      ),
    async close() {
      await encoder.close();
      await decoder.close();
    },
  };
}

/** Powers of two, and all. */
function defaultDepths(layers: number): number[] {
  const powers = Array.from({ length: 9 }, (_, i) => 2 ** i);
  return [...powers.filter((depth) => depth < layers), layers];
}

/** Of indices, frame by frame, the first layers. */
function firstLayers(indices: Uint32Array, layers: number, depth: number): Uint32Array {
  const frames = indices.length / layers;
  return Uint32Array.from(
    { length: frames * depth },
    (_, i) => indices[Math.floor(i / depth) * layers + (i % depth)],
  );
}

/** Writes a recording as the scores take it; answers its samples. */
async function writeScored(path: string, source: ByteSource): Promise<number> {
  const parts: Uint8Array[] = [];
  for await (const samples of readSound(source, SCORED_RATE)) parts.push(wavSamples(samples));
  const data = concatenate(parts);
  await writeFile(path, concatenate([wavHeader(data.length / 2, SCORED_RATE), data]));
  return data.length / 2;
}
