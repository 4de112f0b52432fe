/** Fractions in lowest terms, as the parameters of `rvq` have frame rates. */

/** A positive fraction. */
export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

/** The same fraction in lowest terms; both are positive safe integers. */
export function lowestTerms({ numerator, denominator }: Fraction): Fraction {
  let [a, b] = [numerator, denominator];
  while (b > 0) [a, b] = [b, a % b];
  return { numerator: numerator / a, denominator: denominator / a };
}
