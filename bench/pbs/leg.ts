// How long one leg of a request takes: a distribution of one-way latencies in milliseconds.

import assert from "node:assert";
import type { Random } from "../../workloads/random.ts";

/** A part of a distribution whose quantiles are at hand. */
export interface LegPart {
  /** Its share of all latencies; the shares of a leg add up to 1. */
  readonly share: number;
  /** The latency in milliseconds that a share `tail` of this part exceeds, 0 < tail <= 1. */
  quantileMs(tail: number): number;
}

export interface Leg {
  /** P(latency > ms); 1 for a negative `ms`. */
  survival(ms: number): number;
  /** One latency in milliseconds. */
  drawMs(random: Random): number;
  readonly parts: readonly LegPart[];
  /** By how much a latency may be longer here than it is: so much is no difference. At least 0. */
  readonly slackMs: number;
}

export interface MixtureParameters {
  /** Share of the exponential part, 0 < share < 1. */
  readonly exponentialShare: number;
  readonly ratePerMs: number;
  /** The smallest latency of the Pareto part. */
  readonly scaleMs: number;
  readonly shape: number;
}

/** Exponential with some probability, else Pareto: what was fitted to the published systems. */
export class MixtureLeg implements Leg {
  readonly parts: readonly LegPart[];
  readonly slackMs = 0;
  readonly #exponentialShare: number;
  readonly #ratePerMs: number;
  readonly #scaleMs: number;
  readonly #shape: number;

  constructor(parameters: MixtureParameters) {
    const { exponentialShare, ratePerMs, scaleMs, shape } = parameters;
    assert(exponentialShare > 0 && exponentialShare < 1, "both parts have a share");
    assert(ratePerMs > 0 && scaleMs > 0 && shape > 0, "parameters are positive");
    this.#exponentialShare = exponentialShare;
    this.#ratePerMs = ratePerMs;
    this.#scaleMs = scaleMs;
    this.#shape = shape;
    this.parts = [
      { share: exponentialShare, quantileMs: (tail) => this.#exponentialMs(tail) },
      { share: 1 - exponentialShare, quantileMs: (tail) => this.#paretoMs(tail) },
    ];
  }

  survival(ms: number): number {
    if (ms <= 0) return 1;
    const share = this.#exponentialShare;
    const exponential = share * Math.exp(-this.#ratePerMs * ms);
    if (ms <= this.#scaleMs) return exponential + 1 - share;
    return exponential + (1 - share) * (this.#scaleMs / ms) ** this.#shape;
  }

  drawMs(random: Random): number {
    const share = this.#exponentialShare;
    const uniform = random.nextDouble();
    // What is left of the one draw, once it has chosen the part, is uniform again: over [0, 1).
    if (uniform < share) return this.#exponentialMs(1 - uniform / share);
    return this.#paretoMs(1 - (uniform - share) / (1 - share));
  }

  #exponentialMs(tail: number): number {
    return -Math.log(tail) / this.#ratePerMs;
  }

  #paretoMs(tail: number): number {
    return this.#scaleMs * tail ** (-1 / this.#shape);
  }
}

/** Equal latencies of a table are set apart by a nanosecond: no clock tells them apart. */
const APART_MS = 1e-6;

/** Measured latencies: a table of quantiles, with straight lines between its rows. */
export class TableLeg implements Leg {
  readonly parts: readonly LegPart[];
  readonly slackMs: number;
  readonly #quantiles: Float64Array;
  readonly #latenciesMs: Float64Array;

  /**
   * @param quantiles Strictly ascending from 0 to 1.
   * @param latenciesMs As many, at least 0, none below the one before it.
   */
  constructor(quantiles: readonly number[], latenciesMs: readonly number[]) {
    const { length } = quantiles;
    assert(length >= 2 && length === latenciesMs.length, "two rows or more, all whole");
    assert(quantiles[0] === 0 && quantiles[length - 1] === 1, "from the least to the greatest");
    this.#quantiles = Float64Array.from(quantiles);
    this.#latenciesMs = Float64Array.from(latenciesMs);
    // A distribution without jumps has no ties between replicas, whose order would matter.
    let slackMs = 0;
    for (let row = 1; row < length; row++) {
      const least = this.#latenciesMs[row - 1]! + APART_MS;
      if (this.#latenciesMs[row]! < least) this.#latenciesMs[row] = least;
      slackMs = Math.max(slackMs, this.#latenciesMs[row]! - latenciesMs[row]!);
    }
    this.slackMs = slackMs;
    this.parts = [{ share: 1, quantileMs: (tail) => this.#quantileMs(1 - tail) }];
  }

  survival(ms: number): number {
    const latencies = this.#latenciesMs;
    const last = latencies.length - 1;
    if (ms <= latencies[0]!) return 1;
    if (ms >= latencies[last]!) return 0;
    const row = rowBelow(latencies, ms);
    const from = latencies[row]!;
    const part = (ms - from) / (latencies[row + 1]! - from);
    const quantile = this.#quantiles[row]!;
    return 1 - quantile - part * (this.#quantiles[row + 1]! - quantile);
  }

  drawMs(random: Random): number {
    return this.#quantileMs(random.nextDouble());
  }

  #quantileMs(quantile: number): number {
    const quantiles = this.#quantiles;
    const row = rowBelow(quantiles, quantile);
    const from = quantiles[row]!;
    const part = (quantile - from) / (quantiles[row + 1]! - from);
    const latency = this.#latenciesMs[row]!;
    return latency + part * (this.#latenciesMs[row + 1]! - latency);
  }
}

/** The last row whose value is at most `value`, but not the last of all; the first at least. */
function rowBelow(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (ascending[middle]! <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
