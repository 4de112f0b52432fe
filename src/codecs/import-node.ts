/** Media to files of latents, which codecs restore exactly: pixels to canonical JPEG files, sound to arrays of indices. */

import { LlmcError } from '../container/errors.js';
import { type ByteSource, readExactly } from '../container/source.js';
import type { CodecChoice } from './codec.js';
import { jpegOfPixels } from './dct/pixels-node.js';
import { namedCodecPackage } from './package/codec-folders-node.js';
import { choiceOf, SoundEncoder } from './rvq/sound-node.js';
import { isSound } from './sound/read-node.js';

/** A medium as latents. */
export interface Imported {
  /** The file that is packed in place of the medium. */
  readonly bytes: Uint8Array;
  /** What the latents take as the codec itself would store them. */
  readonly plain: { readonly bytes: number; readonly name: string };
}

/** Makes the files that are packed in place of media. */
export interface Importer {
  /** What the codec needs to know of these files. */
  readonly choice: CodecChoice;
  /**
   * A medium as latents.
   *
   * @throws LlmcError `argument`, `input-invalid`.
   */
  convert(source: ByteSource): Promise<Imported>;
  close(): Promise<void>;
}

/**
 * The importer of a choice; undefined where files are packed as they are.
 *
 * @throws LlmcError `argument`, `package-missing`, `package-invalid`.
 */
export async function openImporter(choice: CodecChoice = 'auto'): Promise<Importer | undefined> {
  if (typeof choice !== 'object') return undefined;
  if (choice.codec === 'dct') {
    const { quality } = choice;
    if (quality === undefined) return undefined;
    return {
      choice,
      async convert(source) {
        const bytes = await jpegOfPixels(await readAll(source), quality, choice);
        return { bytes, plain: { bytes: bytes.length, name: 'JPEG' } };
      },
      close: async () => undefined,
    };
  }
  return choice.codec === 'package' ? soundImporter(choice.name, choice.depth) : undefined;
}

async function soundImporter(name: string, depth: number | undefined): Promise<Importer> {
  const codecPackage = await namedCodecPackage(name);
  const choice = choiceOf(codecPackage, depth);
  let encoder: Promise<SoundEncoder> | undefined;
  return {
    choice,
    async convert(source) {
      const start = await readExactly(source, 0, Math.min(12, source.byteLength));
      // Arrays of the package's indices are taken as they are.
      if (start[0] === 0x93) {
        const bytes = await readAll(source);
        return { bytes, plain: { bytes: bytes.length, name: 'file' } };
      }
      if (!isSound(start)) {
        throw new LlmcError(
          'input-invalid',
          `the file is neither WAV or FLAC nor .npy, as codec ${name} takes them`,
        );
      }
      encoder ??= SoundEncoder.open(codecPackage);
      const { bytes, bits } = await (await encoder).encode(source, choice.depth as number);
      return { bytes, plain: { bytes: Math.ceil(bits / 8), name: 'packed indices' } };
    },
    close: async () => (await encoder)?.close(),
  };
}

async function readAll(source: ByteSource): Promise<Uint8Array> {
  return readExactly(source, 0, source.byteLength);
}
