// A hybrid logical clock (Kulkarni, Demirbas, Madappa, Avva, Leone: "Logical Physical Clocks",
// OPODIS 2014, figure 5): close to the wall clock, and never behind anything that it has seen.
//
// Steps, with (timeMs, counter) the clock and pt the wall clock:
//  - own event: timeMs := max(timeMs, pt); counter + 1 if timeMs stayed as it was, else 0.
//  - message (m, c): timeMs := max(timeMs, m, pt); counter := one more than the larger counter of
//    those two, clock and message, whose time it is; 0 if it is pt alone.
//
// Invariants:
//  I1. The clock only grows, however the wall clock jumps.
//  I2. It is never more than `maxDriftMs` ahead of the highest wall time that it was given, unless
//      by what `restore` took from this node's own storage.

import assert from "node:assert";
import { VersioningError } from "./errors.ts";

/** Below 0, 0 or above 0. */
export function compareTimes(aMs: number, aCounter: number, bMs: number, bCounter: number): number {
  return aMs === bMs ? aCounter - bCounter : aMs - bMs;
}

export class HybridClock {
  readonly maxDriftMs: number;
  /** Whole milliseconds since 1970. */
  timeMs = 0;
  counter = 0;

  /** @param maxDriftMs How far ahead of the own wall clock a message may be; inclusive. */
  constructor(maxDriftMs: number) {
    assert(maxDriftMs >= 0, "a drift is a length of time");
    this.maxDriftMs = maxDriftMs;
  }

  /** An event of this node; `timeMs` and `counter` are then its timestamp. */
  tick(wallMs: number): void {
    this.#advance(wholeMs(wallMs), -1, -1);
  }

  /**
   * A message of another clock. Throws VERSION_CLOCK_DRIFT, and changes nothing, when it is more
   * than `maxDriftMs` ahead of `wallMs`.
   */
  receive(timeMs: number, counter: number, wallMs: number): void {
    const physicalMs = wholeMs(wallMs);
    const aheadMs = timeMs - physicalMs;
    if (aheadMs > this.maxDriftMs) {
      const message =
        `a timestamp is ${aheadMs} ms ahead of this node's clock, and ${this.maxDriftMs} ms are ` +
        "allowed; set the clocks of the nodes, and try again";
      throw new VersioningError("VERSION_CLOCK_DRIFT", message);
    }
    this.#advance(physicalMs, timeMs, counter);
  }

  /** Catches up with a timestamp that this node accepted once, whatever the wall clock says now. */
  restore(timeMs: number, counter: number): void {
    if (compareTimes(timeMs, counter, this.timeMs, this.counter) <= 0) return;
    this.timeMs = timeMs;
    this.counter = counter;
  }

  #advance(physicalMs: number, messageMs: number, messageCounter: number): void {
    const beforeMs = this.timeMs;
    const before = this.counter;
    const timeMs = Math.max(beforeMs, messageMs, physicalMs);
    const own = timeMs === beforeMs ? before : -1;
    const message = timeMs === messageMs ? messageCounter : -1;
    this.timeMs = timeMs;
    this.counter = Math.max(own, message) + 1;
    assert(compareTimes(timeMs, this.counter, beforeMs, before) > 0, "I1: the clock only grows");
  }
}

function wholeMs(wallMs: number): number {
  assert(Number.isFinite(wallMs), "the wall clock says something");
  return Math.max(0, Math.floor(wallMs));
}
