// The generalised harmonic number zeta(n, theta) = sum over i = 1..n of i^-theta.
//
//  1. Up to `DIRECT_TERMS` terms are added one by one, as YCSB does.
//  2. The rest of a longer sum comes from the Euler-Maclaurin formula: integral, half of both end
//     terms, and the first Bernoulli correction. From i = 2^14 on the next one is below 1e-16 of
//     the sum, so the cost does not depend on n.

const DIRECT_TERMS = 2 ** 14;

/** sum of i^-theta for i = 1..n. `n` is an integer from 0, theta a number from 0. */
export function zeta(n: number, theta: number): number {
  return extendZeta(0, n, theta, 0);
}

/** zeta(n, theta) from sum = zeta(from, theta), by the terms from + 1 .. n. */
export function extendZeta(from: number, n: number, theta: number, sum: number): number {
  const directEnd = n - from <= DIRECT_TERMS ? n : Math.max(from, DIRECT_TERMS);
  for (let i = from; i < directEnd; i++) sum += 1 / (i + 1) ** theta;
  return directEnd === n ? sum : sum + tail(directEnd, n, theta);
}

/** sum of i^-theta for i = first + 1 .. n, by Euler-Maclaurin from `first`. */
function tail(first: number, n: number, theta: number): number {
  const firstTerm = first ** -theta;
  const lastTerm = n ** -theta;
  const logRatio = Math.log(n / first);
  const exponent = 1 - theta;
  // (n^(1-theta) - first^(1-theta)) / (1-theta), without cancellation around theta = 1.
  const growth = exponent === 0 ? logRatio : Math.expm1(exponent * logRatio) / exponent;
  const integral = firstTerm * first * growth;
  const firstDerivative = (theta / 12) * (firstTerm / first - lastTerm / n);
  return integral - (firstTerm - lastTerm) / 2 + firstDerivative;
}
