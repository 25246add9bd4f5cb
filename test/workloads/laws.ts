// The exact laws of the generators, worked out apart from their code (YCSB's algorithms on paper).

import { hashBigInt } from "./big-fnv.ts";

/** zeta by plain summation. */
export function naiveZeta(n: number, theta: number): number {
  let sum = 0;
  for (let i = 1; i <= n; i++) sum += 1 / i ** theta;
  return sum;
}

/** YCSB's Zipfian law: 1/zeta, theta-half/zeta, then differences of the inverse of its power. */
export function ycsbZipfianLaw(
  n: number,
  theta: number,
  ranks = n,
  zetan = naiveZeta(n, theta),
): number[] {
  const eta = (1 - (2 / n) ** (1 - theta)) / (1 - naiveZeta(2, theta) / zetan);
  const below = (x: number) => 1 - (1 - (x / n) ** (1 - theta)) / eta;
  const law = [1 / zetan, 0.5 ** theta / zetan];
  for (let k = 2; k < ranks; k++) law.push(below(k + 1) - below(k));
  return law;
}

/** The true Zipf law. */
export function zipfLaw(n: number, theta: number): number[] {
  const zetan = naiveZeta(n, theta);
  return Array.from({ length: n }, (_, k) => (k + 1) ** -theta / zetan);
}

/**
 * YCSB's bare scrambled law: the first ranks hashed one by one, the rest of the mass spread evenly.
 */
export function scrambledLaw(n: number): number[] {
  const ranks = 300_000;
  const head = ycsbZipfianLaw(10_000_000_001, 0.99, ranks, 26.46902820178302);
  const rest = 1 - head.reduce((sum, chance) => sum + chance, 0);
  const law = new Array<number>(n).fill(rest / n);
  for (let rank = 0; rank < ranks; rank++) {
    const item = Number(hashBigInt(BigInt(rank)) % BigInt(n));
    law[item] = law[item]! + head[rank]!;
  }
  return law;
}

/** 0.8 of the draws even over the first fifth, the others over the rest. */
export function hotspotLaw(n: number): number[] {
  const hot = Math.floor(n * 0.2);
  return Array.from({ length: n }, (_, k) => (k < hot ? 0.8 / hot : 0.2 / (n - hot)));
}

/**
 * Whole parts of an exponential with 95 % below n * 0.8571428571; the last cell is all from n up.
 */
export function exponentialLaw(n: number): number[] {
  const gamma = -Math.log(1 - 0.95) / (n * 0.8571428571);
  const law = Array.from(
    { length: n },
    (_, k) => Math.exp(-gamma * k) - Math.exp(-gamma * (k + 1)),
  );
  return [...law, Math.exp(-gamma * n)];
}
