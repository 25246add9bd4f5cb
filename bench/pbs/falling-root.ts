// Where a falling function comes down to a bound: quantiles of latencies, and of staleness.
//
//  1. Quadruple the upper end of the bracket until the function is at most the bound there.
//  2. Cut the bracket where a straight line through its ends, in the logarithm of the function,
//     meets the bound; the value at an end that stays twice is halved (the Illinois algorithm).
//  3. Where that has not halved the bracket in three cuts, as at a jump, cut it in the middle.

import assert from "node:assert";

/**
 * The smallest x of at least 0 at which `falling` is at most `bound`, up to a share `tolerance` of
 * itself, and never below it. The function never rises, is at least 0, and gets there in the end;
 * `bound` is above 0.
 */
export function fallsTo(falling: (x: number) => number, bound: number, tolerance: number): number {
  const excess = (x: number) => Math.log(falling(x) / bound);
  let low = 0;
  let atLow = excess(low);
  if (atLow <= 0) return 0;
  let high = 1;
  let atHigh = excess(high);
  while (atHigh > 0) {
    low = high;
    atLow = atHigh;
    high *= 4;
    assert(high < Number.MAX_VALUE / 4, "the function gets to its bound");
    atHigh = excess(high);
  }
  let cuts = 0;
  let widthBefore = high - low;
  let stayed = 0;
  // Below the least that matters, 0 is meant.
  while (high - low > tolerance * high && high > Number.EPSILON) {
    let share = atLow / (atLow - atHigh);
    if (++cuts % 4 === 0) {
      if (high - low > widthBefore / 2) share = 0.5;
      widthBefore = high - low;
    }
    // Not at an end, where it would teach nothing; and -Infinity at the upper end draws no line.
    const least = (tolerance * high) / 2 / (high - low);
    share = Number.isFinite(atHigh) ? Math.min(Math.max(share, least), 1 - least) : 0.5;
    const middle = low + share * (high - low);
    const atMiddle = excess(middle);
    if (atMiddle > 0) {
      low = middle;
      atLow = atMiddle;
      if (stayed === 1) atHigh /= 2;
      stayed = 1;
    } else {
      high = middle;
      atHigh = atMiddle;
      if (stayed === -1) atLow /= 2;
      stayed = -1;
    }
  }
  return high;
}
