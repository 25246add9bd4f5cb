// Histograms of the bare generators, for `ringbench generate` and for whoever checks the laws.

import { WorkloadError } from "./errors.ts";
import { Exponential } from "./exponential.ts";
import type { IntegerGenerator, RankGenerator } from "./generator.ts";
import { Hotspot } from "./hotspot.ts";
import { Latest } from "./latest.ts";
import { unknownName } from "./nearest.ts";
import { Random } from "./random.ts";
import { Scrambled } from "./scrambled.ts";
import { Sequential } from "./sequential.ts";
import { TrueZipf } from "./true-zipf.ts";
import { Uniform } from "./uniform.ts";
import { YCSB_THETA, Zipfian, ZipfianShape } from "./zipfian.ts";

export const DISTRIBUTIONS = [
  "uniform",
  "zipfian",
  "scrambled",
  "latest",
  "hotspot",
  "exponential",
  "sequential",
] as const;
type Distribution = (typeof DISTRIBUTIONS)[number];

/** The most items of `drawCounts`: the answer is an array of as many numbers. */
const DRAW_ITEMS_MAX = 100_000_000;

export interface DrawOptions {
  /** One of DISTRIBUTIONS. */
  readonly distribution: string;
  /** Size of the range, 1 to 100,000,000 inclusive. */
  readonly items: number;
  /** Draws, an integer from 0. */
  readonly count: number;
  /** An integer, 0 to 2^53 - 1. */
  readonly seed: number;
  /** Exponent of zipfian, scrambled and latest, above 0; 0.99 when absent, true Zipf from 1 on. */
  readonly theta?: number;
}

/**
 * How often each item 0 .. items-1 was drawn. `zipfian`: item 0 the hottest. `latest`: item items-1
 * the hottest, item 0 never drawn. `hotspot`: 0.8 of the draws on the first 0.2. `exponential`: 95
 * % below 6/7 of the items, and one cell more at the end for the draws beyond items-1.
 *
 * Throws WORKLOAD_UNKNOWN for a name, WORKLOAD_VALUE for a number that is not as said above.
 */
export function drawCounts(options: DrawOptions): number[] {
  const { distribution, items, count, seed } = options;
  if (!(DISTRIBUTIONS as readonly string[]).includes(distribution)) {
    const message = unknownName("distribution", distribution, DISTRIBUTIONS);
    throw new WorkloadError("WORKLOAD_UNKNOWN", message);
  }
  checkInteger("items", items, 1, DRAW_ITEMS_MAX);
  checkInteger("count", count, 0, Number.MAX_SAFE_INTEGER);
  checkInteger("seed", seed, 0, Number.MAX_SAFE_INTEGER);
  const theta = checkTheta(distribution, options.theta);
  const generator = bareGenerator(distribution as Distribution, items, new Random(seed), theta);
  const cells = distribution === "exponential" ? items + 1 : items;
  const counts = new Float64Array(cells);
  for (let i = 0; i < count; i++) {
    const cell = Math.min(generator.next(), cells - 1);
    counts[cell] = counts[cell]! + 1;
  }
  return Array.from(counts);
}

function bareGenerator(
  distribution: Distribution,
  items: number,
  random: Random,
  theta: number,
): IntegerGenerator {
  switch (distribution) {
    case "uniform":
      return new Uniform(random, 0, items - 1);
    case "zipfian":
      return rankGenerator(random, items, theta);
    case "scrambled":
      return new Scrambled(random, 0, items, theta);
    case "latest":
      return new Latest({ lastValue: items - 1 }, rankGenerator(random, items - 1, theta));
    case "hotspot":
      return new Hotspot(random, { min: 0, items, dataFraction: 0.2, operationFraction: 0.8 });
    case "exponential":
      return new Exponential(random, 95, items * 0.8571428571);
    case "sequential":
      return new Sequential(0, items - 1);
  }
}

/** YCSB's Zipfian law below theta 1, the true Zipf law from 1 on. */
function rankGenerator(
  random: Random,
  items: number,
  theta: number,
): IntegerGenerator & RankGenerator {
  return theta < 1
    ? new Zipfian(random, new ZipfianShape(items, theta))
    : new TrueZipf(random, Math.max(1, items), theta);
}

function checkInteger(name: string, value: number, min: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= min && value <= max) return;
  throw new WorkloadError("WORKLOAD_VALUE", `${name} must be a whole number, ${min} to ${max}`);
}

function checkTheta(distribution: string, theta: number | undefined): number {
  if (theta === undefined) return YCSB_THETA;
  if (!["zipfian", "scrambled", "latest"].includes(distribution)) {
    throw new WorkloadError("WORKLOAD_VALUE", `theta means nothing to ${distribution}`);
  }
  if (theta > 0 && Number.isFinite(theta)) return theta;
  throw new WorkloadError("WORKLOAD_VALUE", `theta must be above 0, not ${theta}`);
}
