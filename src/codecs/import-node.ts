/** Media to files of latents, which codecs restore exactly: pixels to canonical JPEG files, images and sound to indices. */

import { LlmcError } from '../container/errors.js';
import { type ByteSource, readExactly } from '../container/source.js';
import type { CodecChoice, PackageChoice } from './codec.js';
import { jpegOfPixels } from './dct/pixels-node.js';
import { namedCodecPackage } from './package/codec-folders-node.js';
import { choiceOf, SoundEncoder, type SoundPackage } from './rvq/sound-node.js';
import { isSound } from './sound/read-node.js';
import { gridChoiceOf, ImageEncoder, type ImagePackage } from './vq/image-node.js';

/** A medium as latents. */
export interface Imported {
  /** The file that is packed in place of the medium. */
  readonly bytes: Uint8Array;
  /** What the latents take as the codec itself would store them. */
  readonly plain: { readonly bytes: number; readonly name: string };
  /** Of the medium, for the item's metadata. */
  readonly metadata?: Readonly<Record<string, string>>;
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
  return choice.codec === 'package' ? packageImporter(choice) : undefined;
}

async function packageImporter({ name, depth, background }: PackageChoice): Promise<Importer> {
  const { manifest, ...rest } = await namedCodecPackage(name);
  if (manifest.codec === 'vq') {
    if (depth !== undefined)
      throw new LlmcError('argument', `${name} is a codec of images, which have no --depth`);
    return imageImporter({ manifest, ...rest }, background);
  }
  if (background !== undefined)
    throw new LlmcError('argument', `${name} is a codec of sound, which has no --background`);
  return soundImporter({ manifest, ...rest }, depth);
}

function imageImporter(codecPackage: ImagePackage, background: string | undefined): Importer {
  let encoder: Promise<ImageEncoder> | undefined;
  return {
    choice: gridChoiceOf(codecPackage),
    async convert(source) {
      const file = await readAll(source);
      if (isNpy(file)) return unchanged(file);
      encoder ??= ImageEncoder.open(codecPackage);
      const { bytes, bits, size } = await (await encoder).encode(file, background);
      const metadata = { pixels: `${size.width}x${size.height}` };
      return { bytes, plain: packedIndices(bits), metadata };
    },
    close: async () => (await encoder)?.close(),
  };
}

function soundImporter(codecPackage: SoundPackage, depth: number | undefined): Importer {
  const choice = choiceOf(codecPackage, depth);
  let encoder: Promise<SoundEncoder> | undefined;
  return {
    choice,
    async convert(source) {
      const start = await readExactly(source, 0, Math.min(12, source.byteLength));
      if (isNpy(start)) return unchanged(await readAll(source));
      if (!isSound(start)) {
        const { name } = codecPackage.manifest;
        const message = `the file is neither WAV or FLAC nor .npy, as codec ${name} takes them`;
        throw new LlmcError('input-invalid', message);
      }
      encoder ??= SoundEncoder.open(codecPackage);
      const { bytes, bits } = await (await encoder).encode(source, choice.depth as number);
      return { bytes, plain: packedIndices(bits) };
    },
    close: async () => (await encoder)?.close(),
  };
}

/** Arrays of a package's indices are taken as they are. */
function unchanged(bytes: Uint8Array): Imported {
  return { bytes, plain: { bytes: bytes.length, name: 'file' } };
}

function isNpy(start: Uint8Array): boolean {
  return start[0] === 0x93;
}

function packedIndices(bits: number): Imported['plain'] {
  return { bytes: Math.ceil(bits / 8), name: 'packed indices' };
}

async function readAll(source: ByteSource): Promise<Uint8Array> {
  return readExactly(source, 0, source.byteLength);
}
