// Pearson's chi-square test, for generators against their exact laws.

/**
 * The chance that counts drawn from `law` differ from it by as much as these do. Cells that expect
 * less than 5 are pooled. Counts where the law has none give 0.
 */
export function chiSquareP(counts: readonly number[], law: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let statistic = 0;
  let cells = 0;
  let rareExpected = 0;
  let rareCount = 0;
  for (let i = 0; i < Math.max(counts.length, law.length); i++) {
    const expected = (law[i] ?? 0) * total;
    const count = counts[i] ?? 0;
    if (expected === 0 && count > 0) return 0;
    if (expected < 5) {
      rareExpected += expected;
      rareCount += count;
    } else {
      statistic += (count - expected) ** 2 / expected;
      cells++;
    }
  }
  if (rareExpected > 0) {
    statistic += (rareCount - rareExpected) ** 2 / rareExpected;
    cells++;
  }
  return upperTail(statistic, cells - 1);
}

/** P(chi-square with so many degrees of freedom > x), by the Wilson-Hilferty approximation. */
function upperTail(x: number, degrees: number): number {
  const variance = 2 / (9 * degrees);
  const z = (Math.cbrt(x / degrees) - (1 - variance)) / Math.sqrt(variance);
  return normalUpperTail(z);
}

/** P(standard normal > z), by the continued fraction for the tail and by symmetry. */
function normalUpperTail(z: number): number {
  if (z < 0) return 1 - normalUpperTail(-z);
  if (z < 1.5) {
    let term = z;
    let sum = z;
    for (let k = 1; k < 60; k++) {
      term *= -(z * z) / (2 * k);
      sum += term / (2 * k + 1);
    }
    return 0.5 - sum / Math.sqrt(2 * Math.PI);
  }
  let fraction = z;
  for (let k = 60; k >= 1; k--) fraction = z + k / fraction;
  return Math.exp((-z * z) / 2) / (fraction * Math.sqrt(2 * Math.PI));
}
