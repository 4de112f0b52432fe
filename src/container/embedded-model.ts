/** The section `mODL`: a model package in the file (spec/container.md, "Embedded models"). */

import { ByteReader, ByteWriter } from './bytes.js';

/** Bytes that `readEmbeddedModelIndex` needs at most. */
export const EMBEDDED_MODEL_PEEK = 2;

/** A model package as a file carries it. */
export interface EmbeddedModel {
  /** Index into the model table. */
  readonly model: number;
  /** The package's `model.json`. */
  readonly manifest: Uint8Array;
  /** Bytes of the package's `weights.safetensors`. */
  readonly weightsLength: number;
  /** The weights as they are, if there are `weightsLength` bytes; else DEFLATE of them. */
  readonly weights: Uint8Array;
}

/**
 * Parses the body of a section `mODL`. It says nothing about the package itself, which is as untrusted as the file.
 *
 * @param offset Offset of the body in the file, for errors.
 * @throws LlmcError `section-invalid`.
 */
export function parseEmbeddedModel(body: Uint8Array, offset: number): EmbeddedModel {
  const reader = bodyReader(body, offset);
  const model = reader.varint('model');
  const manifest = reader.bytes('manifest', reader.varint('manifest_length'));
  const weightsLength = reader.varint('weights_length');
  const weights = reader.bytes('weights', reader.remaining);
  if (weights.length > weightsLength) {
    throw reader.invalid(`weights of ${weightsLength} bytes take ${weights.length}`);
  }
  return { model, manifest, weightsLength, weights };
}

/**
 * Index into the model table of an embedded model, from the first bytes of its section.
 *
 * @throws LlmcError `section-invalid`.
 */
export function readEmbeddedModelIndex(start: Uint8Array, offset: number): number {
  return bodyReader(start, offset).varint('model');
}

/** The body of a section `mODL`. */
export function serializeEmbeddedModel(embedded: EmbeddedModel): Uint8Array {
  const writer = new ByteWriter();
  writer.varint(embedded.model);
  writer.block(embedded.manifest);
  writer.varint(embedded.weightsLength);
  writer.bytes(embedded.weights);
  return writer.finish();
}

function bodyReader(body: Uint8Array, offset: number): ByteReader {
  return new ByteReader(body, offset, { invalid: 'section-invalid', end: 'section-invalid' });
}
