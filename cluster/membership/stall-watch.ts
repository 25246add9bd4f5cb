// Timers that notice when this process was held up: by a long job on the event loop, a collection
// of garbage, a machine that slept. What such a node holds against others is its own fault: their
// answers wait behind the timers that say that there was none.
//
// Invariants:
//  I1. A timer that is late by more than the limit is noted before its callback runs, so that no
//      verdict is reached on what was missed.
//
// Downside: a stall that no timer was due in goes unseen. The shortest timers are the probes'.

import type { NodeClock, NodeTimers } from "../runtime.ts";

export interface StallWatchParts {
  readonly clock: NodeClock;
  readonly timers: NodeTimers;
  /** A timer may be so late and no later. */
  readonly limitMs: number;
  readonly onStall: (lateMs: number) => void;
}

export class StallWatch implements NodeTimers {
  readonly #parts: StallWatchParts;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** The time that a stall begins to count again: many timers are late of one. */
  #seenUntilMs = Number.NEGATIVE_INFINITY;

  constructor(parts: StallWatchParts) {
    this.#parts = parts;
  }

  /** When the last stall was noticed. */
  get lastMs(): number {
    return this.#lastMs;
  }

  /** As of NodeTimers. */
  after(delayMs: number, callback: () => void): () => void {
    const { clock, timers } = this.#parts;
    const dueMs = clock.nowMs() + delayMs;
    return timers.after(delayMs, () => {
      this.#look(dueMs);
      callback();
    });
  }

  #look(dueMs: number): void {
    const { clock, limitMs, onStall } = this.#parts;
    const nowMs = clock.nowMs();
    const lateMs = nowMs - dueMs;
    if (lateMs <= limitMs) return;
    this.#lastMs = nowMs;
    if (dueMs <= this.#seenUntilMs) return;
    this.#seenUntilMs = nowMs;
    onStall(lateMs);
  }
}
