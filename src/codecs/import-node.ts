/** Media to files of latents: pixels to a canonical JPEG file. What a codec makes of such a file is lossless. */

import type { CodecChoice } from './codec.js';
import { jpegOfPixels } from './dct/pixels-node.js';

/**
 * The file that is packed in place of a medium, by the codec that is asked for; that very file where the codec takes it
 * as it is.
 *
 * @throws LlmcError `argument`, `input-invalid`.
 */
export async function importMedium(file: Uint8Array, choice: CodecChoice = 'auto'): Promise<Uint8Array> {
  if (typeof choice !== 'object' || choice.codec !== 'dct' || choice.quality === undefined) return file;
  return jpegOfPixels(file, choice.quality, choice);
}
