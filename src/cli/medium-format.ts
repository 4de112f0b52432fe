/** The format that `llmc decode` writes an item in, and the output name that goes with it. */

import type { OutputFormat } from '../codecs/codec.js';
import type { CodecName } from '../container/registry.js';

/** Formats to write in place of the file that was packed: of latents, and of the medium. */
export const MEDIUM_FORMATS = ['npy', 'safetensors', 'png'] as const;

/** One of them. */
export type MediumFormat = (typeof MEDIUM_FORMATS)[number];

/** The pipeline's part of a format: latents. */
export function latentsFormat(to: MediumFormat | undefined): { readonly to?: OutputFormat } {
  return to === undefined || to === 'png' ? {} : { to };
}

/** The format that the name of an output asks for: `.png` where the item holds coefficients of pixels. */
export function mediumFormat(
  output: string,
  codec: CodecName | number | undefined,
): MediumFormat | undefined {
  return codec === 'dct' && /\.png$/i.test(output) ? 'png' : undefined;
}

/** The name of an item's output: its own, with the extension of a format that it is not written in replaced. */
export function outputName(
  name: string,
  codec: CodecName | number | undefined,
  to: MediumFormat | undefined,
): string {
  if (to !== undefined) return withExtension(name, to);
  return codec === 'dct' && !/\.(png|jpe?g)$/i.test(name) ? withExtension(name, 'jpg') : name;
}

function withExtension(name: string, extension: string): string {
  return `${name.replace(/\.[^./]+$/, '')}.${extension}`;
}
