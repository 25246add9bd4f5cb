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

/** P(a read returns one of the last k versions), k at least 1. */
export function withinVersions(n: number, r: number, w: number, k: number): number {
  return 1 - missProbability(n, r, w) ** k;
}
