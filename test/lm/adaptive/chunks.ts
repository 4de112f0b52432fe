/** Chunks of DCT latents for tests: any number of components, any sampling, coefficients of any kind. */

import fc from 'fast-check';
import type { DctBand, DctChunk, DctPlane } from '../../../src/lm/entropy-model.js';

/** Draws a coefficient of a natural position (0-63). */
type Coefficient = (position: number, random: () => number) => number;

const KINDS: Record<string, Coefficient> = {
  zeros: () => 0,
  photo: (position, random) => Math.round((random() - 0.5) * 60 * 0.8 ** ((position & 7) + (position >> 3))),
  noise: (_, random) => Math.round((random() - 0.5) * 40),
  twelveBit: (_, random) => Math.round((random() - 0.5) * 65535),
  extremes: (_, random) => [-32768, 32767, 0, 1, -1][Math.floor(random() * 5)],
  lowest: () => -32768,
};

function quantizations(): fc.Arbitrary<Uint16Array> {
  const fill = (step: (position: number) => number) => Uint16Array.from({ length: 64 }, (_, i) => step(i));
  return fc.constantFrom(
    fill(() => 1),
    fill(() => 65535),
    fill((i) => 3 + 2 * ((i & 7) + (i >> 3))),
    fill((i) => (i === 0 ? 65535 : 1)),
    fill((i) => (i === 0 ? 1 : 65535)),
  );
}

/** A small linear congruential generator: coefficients follow from a seed, which shrinks well. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A plane of coefficients of one kind. */
function makePlane(
  blocksWide: number,
  blocksHigh: number,
  factors: { h: number; v: number },
  quantization: Uint16Array,
  kind: string,
  seed: number,
): DctPlane {
  const random = generator(seed);
  const coefficients = Int16Array.from({ length: blocksWide * blocksHigh * 64 }, (_, i) =>
    KINDS[kind](i & 63, random),
  );
  return { blocksWide, blocksHigh, ...factors, quantization, coefficients };
}

function bands(): fc.Arbitrary<DctBand> {
  const factor = fc.integer({ min: 1, max: 4 });
  const component = fc.record({
    h: factor,
    v: factor,
    quantization: quantizations(),
    kind: fc.constantFrom(...Object.keys(KINDS)),
    seed: fc.integer(),
  });
  return fc
    .record({
      mcusWide: fc.integer({ min: 1, max: 4 }),
      mcusHigh: fc.integer({ min: 1, max: 3 }),
      components: fc.array(component, { minLength: 1, maxLength: 4 }),
    })
    .map(({ mcusWide, mcusHigh, components }) => ({
      mcusWide,
      mcusHigh,
      planes: components.map(({ h, v, quantization, kind, seed }) =>
        makePlane(mcusWide * h, mcusHigh * v, { h, v }, quantization, kind, seed),
      ),
    }));
}

/** Chunks of one to three bands. */
export function chunks(): fc.Arbitrary<DctChunk> {
  return fc.array(bands(), { minLength: 1, maxLength: 3 }).map((list) => ({ bands: list }));
}

/** A grayscale chunk with the look of a photo. */
export function photoChunk(blocksWide: number, blocksHigh: number, seed = 1): DctChunk {
  const quantization = Uint16Array.from({ length: 64 }, (_, i) => 3 + 2 * ((i & 7) + (i >> 3)));
  const plane = makePlane(blocksWide, blocksHigh, { h: 1, v: 1 }, quantization, 'photo', seed);
  return { bands: [{ mcusWide: blocksWide, mcusHigh: blocksHigh, planes: [plane] }] };
}

/** The same shape with every coefficient zero. */
export function emptied(chunk: DctChunk): DctChunk {
  return {
    bands: chunk.bands.map((band) => ({
      ...band,
      planes: band.planes.map((plane) => ({
        ...plane,
        coefficients: new Int16Array(plane.coefficients.length),
      })),
    })),
  };
}

/** All coefficients in canonical order. */
export function coefficientsOf(chunk: DctChunk): number[] {
  return chunk.bands.flatMap((band) => band.planes.flatMap((plane) => [...plane.coefficients]));
}
