/** The manifest of a codec package (spec/codec-package.md, "Manifest"). */

import { LlmcError } from '../../container/errors.js';
import type { CodecPackageReference } from '../../container/parameters.js';

/** The networks of a package: file names. */
export const NETWORK_FILES = ['encoder.onnx', 'decoder.onnx'] as const;

/** What a package says of itself. */
export interface CodecManifest {
  readonly name: string;
  readonly version: number;
  readonly codec: 'rvq';
  readonly description?: string;
  /** Entries of each layer's codebook. */
  readonly codebooks: readonly number[];
  /** Samples a second, mono. */
  readonly sampleRate: number;
  /** Samples of a frame. */
  readonly frameSamples: number;
  /** Most frames that a call of a network takes. */
  readonly framesPerCall: { readonly encoder: number; readonly decoder: number };
  readonly files: Readonly<
    Record<(typeof NETWORK_FILES)[number], { readonly bytes: number; readonly sha256: string }>
  >;
}

/** Leading bytes of a fingerprint that the encoder writes, as of a model's. */
const FINGERPRINT_BYTES = 16;

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
  const { name, version, codec, codebooks, sampleRate, frameSamples, framesPerCall, files } = value;
  if (typeof name !== 'string' || !/^(?!-)[a-z0-9-]{1,64}(?<!-)$/.test(name)) throw invalid('name');
  if (codec !== 'rvq') throw invalid('codec');
  if (!Array.isArray(codebooks) || codebooks.length < 1 || codebooks.length > 256) throw invalid('codebooks');
  for (const size of codebooks) requireInteger(size, 2 ** 32, 'codebooks');
  requireInteger(version, 1e6, 'version');
  requireInteger(sampleRate, 1e6, 'sampleRate');
  requireInteger(frameSamples, 2 ** 20, 'frameSamples');
  requireInteger(framesPerCall?.encoder, 4096, 'framesPerCall');
  requireInteger(framesPerCall?.decoder, 4096, 'framesPerCall');
  for (const file of NETWORK_FILES) {
    requireInteger(files?.[file]?.bytes, 2 ** 28, 'files');
    if (!/^[0-9a-f]{64}$/.test(String(files?.[file]?.sha256))) throw invalid('files');
  }
  return value as CodecManifest;
}

function requireInteger(value: unknown, limit: number, member: string): void {
  if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > limit) throw invalid(member);
}

function invalid(member: string): LlmcError {
  return new LlmcError('package-invalid', `codec.json breaks spec/codec-package.md: ${member}`);
}
