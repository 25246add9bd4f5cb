// The time that a suspect has to speak up (Lifeguard L2). It begins with the maximum, since whoever
// suspects may be the one that is ill, and shrinks to the minimum as others suspect too.
//
// Invariants:
//  I1. Everybody confirms once, and who raised the suspicion does not.
//  I2. After the needed confirmations no other changes anything.
//  I3. `onTimeout` is called once, or not at all after `cancel`.

import type { NodeClock, NodeId, NodeTimers } from "../runtime.ts";
import { remainingSuspicionMs, type SuspicionSpan } from "./timing.ts";

export interface SuspicionParts {
  readonly clock: NodeClock;
  readonly timers: NodeTimers;
  /** Who raised it. */
  readonly by: NodeId;
  readonly span: SuspicionSpan;
  readonly onTimeout: () => void;
}

export class Suspicion {
  readonly #parts: SuspicionParts;
  readonly #sinceMs: number;
  readonly #confirmedBy: Set<NodeId>;
  #cancelTimer: () => void;
  #isExtended = false;
  /** It was asked for its last word (beliefs.ts). */
  wasWarned = false;

  constructor(parts: SuspicionParts) {
    this.#parts = parts;
    this.#sinceMs = parts.clock.nowMs();
    this.#confirmedBy = new Set([parts.by]);
    const { needed, minMs, maxMs } = parts.span;
    this.#cancelTimer = parts.timers.after(needed < 1 ? minMs : maxMs, parts.onTimeout);
  }

  /** False when that is nothing new (I1, I2). */
  confirm(by: NodeId): boolean {
    const { span, clock, timers, onTimeout } = this.#parts;
    const confirmations = this.#confirmedBy.size - 1;
    if (confirmations >= span.needed || this.#confirmedBy.has(by)) return false;
    this.#confirmedBy.add(by);
    if (this.#isExtended) return true;
    const elapsedMs = clock.nowMs() - this.#sinceMs;
    const leftMs = remainingSuspicionMs(confirmations + 1, elapsedMs, span);
    this.#cancelTimer();
    // Never within the call: who confirms is in the middle of something.
    this.#cancelTimer = timers.after(Math.max(0, leftMs), onTimeout);
    return true;
  }

  /** So much time from now on, whoever confirms. */
  extend(byMs: number): void {
    this.#isExtended = true;
    this.#cancelTimer();
    this.#cancelTimer = this.#parts.timers.after(byMs, this.#parts.onTimeout);
  }

  cancel(): void {
    this.#cancelTimer();
  }
}
