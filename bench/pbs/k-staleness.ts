// How old a read may be, counted in versions, when nothing spreads beyond the write quorum.
//
// Source: Bailis et al., VLDB 2012, section 3.1. Quorums are fixed and drawn independently, so a
// read misses each of the last k versions with the same probability.

/** P(none of R replicas is among the W that have the write): C(N-W, R) / C(N, R). */
function missProbability(n: number, r: number, w: number): number {
  let miss = 1;
  for (let i = 0; i < r; i++) miss *= Math.max(0, n - w - i) / (n - i);
  return miss;
}

/**
 * P(a read returns none of the last k versions), k at least 1. It is 0 only where that cannot be:
 * one less it may be too near to 1 to be told from it.
 */
export function missesVersions(n: number, r: number, w: number, k: number): number {
  return missProbability(n, r, w) ** k;
}
