/** From the bytes of a JPEG file to its latents and side data. */

import { concatenate, equalBytes } from '../../container/bytes.js';
import { dctTokens, MAX_NESTED_FRAMES } from '../../container/parameters.js';
import type { DctLatents } from '../dct-latents.js';
import { placePicture } from './find-placement.js';
import type { NestedPicture } from './nested-pictures.js';
import { MAX_COEFFICIENTS, type Picture, readPicture } from './read-picture.js';
import { FrameSamples } from './reduced-samples.js';
import { packSideData } from './side-data.js';

/** Coded bytes of scans that make it worth keeping the rest as it is, in bytes of that rest. */
const MIN_CODED_SHARE = 1 / 16;

/** Coded bytes of a picture within the headers that make up for its parameters. */
const MIN_NESTED_CODED = 512;

/** Places in a skeleton that are tried for a picture: each takes time in proportion to the skeleton. */
const MAX_TRIES = 16;

/** A JPEG file in parts that `rebuildJpeg` puts together again. */
export interface ParsedJpeg {
  readonly latents: DctLatents;
  /** Those of JPEG files within its headers, such as thumbnails: coefficients, or differences as the side data say. */
  readonly nested: readonly DctLatents[];
  /** Body of section `JPEG`. */
  readonly sideData: Uint8Array;
}

/**
 * Parses a JPEG file as far as `readPicture` can read it, and JPEG files in its headers and behind its end. Undefined
 * if the file is none, or if nearly all of it would have to be kept as it is. Never throws.
 *
 * A caller that must be certain compares `rebuildJpeg`'s result.
 */
export function parseJpeg(file: Uint8Array): ParsedJpeg | undefined {
  const picture = readPicture(file);
  if (picture === undefined || !isWorthCoding(picture)) return undefined;
  const { latents, records } = picture;
  const { skeleton, pictures, nested } = extractPictures(picture);
  const frames = nested.map(({ parameters }) => parameters);
  const sideData = packSideData({ records, pictures, skeleton }, latents.parameters, frames, file.length);
  return sideData && { latents, nested, sideData };
}

function isWorthCoding({ coded, uncoded }: Picture): boolean {
  return coded >= MIN_CODED_SHARE * uncoded;
}

/** The skeleton of a file with those of the pictures within it, and these. */
interface Extracted {
  readonly skeleton: Uint8Array;
  readonly pictures: readonly NestedPicture[];
  readonly nested: readonly DctLatents[];
}

/** Goes through a skeleton and cuts out the coded parts of JPEG files in it; of equal ones all but the first whole. */
function extractPictures({ skeleton, latents }: Picture): Extracted {
  const parts: Uint8Array[] = [];
  const pictures: NestedPicture[] = [];
  const nested: DctLatents[] = [];
  const files: Uint8Array[] = [];
  const samples = new FrameSamples(latents);
  let tokensLeft = MAX_COEFFICIENTS - dctTokens(latents.parameters);
  let tries = MAX_TRIES;
  let kept = 0;
  for (let at = nextStart(skeleton, 2); at >= 0; at = nextStart(skeleton, Math.max(kept, at + 1))) {
    const rest = skeleton.subarray(at);
    const before = at - kept;
    const copyOf = files.findIndex((file) => equalBytes(file, rest.subarray(0, file.length)));
    if (copyOf >= 0) {
      parts.push(skeleton.subarray(kept, at));
      pictures.push({ before, copyOf });
      files.push(files[copyOf]);
      kept = at + files[copyOf].length;
      continue;
    }
    if (tries-- === 0 || nested.length === MAX_NESTED_FRAMES) break;
    const picture = readPicture(rest);
    if (picture?.after === undefined || !isWorthCoding(picture) || picture.coded < MIN_NESTED_CODED) continue;
    const tokens = dctTokens(picture.latents.parameters);
    if (tokens > tokensLeft) continue;
    tokensLeft -= tokens;
    const own = picture.skeleton.subarray(0, picture.skeleton.length - picture.after);
    parts.push(skeleton.subarray(kept, at), own);
    const file = rest.subarray(0, rest.length - picture.after);
    const placed = placePicture(picture.latents, samples);
    pictures.push({
      before,
      length: own.length,
      fileLength: file.length,
      ...(placed ? { placement: placed.placement } : {}),
      records: picture.records,
    });
    nested.push(placed?.differences ?? picture.latents);
    files.push(file);
    kept = at + file.length;
  }
  parts.push(skeleton.subarray(kept));
  return { skeleton: concatenate(parts), pictures, nested };
}

/** Where the next JPEG file may begin; -1 if nowhere. */
function nextStart(skeleton: Uint8Array, from: number): number {
  for (let at = skeleton.indexOf(0xff, from); at >= 0; at = skeleton.indexOf(0xff, at + 1)) {
    if (skeleton[at + 1] === 0xd8 && skeleton[at + 2] === 0xff) return at;
  }
  return -1;
}
