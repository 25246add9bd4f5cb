// When operations are due, in open loop: the offered load. Nothing is ever skipped; what cannot be
// sent in time is sent late, and its response time counts from when it was due.

import assert from "node:assert/strict";
import { Random } from "../workloads/random.ts";

/** Due times in nanoseconds, in order; each is asked for once. */
export interface Arrivals {
  /** The next due time, and moves on. Never ends. */
  next(): number;
}

/** One every 1e9 / `ratePerSec` nanoseconds, the first at `startNs`. No rounding adds up. */
export class ConstantArrivals implements Arrivals {
  readonly #startNs: number;
  readonly #periodNs: number;
  #count = 0;

  constructor(startNs: number, ratePerSec: number) {
    assert(ratePerSec > 0, "a rate is above 0");
    this.#startNs = startNs;
    this.#periodNs = 1e9 / ratePerSec;
  }

  next(): number {
    return this.#startNs + this.#count++ * this.#periodNs;
  }
}

/**
 * Exponential gaps with mean 1e9 / `ratePerSec` nanoseconds: arrivals that know nothing of each
 * other.
 */
export class PoissonArrivals implements Arrivals {
  readonly #meanGapNs: number;
  readonly #random: Random;
  #dueNs: number;

  constructor(startNs: number, ratePerSec: number, seed: number) {
    assert(ratePerSec > 0, "a rate is above 0");
    this.#meanGapNs = 1e9 / ratePerSec;
    this.#random = new Random(seed).split("arrivals");
    this.#dueNs = startNs;
  }

  next(): number {
    // 1 - u is in (0, 1]: the logarithm is finite.
    this.#dueNs -= Math.log(1 - this.#random.nextDouble()) * this.#meanGapNs;
    return this.#dueNs;
  }
}
