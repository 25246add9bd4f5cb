// The integral of the normal distribution beyond a point, by a logistic curve that is off by less
// than 0.0002 (Bowling, Khasawneh, Kaewkuekool, Cho, "A logistic approximation to the cumulative
// normal distribution", 2009).

/** -log10 of the chance that a normal interval is longer than `elapsed`. */
export function normalPhi(elapsed: number, mean: number, deviation: number): number {
  const y = (elapsed - mean) / deviation;
  const e = Math.exp(-y * (1.5976 + 0.070566 * y * y));
  // Each form is exact where the other loses its digits.
  return -Math.log10(elapsed > mean ? e / (1 + e) : 1 - 1 / (1 + e));
}
