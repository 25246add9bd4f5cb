// Hands out key numbers for inserts, and knows up to where all of them were acknowledged.
//
//  I1. start - 1 <= lastValue < next key number handed out; lastValue never falls.
//  I2. Every number up to lastValue was acknowledged (or is below start); lastValue + 1 was not.
//  I3. Slot (v mod WINDOW) of the window is set exactly when v, of lastValue < v <= lastValue +
//      WINDOW, was acknowledged.

import { WorkloadError } from "./errors.ts";

/** How far an acknowledged number may be ahead of the oldest that is not. */
const ACKNOWLEDGED_WINDOW = 2 ** 20;

export class AcknowledgedCounter {
  private readonly window = new Uint8Array(ACKNOWLEDGED_WINDOW);
  private readonly start: number;
  private limit: number;
  private upcoming: number;

  /** @param start The first number to hand out. All below count as acknowledged. */
  constructor(start: number) {
    this.start = start;
    this.limit = start - 1;
    this.upcoming = start;
  }

  /** The largest number up to which all were acknowledged. */
  get lastValue(): number {
    return this.limit;
  }

  /** The next number. */
  next(): number {
    return this.upcoming++;
  }

  /**
   * Counts one number as acknowledged. Numbers below `start` are so already. Throws
   * WORKLOAD_WINDOW_FULL, and changes nothing, when the oldest outstanding number is a window
   * behind.
   */
  acknowledge(value: number): void {
    if (value < this.start) return;
    if (!(value > this.limit && value < this.upcoming)) {
      throw new RangeError(`I3: ${value} is not outstanding (${this.limit} to ${this.upcoming})`);
    }
    if (value > this.limit + ACKNOWLEDGED_WINDOW) {
      throw new WorkloadError(
        "WORKLOAD_WINDOW_FULL",
        `insert ${value} was acknowledged while ${this.limit + 1} still is not: ` +
          `at most ${ACKNOWLEDGED_WINDOW} inserts can be outstanding`,
      );
    }
    this.window[value % ACKNOWLEDGED_WINDOW] = 1;
    while (this.window[(this.limit + 1) % ACKNOWLEDGED_WINDOW] === 1) {
      this.limit++;
      this.window[this.limit % ACKNOWLEDGED_WINDOW] = 0;
    }
  }
}
