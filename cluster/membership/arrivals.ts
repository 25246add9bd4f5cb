// The phi accrual failure detector (Hayashibara et al., SRDS 2004): how unlikely it is that the
// next heartbeat of a node is still to come, as -log10 of the chance, from the times between its
// heartbeats so far. Two models of these times:
//
//   exponential   Cassandra's: phi = t / mean * log10(e). Heartbeats that travel by gossip come
//                 irregularly, and a tail is what they have.
//   normal        Akka's, with a logistic curve in place of the integral. For heartbeats that a
//                 node sends itself.

import { IntervalWindow } from "./interval-window.ts";
import { normalPhi } from "./normal-phi.ts";

export interface Arrivals {
  /** A heartbeat came. */
  beat(nowMs: number): void;
  /** 0 before the first heartbeat. */
  phi(nowMs: number): number;
}

export interface ExponentialSettings {
  readonly window: number;
  /** Taken for an interval at the first heartbeat. */
  readonly firstMs: number;
  /** A longer interval was an outage and says nothing of the rhythm. */
  readonly longestMs: number;
}

export class ExponentialArrivals implements Arrivals {
  readonly #settings: ExponentialSettings;
  readonly #intervals: IntervalWindow;
  #lastMs = Number.NaN;

  constructor(settings: ExponentialSettings) {
    this.#settings = settings;
    this.#intervals = new IntervalWindow(settings.window);
  }

  beat(nowMs: number): void {
    const { firstMs, longestMs } = this.#settings;
    const intervalMs = Number.isNaN(this.#lastMs) ? firstMs : nowMs - this.#lastMs;
    if (intervalMs <= longestMs) this.#intervals.add(intervalMs);
    this.#lastMs = nowMs;
  }

  phi(nowMs: number): number {
    if (Number.isNaN(this.#lastMs)) return 0;
    return ((nowMs - this.#lastMs) / this.#intervals.mean) * Math.LOG10E;
  }
}

export interface NormalSettings {
  readonly window: number;
  /** Estimate of the interval before there are any. */
  readonly firstMs: number;
  readonly deviationMinMs: number;
  /** A silence that is nobody's fault. */
  readonly pauseMs: number;
  /** The interval before a heartbeat that came when phi was above it is not counted. */
  readonly threshold: number;
}

export class NormalArrivals implements Arrivals {
  readonly #settings: NormalSettings;
  readonly #intervals: IntervalWindow;
  #lastMs = Number.NaN;

  constructor(settings: NormalSettings) {
    this.#settings = settings;
    this.#intervals = new IntervalWindow(settings.window);
  }

  beat(nowMs: number): void {
    const { firstMs, threshold } = this.#settings;
    if (Number.isNaN(this.#lastMs)) {
      this.#intervals.add(firstMs - firstMs / 4);
      this.#intervals.add(firstMs + firstMs / 4);
    } else if (this.phi(nowMs) < threshold) {
      this.#intervals.add(nowMs - this.#lastMs);
    }
    this.#lastMs = nowMs;
  }

  phi(nowMs: number): number {
    if (Number.isNaN(this.#lastMs)) return 0;
    const { deviationMinMs, pauseMs } = this.#settings;
    const deviationMs = Math.max(Math.sqrt(this.#intervals.variance), deviationMinMs);
    return normalPhi(nowMs - this.#lastMs, this.#intervals.mean + pauseMs, deviationMs);
  }
}
