/** EnCodec's `.ecdc` files without a language model: header, then per segment a scale and packed codes. */

import type { FileArray } from './array-file.js';
import { byteLength } from './element.js';

/** What a file and the model that it names tell. */
export interface EcdcFile {
  /** One [layers, frames] array a segment, packed frame by frame. */
  readonly arrays: readonly FileArray[];
  readonly codebookSize: number;
  readonly depth: number;
  /** Frames a second. */
  readonly frameRate: number;
  readonly sampleRate: number;
}

/** The models that write such files; lengths in samples, of segments with their overlap. */
const MODELS: Readonly<
  Record<string, { sampleRate: number; frameRate: number; segment?: { length: number; stride: number } }>
> = {
  encodec_24khz: { sampleRate: 24000, frameRate: 75 },
  encodec_48khz: { sampleRate: 48000, frameRate: 150, segment: { length: 48000, stride: 47520 } },
};

const BITS = 10;
const DEPTH_LIMIT = 32;
const HEADER_BYTES = 9;
/** Each segment of a model that normalises begins with its scale, a float. */
const SCALE_BYTES = 4;

/** Whether a file begins as `.ecdc` files do. */
function isEcdc(file: Uint8Array): boolean {
  return [0x45, 0x43, 0x44, 0x43, 0].every((byte, i) => file[i] === byte);
}

/** The parts of a file, or undefined where they cannot be told: with a language model, or of an unknown model. */
export function parseEcdc(file: Uint8Array): EcdcFile | undefined {
  if (!isEcdc(file) || file.length < HEADER_BYTES) return undefined;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const start = HEADER_BYTES + view.getUint32(5, false);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(file.subarray(HEADER_BYTES, start)));
  } catch {
    return undefined;
  }
  const { m: name, al: samples, nc: depth, lm } = (header ?? {}) as Record<string, unknown>;
  const model = typeof name === 'string' && Object.hasOwn(MODELS, name) ? MODELS[name] : undefined;
  if (!model || lm !== false || !isPositive(samples) || !isPositive(depth) || depth > DEPTH_LIMIT)
    return undefined;
  const { length, stride } = model.segment ?? { length: samples, stride: samples };
  const arrays: FileArray[] = [];
  let offset = start;
  for (let first = 0; first < samples && offset < file.length; first += stride) {
    if (model.segment) offset += SCALE_BYTES;
    const frames = Math.ceil((Math.min(length, samples - first) * model.frameRate) / model.sampleRate);
    const bytes = byteLength({ bits: BITS }, frames * depth);
    const shape = [frames, depth];
    arrays.push({
      name: '',
      type: 'packed',
      element: { bits: BITS },
      shape,
      fortran: false,
      offset,
      length: bytes,
    });
    offset += bytes;
  }
  if (offset !== file.length || arrays.length < Math.ceil(samples / stride)) return undefined;
  const { frameRate, sampleRate } = model;
  return { arrays, codebookSize: 2 ** BITS, depth, frameRate, sampleRate };
}

function isPositive(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
