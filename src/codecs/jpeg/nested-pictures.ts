/** JPEG files within a JPEG file, such as thumbnails (spec/jpeg.md, "Pictures within"). */

import { concatenate } from '../../container/bytes.js';
import { LlmcError } from '../../container/errors.js';
import type { DctParameters } from '../../container/parameters.js';
import type { DctLatents } from '../dct-latents.js';
import { assembleJpeg } from './assemble.js';
import type { ByteReader, ByteWriter } from './byte-io.js';
import { pictureFromDifferences } from './picture-prediction.js';
import { FrameSamples } from './reduced-samples.js';
import { type Placement, placementLimits } from './resampling.js';
import { readScanRecords, type ScanRecord, writeScanRecords } from './scan-record.js';

/** A picture within a skeleton: its own skeleton stands there, or nothing if it is a copy of an earlier one. */
export type NestedPicture = {
  /** Bytes of the skeleton between the picture before, or the beginning, and this one. */
  readonly before: number;
} & (
  | {
      /** Bytes of its skeleton. */
      readonly length: number;
      /** Bytes of the picture. */
      readonly fileLength: number;
      /** Where the file shows it, if its tokens are differences from that. */
      readonly placement?: Placement;
      readonly records: readonly ScanRecord[];
    }
  | {
      /** Index among the pictures. */
      readonly copyOf: number;
    }
);

/** Serialises pictures behind their number. */
export function writeNestedPictures(out: ByteWriter, pictures: readonly NestedPicture[]): void {
  out.varint(pictures.length);
  for (const picture of pictures) {
    out.varint(picture.before);
    if ('copyOf' in picture) {
      out.varint(0);
      out.varint(picture.copyOf);
    } else {
      out.varint(picture.length);
      out.varint(picture.fileLength);
      writePlacement(out, picture.placement);
      writeScanRecords(out, picture.records);
    }
  }
}

/** Reads pictures of a file, as many of them no copies as there are frames. Throws `section-invalid`. */
export function readNestedPictures(input: ByteReader, file: DctParameters, frames: number): NestedPicture[] {
  const pictures: NestedPicture[] = [];
  let coded = 0;
  for (let left = input.count(3); left > 0; left--) {
    const before = input.varint();
    const length = input.varint();
    if (length > 0) {
      const fileLength = input.varint();
      const placement = readPlacement(input, file);
      const records = readScanRecords(input);
      pictures.push({ before, length, fileLength, ...(placement ? { placement } : {}), records });
      coded++;
      continue;
    }
    const copyOf = input.varint();
    if (copyOf >= pictures.length) throw invalid('copy of a later picture');
    pictures.push({ before, copyOf });
  }
  if (coded !== frames) throw invalid(`${coded} pictures and ${frames} frames`);
  return pictures;
}

/** Edges in the order in which they are written. */
const EDGES = ['left', 'top', 'right', 'bottom'] as const;

function writePlacement(out: ByteWriter, placement: Placement | undefined): void {
  out.byte(placement === undefined ? 0 : 1);
  if (placement === undefined) return;
  for (const edge of EDGES) {
    const moved = placement[edge];
    out.varint(moved < 0 ? -2 * moved - 1 : 2 * moved);
  }
}

function readPlacement(input: ByteReader, file: DctParameters): Placement | undefined {
  const kind = input.byte();
  if (kind > 1) throw invalid(`tokens of kind ${kind}`);
  if (kind === 0) return undefined;
  const limits = placementLimits(file);
  const placement = { left: 0, top: 0, right: 0, bottom: 0 };
  for (const edge of EDGES) {
    const coded = input.varint();
    placement[edge] = coded % 2 === 1 ? -(coded + 1) / 2 : coded / 2;
    if (Math.abs(placement[edge]) > limits[edge]) throw invalid(`the ${edge} edge is too far away`);
  }
  return placement;
}

/**
 * The skeleton with its pictures whole. Throws `section-invalid` where they do not fit it or their latents, or if they
 * are longer than `limit` bytes in all.
 *
 * @param file Latents of the file itself.
 * @param nested Those of the pictures that are no copies.
 */
export function expandPictures(
  skeleton: Uint8Array,
  pictures: readonly NestedPicture[],
  file: DctLatents,
  nested: readonly DctLatents[],
  limit: number,
): Uint8Array {
  const samples = new FrameSamples(file);
  const parts: Uint8Array[] = [];
  const files: Uint8Array[] = [];
  let left = limit;
  let at = 0;
  let frame = 0;
  const take = (length: number) => {
    if (length > skeleton.length - at) throw invalid('picture beyond the end');
    at += length;
    return skeleton.subarray(at - length, at);
  };
  for (const picture of pictures) {
    parts.push(take(picture.before));
    left -= 'copyOf' in picture ? files[picture.copyOf].length : picture.fileLength;
    if (left < 0) throw invalid('pictures are too long');
    const whole =
      'copyOf' in picture
        ? files[picture.copyOf]
        : pictureFile(coefficients(nested[frame++], samples, picture), take(picture.length), picture);
    files.push(whole);
    parts.push(whole);
  }
  return concatenate([...parts, skeleton.subarray(at)]);
}

function coefficients(
  tokens: DctLatents,
  file: FrameSamples,
  { placement }: { readonly placement?: Placement },
): DctLatents {
  return placement === undefined ? tokens : pictureFromDifferences(tokens, file, placement);
}

/** Of full length, so that what stands around it stays in place, even where its tokens are lost. */
function pictureFile(
  latents: DctLatents,
  skeleton: Uint8Array,
  { records, fileLength }: { readonly records: readonly ScanRecord[]; readonly fileLength: number },
): Uint8Array {
  const rebuilt = assembleJpeg(latents, skeleton, records, fileLength);
  if (rebuilt.length === fileLength) return rebuilt;
  const filled = new Uint8Array(fileLength);
  filled.set(rebuilt);
  return filled;
}

function invalid(message: string): LlmcError {
  return new LlmcError('section-invalid', `JPEG side data: ${message}`);
}
