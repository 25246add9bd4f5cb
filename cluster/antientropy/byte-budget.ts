// How many bytes a node may move for repair, transfers and hints: a token bucket. It fills at a
// steady rate up to a burst. Whoever takes goes ahead as soon as it is not in debt, and may leave
// it in debt, so that what is larger than the burst gets through and is paid for by those behind.
//
// Invariants:
//  I1. Who waits is served in the order in which they came; nobody overtakes.
//  I2. From any moment on, over t seconds no more is let go than the burst, t times the rate, and
//      the last taken.

import assert from "node:assert";
import type { NodeClock, NodeTimers } from "../runtime.ts";

export interface ByteBudgetOptions {
  /** Above 0. */
  readonly bytesPerSecond: number;
  /** What may go at once after a rest; as much as of one second unless told. */
  readonly burstBytes?: number;
}

interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

export class ByteBudget {
  readonly #world: { readonly clock: NodeClock; readonly timers: NodeTimers };
  readonly #bytesPerMs: number;
  readonly #burstBytes: number;
  /** Below 0: in debt. */
  #tokens: number;
  #filledMs: number;
  #queue: Waiting[] = [];
  #cancelTimer: (() => void) | undefined;
  #taken = 0;

  constructor(
    world: { readonly clock: NodeClock; readonly timers: NodeTimers },
    { bytesPerSecond, burstBytes = bytesPerSecond }: ByteBudgetOptions,
  ) {
    assert(bytesPerSecond > 0 && burstBytes > 0, "a budget has a rate and a burst");
    this.#world = world;
    this.#bytesPerMs = bytesPerSecond / 1000;
    this.#burstBytes = burstBytes;
    this.#tokens = burstBytes;
    this.#filledMs = world.clock.nowMs();
  }

  /** Bytes that were let go so far. */
  get taken(): number {
    return this.#taken;
  }

  /** How many wait. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Undefined when so many bytes may go now; otherwise settles when they may. */
  take(bytes: number): Promise<void> | undefined {
    this.#fill();
    if (this.#queue.length === 0 && this.#tokens >= 0) {
      this.#pay(bytes);
      return undefined;
    }
    return new Promise((resolve) => {
      this.#queue.push({ bytes, go: resolve });
      this.#wait();
    });
  }

  /** Counts bytes that have gone, or must go whatever it says. */
  charge(bytes: number): void {
    this.#fill();
    this.#pay(bytes);
  }

  /** How long it is in debt to those who wait and for what has gone, in ms; 0: not at all. */
  get debtMs(): number {
    this.#fill();
    let tokens = this.#tokens;
    for (const { bytes } of this.#queue) tokens -= bytes;
    return tokens >= 0 ? 0 : -tokens / this.#bytesPerMs;
  }

  /** Lets all go who wait: the node stops. */
  stop(): void {
    this.#cancelTimer?.();
    const queue = this.#queue;
    this.#queue = [];
    for (const { go } of queue) go();
  }

  #fill(): void {
    const nowMs = this.#world.clock.nowMs();
    const filled = this.#tokens + (nowMs - this.#filledMs) * this.#bytesPerMs;
    this.#tokens = Math.min(this.#burstBytes, filled);
    this.#filledMs = nowMs;
  }

  #pay(bytes: number): void {
    this.#tokens -= bytes;
    this.#taken += bytes;
  }

  #wait(): void {
    if (this.#cancelTimer !== undefined) return;
    const delayMs = Math.max(0, -this.#tokens) / this.#bytesPerMs;
    this.#cancelTimer = this.#world.timers.after(delayMs, () => {
      this.#cancelTimer = undefined;
      this.#serve();
    });
  }

  #serve(): void {
    this.#fill();
    // Timers may be early by what a fraction of a millisecond is rounded to.
    while (this.#queue.length > 0 && this.#tokens >= -this.#bytesPerMs) {
      const { bytes, go } = this.#queue.shift()!;
      this.#pay(bytes);
      go();
    }
    if (this.#queue.length > 0) this.#wait();
  }
}
