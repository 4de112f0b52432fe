/** Where the picture of a thumbnail lies in its file's: a choice of the encoder, in floating point. */

import { type DctParameters, dctTokens } from '../../container/parameters.js';
import type { DctLatents } from '../dct-latents.js';
import { pictureDifferences, shownSamples } from './picture-prediction.js';
import { FrameSamples } from './reduced-samples.js';
import { type Placement, placementLimits } from './resampling.js';

/** Pictures of more than this share of the file's coefficients are no thumbnails: their place is not looked for. */
const MAX_SEARCHED = 3 / 4;

/** What differences must save of a picture's bits. */
const MIN_SAVED = 0.05;

/** How far proportions may differ before bars or a cut are thought of. */
const SAME_PROPORTIONS = 0.015;

const MAX_ITERATIONS = 6;
/** A step, in eighths of a pixel, that ends the search. */
const SMALL_STEP = 0.5;

const EDGES = ['left', 'right', 'top', 'bottom'] as const;

/** Those of a `Placement`, before they are rounded. */
type Edges = [number, number, number, number];

/** A picture's differences and where it was found. */
export interface PlacedPicture {
  readonly placement: Placement;
  readonly differences: DctLatents;
}

/** Finds the picture in the file's; undefined where the differences save little. */
export function placePicture(picture: DctLatents, file: FrameSamples): PlacedPicture | undefined {
  let best: PlacedPicture | undefined;
  let least = (1 - MIN_SAVED) * roughBits(picture);
  const tried = new Set<string>();
  const attempt = (edges: Edges) => {
    const placement = rounded(edges);
    const key = JSON.stringify(placement);
    if (tried.has(key) || !isWithin(placement, file.latents.parameters)) return;
    tried.add(key);
    const differences = pictureDifferences(picture, file, placement);
    const bits = roughBits(differences);
    if (bits < least) [best, least] = [{ placement, differences }, bits];
  };
  const searched = dctTokens(picture.parameters) <= MAX_SEARCHED * dctTokens(file.latents.parameters);
  for (const start of likelyEdges(picture, file)) {
    attempt(start);
    if (searched) attempt(aligned(picture, file, start));
  }
  return best;
}

/** About the bits that coefficients take. */
function roughBits({ coefficients }: DctLatents): number {
  let sum = 0;
  for (const plane of coefficients)
    for (const value of plane) if (value !== 0) sum += Math.log2(1 + Math.abs(value));
  return sum;
}

/** The whole picture; where proportions differ, with bars around it, and cut. */
function likelyEdges(picture: DctLatents, file: FrameSamples): Edges[] {
  const whole: Edges = [0, 0, 0, 0];
  const { width, height } = file.latents.parameters;
  const wanted = picture.parameters.width / picture.parameters.height;
  const ratio = width / height / wanted;
  if (Math.abs(ratio - 1) <= SAME_PROPORTIONS) return [whole];
  const beyondAcross = 4 * (height * wanted - width);
  const beyondDown = 4 * (width / wanted - height);
  return [whole, [-beyondAcross, beyondAcross, 0, 0], [0, 0, -beyondDown, beyondDown]];
}

/** In whole numbers, none of them -0. */
function rounded(edges: Edges): Placement {
  const [left, right, top, bottom] = edges.map((edge) => Math.round(edge) + 0);
  return { left, right, top, bottom };
}

function isWithin(placement: Placement, file: DctParameters): boolean {
  const limits = placementLimits(file);
  return EDGES.every((edge) => Math.abs(placement[edge]) <= limits[edge]);
}

/** Moves the edges until the luma samples agree best: least squares by Gauss and Newton, with a gain and an offset. */
function aligned(picture: DctLatents, file: FrameSamples, start: Edges): Edges {
  const { samples: wanted, width, height } = new FrameSamples(picture).plane(0, 8);
  let edges: Edges = [...start];
  for (let i = 0; i < MAX_ITERATIONS; i++) {
    const { samples: shown } = shownSamples(picture.parameters, file, rounded(edges), 0);
    const moves = edgeMoves(wanted, shown, width, height);
    if (moves === undefined) break;
    const { width: fileWidth, height: fileHeight } = file.latents.parameters;
    const across = (8 * fileWidth + edges[1] - edges[0]) / width;
    const down = (8 * fileHeight + edges[3] - edges[2]) / height;
    const steps = [moves[0] * across, moves[1] * across, moves[2] * down, moves[3] * down];
    const next = edges.map((edge, j) => edge + steps[j]) as Edges;
    if (!isWithin(rounded(next), file.latents.parameters)) break;
    edges = next;
    if (Math.max(...steps.map(Math.abs)) < SMALL_STEP) break;
  }
  return edges;
}

/** By how many of the picture's samples each edge is to move; undefined where that cannot be told. */
function edgeMoves(
  wanted: ArrayLike<number>,
  shown: ArrayLike<number>,
  width: number,
  height: number,
): number[] | undefined {
  const unknowns = 6;
  const system = Array.from({ length: unknowns }, () => new Float64Array(unknowns + 1));
  const terms = new Float64Array(unknowns + 1);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const slopeAcross = (shown[at + 1] - shown[at - 1]) / 2;
      const slopeDown = (shown[at + width] - shown[at - width]) / 2;
      const across = (x + 0.5) / width;
      const down = (y + 0.5) / height;
      terms[0] = slopeAcross * (1 - across);
      terms[1] = slopeAcross * across;
      terms[2] = slopeDown * (1 - down);
      terms[3] = slopeDown * down;
      terms[4] = shown[at];
      terms[5] = 1;
      terms[6] = wanted[at];
      for (let i = 0; i < unknowns; i++) {
        for (let j = i; j <= unknowns; j++) system[i][j] += terms[i] * terms[j];
      }
    }
  }
  const solution = solveSymmetric(system);
  const gain = solution?.[4] ?? 0;
  // Without a likeness there is nothing to align.
  return solution !== undefined && gain > 0.1 ? [0, 1, 2, 3].map((i) => solution[i] / gain) : undefined;
}

/** Solves n equations, given as the upper triangle of a symmetric matrix and the right side; undefined if singular. */
function solveSymmetric(system: readonly Float64Array[]): number[] | undefined {
  const n = system.length;
  for (let i = 0; i < n; i++) {
    if (!(system[i][i] > 1e-6)) return undefined;
    for (let j = i + 1; j < n; j++) {
      const factor = system[i][j] / system[i][i];
      for (let k = j; k <= n; k++) system[j][k] -= factor * system[i][k];
    }
  }
  const solution = new Array<number>(n).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    let rest = system[i][n];
    for (let j = i + 1; j < n; j++) rest -= system[i][j] * solution[j];
    solution[i] = rest / system[i][i];
  }
  return solution;
}
