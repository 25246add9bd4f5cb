// How many of a number of equal things each of several weights should have.

/** Quotas that miss an integer by less than this are one: weights are sums of fractions. */
const ROUNDING = 1e-9;

export interface Quotas {
  readonly lows: Int32Array;
  /** At most one above `lows`. */
  readonly highs: Int32Array;
}

/** The exact share of each weight in `total`, rounded down and up. */
export function quotasOf(weights: readonly number[], total: number): Quotas {
  const sum = weights.reduce((a, b) => a + b, 0);
  const quotas = weights.map((weight) => (weight / sum) * total);
  return {
    lows: Int32Array.from(quotas, (quota) => Math.floor(quota + ROUNDING)),
    highs: Int32Array.from(quotas, (quota) => Math.ceil(quota - ROUNDING)),
  };
}

/**
 * Counts within their quotas that add up to `total`, as near as possible to the counts there are;
 * between equals the first ones get more.
 */
export function nearestCounts({ lows, highs }: Quotas, now: Int32Array, total: number): Int32Array {
  const counts = lows.slice();
  let left = total - lows.reduce((a, b) => a + b, 0);
  const wanting = [...counts.keys()].sort((a, b) => now[b]! - lows[b]! - (now[a]! - lows[a]!));
  for (const i of wanting) {
    if (left === 0) break;
    if (lows[i]! === highs[i]!) continue;
    counts[i] = counts[i]! + 1;
    left--;
  }
  return counts;
}
