/** Measures of rate and distortion. */

/** A point of a codec's curve. */
export interface RatePoint {
  /** Bits, of whatever. */
  readonly rate: number;
  /** Quality in dB. */
  readonly quality: number;
}

/**
 * Peak signal-to-noise ratio of 8-bit samples in dB, infinite where they are equal.
 *
 * @param a Samples.
 * @param b As many samples.
 */
export function psnr(a: Uint8Array, b: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return 10 * Math.log10((255 ** 2 * a.length) / sum);
}

/**
 * The mean change of rate at the same quality, as Bjøntegaard's delta rate but with the logarithm of the rate linear
 * between points: -0.3 where `curve` takes 30 % less than `anchor`.
 *
 * @returns undefined where the curves have no quality in common. One point of each is enough, if they are of equal quality.
 */
export function deltaRate(anchor: readonly RatePoint[], curve: readonly RatePoint[]): number | undefined {
  const [a, b] = [anchor, curve].map((points) => [...points].sort((p, q) => p.quality - q.quality));
  if (a.length === 0 || b.length === 0) return undefined;
  const low = Math.max(a[0].quality, b[0].quality);
  const high = Math.min(a[a.length - 1].quality, b[b.length - 1].quality);
  if (low === high && a.length === 1 && b.length === 1) return b[0].rate / a[0].rate - 1;
  if (!(high > low)) return undefined;
  const borders = [...a, ...b]
    .map(({ quality }) => quality)
    .filter((quality) => quality > low && quality < high);
  const steps = [low, ...borders.sort((p, q) => p - q), high];
  let area = 0;
  for (let i = 1; i < steps.length; i++) {
    const difference = (quality: number) => logRate(b, quality) - logRate(a, quality);
    area += ((difference(steps[i - 1]) + difference(steps[i])) / 2) * (steps[i] - steps[i - 1]);
  }
  return Math.exp(area / (high - low)) - 1;
}

function logRate(points: readonly RatePoint[], quality: number): number {
  const next = Math.max(
    1,
    points.findIndex((point) => point.quality >= quality),
  );
  const [p, q] = [points[next - 1], points[next]];
  const t = q.quality === p.quality ? 0 : (quality - p.quality) / (q.quality - p.quality);
  return (1 - t) * Math.log(p.rate) + t * Math.log(q.rate);
}
