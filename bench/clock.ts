// What a reading of the clock costs, and a clock that is read only now and then.

import { type Clock, systemClock } from "../engines/io/clock.ts";

export interface ClockCost {
  /** What one reading costs, in nanoseconds: the lowest of several rounds. */
  readonly costNs: number;
  /** The smallest difference between two readings that was not zero, in nanoseconds. */
  readonly stepNs: number;
}

/** Calibrates a clock in about 20 ms: rounds of readings, of which the quickest counts. */
export function measureClock(clock: Clock = systemClock): ClockCost {
  const rounds = 20;
  const readings = 20_000;
  let costNs = Number.POSITIVE_INFINITY;
  let stepNs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const startNs = clock.now();
    let previousNs = startNs;
    for (let i = 0; i < readings; i++) {
      const readNs = clock.now();
      const step = readNs - previousNs;
      if (step > 0 && step < stepNs) stepNs = step;
      previousNs = readNs;
    }
    const perReading = (previousNs - startNs) / readings;
    if (perReading < costNs) costNs = perReading;
  }
  if (!Number.isFinite(stepNs)) stepNs = 0;
  return { costNs: round(costNs), stepNs: round(stepNs) };
}

function round(ns: number): number {
  return Math.round(ns * 10) / 10;
}

/** How many readings a SparseClock answers from memory, at most. */
const STRIDE_MAX = 64;
/** A SparseClock reads every time again once it was out of date by this, in nanoseconds. */
const STALE_NS = 1e6;

/**
 * A clock that is read only now and then, for runs that record no latency: it costs next to
 * nothing, and is out of date by up to STRIDE_MAX readings or by about STALE_NS, whichever is less.
 */
export class SparseClock implements Clock {
  readonly #clock: Clock;
  #stride = 1;
  #left = 0;
  #lastNs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  now(): number {
    if (--this.#left > 0) return this.#lastNs;
    const nowNs = this.#clock.now();
    this.#stride = nowNs - this.#lastNs > STALE_NS ? 1 : Math.min(STRIDE_MAX, 2 * this.#stride);
    this.#left = this.#stride;
    this.#lastNs = nowNs;
    return nowNs;
  }
}
