/** The format that `llmc decode` writes an item in, and the output name that goes with it. */

import type { OutputFormat } from '../codecs/codec.js';
import type { CodecParameters } from '../container/parameters.js';

/** Formats to write in place of the file that was packed: of latents, and of media. */
export const MEDIUM_FORMATS = ['npy', 'safetensors', 'png', 'wav'] as const;

/** One of them. */
export type MediumFormat = (typeof MEDIUM_FORMATS)[number];

/** What the latents of an item stand for, where more is known than what was packed. */
type Medium = 'pixels' | 'image' | 'sound' | undefined;

function mediumOf(parameters: CodecParameters | undefined): Medium {
  if (parameters?.codec === 'dct') return 'pixels';
  if (parameters?.codec === 'vq' && parameters.vq.codecPackage) return 'image';
  return parameters?.codec === 'rvq' && parameters.rvq.codecPackage ? 'sound' : undefined;
}

/** What the pipeline has to write for a format; of albums, whose items may be of any codec, no parameters are given. */
export function latentsFormat(
  format: MediumFormat | undefined,
  parameters: CodecParameters | undefined,
): { readonly to?: OutputFormat } {
  if (format === undefined) return {};
  if (format === 'png') return mediumOf(parameters) === 'image' ? { to: 'npy' } : {};
  return { to: format === 'wav' ? 'npy' : format };
}

/** The format that the name of an output asks for. */
export function mediumFormat(
  output: string,
  parameters: CodecParameters | undefined,
): MediumFormat | undefined {
  const medium = mediumOf(parameters);
  if ((medium === 'pixels' || medium === 'image') && /\.png$/i.test(output)) return 'png';
  return medium === 'sound' && /\.wav$/i.test(output) ? 'wav' : undefined;
}

/** The name of an item's output: its own, with the extension of a format that it is not written in replaced. */
export function outputName(
  name: string,
  parameters: CodecParameters | undefined,
  to: MediumFormat | undefined,
): string {
  if (to !== undefined) return withExtension(name, to);
  const medium = mediumOf(parameters);
  if (medium === 'pixels' && !/\.(png|jpe?g)$/i.test(name)) return withExtension(name, 'jpg');
  if (medium === 'image' && !/\.(png|npy|safetensors)$/i.test(name)) return withExtension(name, 'png');
  if (medium === 'sound' && !/\.(wav|npy|safetensors)$/i.test(name)) return withExtension(name, 'wav');
  return name;
}

function withExtension(name: string, extension: string): string {
  return `${name.replace(/\.[^./]+$/, '')}.${extension}`;
}
