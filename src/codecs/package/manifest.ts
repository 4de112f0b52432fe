/** The manifest of a codec package (spec/codec-package.md, "Manifest"). */

import { LlmcError } from '../../container/errors.js';
import { FINGERPRINT_BYTES } from '../../container/fingerprint.js';
import type { CodecPackageReference } from '../../container/parameters.js';

/** The networks of a package: file names. */
export const NETWORK_FILES = ['encoder.onnx', 'decoder.onnx'] as const;

/** What every package says of itself. */
interface CommonManifest {
  readonly name: string;
  readonly version: number;
  readonly description?: string;
  readonly files: Readonly<
    Record<(typeof NETWORK_FILES)[number], { readonly bytes: number; readonly sha256: string }>
  >;
}

/** Of a codec of sound. */
export interface SoundManifest extends CommonManifest {
  readonly codec: 'rvq';
  /** Entries of each layer's codebook. */
  readonly codebooks: readonly number[];
  /** Samples a second, mono. */
  readonly sampleRate: number;
  /** Samples of a frame. */
  readonly frameSamples: number;
  /** Most frames that a call of a network takes. */
  readonly framesPerCall: { readonly encoder: number; readonly decoder: number };
}

/** Of a codec of images. */
export interface ImageManifest extends CommonManifest {
  readonly codec: 'vq';
  /** Entries of the codebook. */
  readonly codebook: number;
  /** Side of the square of pixels that an index stands for. */
  readonly cellPixels: number;
  /** Most cells, across and down, that a call of a network takes. */
  readonly cellsPerCall: number;
  /** How many cells around it a cell depends on. */
  readonly marginCells: number;
}

/** What a package says of itself. */
export type CodecManifest = SoundManifest | ImageManifest;

/** How a file names a package. */
export function referenceTo(
  { name, version }: CodecManifest,
  fingerprint: Uint8Array,
): CodecPackageReference {
  return { name: `${name}-${version}`, fingerprint: fingerprint.slice(0, FINGERPRINT_BYTES) };
}

/**
 * Reads a manifest.
 *
 * @throws LlmcError `package-invalid`.
 */
export function parseCodecManifest(text: string): CodecManifest {
  let value: Partial<CodecManifest>;
  try {
    value = JSON.parse(text) as Partial<CodecManifest>;
  } catch (cause) {
    throw new LlmcError('package-invalid', 'codec.json is no JSON', { cause });
  }
  if (typeof value !== 'object' || value === null) throw invalid('it is no object');
  const { name, version, files } = value;
  if (typeof name !== 'string' || !/^(?!-)[a-z0-9-]{1,64}(?<!-)$/.test(name)) throw invalid('name');
  requireInteger(version, 1, 1e6, 'version');
  for (const file of NETWORK_FILES) {
    requireInteger(files?.[file]?.bytes, 1, 2 ** 28, 'files');
    if (!/^[0-9a-f]{64}$/.test(String(files?.[file]?.sha256))) throw invalid('files');
  }
  if (value.codec === 'rvq') requireSound(value);
  else if (value.codec === 'vq') requireImage(value);
  else throw invalid('codec');
  return value as CodecManifest;
}

function requireSound({ codebooks, sampleRate, frameSamples, framesPerCall }: Partial<SoundManifest>): void {
  if (!Array.isArray(codebooks) || codebooks.length < 1 || codebooks.length > 256) throw invalid('codebooks');
  for (const size of codebooks) requireInteger(size, 1, 2 ** 32, 'codebooks');
  requireInteger(sampleRate, 1, 1e6, 'sampleRate');
  requireInteger(frameSamples, 1, 2 ** 20, 'frameSamples');
  requireInteger(framesPerCall?.encoder, 1, 4096, 'framesPerCall');
  requireInteger(framesPerCall?.decoder, 1, 4096, 'framesPerCall');
}

function requireImage({ codebook, cellPixels, cellsPerCall, marginCells }: Partial<ImageManifest>): void {
  requireInteger(codebook, 1, 2 ** 32, 'codebook');
  requireInteger(cellPixels, 1, 256, 'cellPixels');
  requireInteger(cellsPerCall, 1, 4096, 'cellsPerCall');
  requireInteger(marginCells, 0, Math.ceil((cellsPerCall as number) / 2) - 1, 'marginCells');
}

function requireInteger(value: unknown, least: number, most: number, member: string): void {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most)
    throw invalid(member);
}

function invalid(member: string): LlmcError {
  return new LlmcError('package-invalid', `codec.json breaks spec/codec-package.md: ${member}`);
}
