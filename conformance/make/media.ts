/** The media that vectors hold: JPEG files of fixtures/jpeg, and bytes from a generator that is the same everywhere. */

import { readFileSync } from 'node:fs';
import { canonicalJpeg, parseJpeg } from '../../src/codecs/jpeg/index.js';

/** x -> 1664525 x + 1013904223 mod 2^32; the upper 24 bits are used. */
export class Random {
  constructor(private state: number) {}

  /** An integer of 0 to limit - 1. */
  below(limit: number): number {
    this.state = (Math.imul(1664525, this.state) + 1013904223) >>> 0;
    return Math.floor(((this.state >>> 8) * limit) / 2 ** 24);
  }

  /** An integer of -limit to limit. */
  around(limit: number): number {
    return this.below(2 * limit + 1) - limit;
  }
}

/** A file of fixtures/jpeg, by its name without `.jpg`. */
export function jpegFixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(`../../fixtures/jpeg/${name}.jpg`, import.meta.url)));
}

/** The canonical file of the coefficients of a file of fixtures/jpeg. */
export function canonicalJpegOf(name: string): Uint8Array {
  const parsed = parseJpeg(jpegFixture(name));
  if (parsed === undefined) throw new Error(`${name} has no coefficients`);
  return canonicalJpeg(parsed.latents);
}

/** Names of the files of fixtures/jpeg that become coefficients, in the order of the manifest there. */
export function codedFixtures(): string[] {
  const path = new URL('../../fixtures/jpeg/manifest.json', import.meta.url);
  const kinds = JSON.parse(readFileSync(path, 'utf8')) as Record<string, 'jpeg' | 'raw'>;
  return Object.keys(kinds)
    .filter((name) => kinds[name] === 'jpeg')
    .map((name) => name.replace(/\.jpg$/, ''));
}

/** Text that deflates well. */
export function text(length: number): Uint8Array {
  const line = 'The same bytes back, or a clear refusal. ';
  return Uint8Array.from({ length }, (_, i) => line.charCodeAt((i + Math.floor(i / 97)) % line.length));
}

/** Bytes that do not deflate. */
export function noise(length: number, seed = 1): Uint8Array {
  const random = new Random(seed);
  return Uint8Array.from({ length }, () => random.below(256));
}
