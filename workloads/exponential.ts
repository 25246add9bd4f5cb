// YCSB's exponential generator: `percentile` percent of the draws are below `range`.

import type { IntegerGenerator } from "./generator.ts";
import type { Random } from "./random.ts";

export class Exponential implements IntegerGenerator {
  private readonly random: Random;
  private readonly mean: number;

  /** @param percentile Above 0, below 100. @param range Above 0. */
  constructor(random: Random, percentile: number, range: number) {
    this.random = random;
    this.mean = -range / Math.log(1 - percentile / 100);
  }

  /** An integer from 0; Infinity once in 2^53 draws. */
  next(): number {
    return Math.floor(-Math.log(this.random.nextDouble()) * this.mean);
  }
}
