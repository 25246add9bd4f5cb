// Logical clients that sleep before they try an operation again.

import type { Timer } from "./timer.ts";

export class Sleepers {
  readonly #timer: Timer;
  /** How to cancel the sleep of each. */
  readonly #cancels = new Map<number, () => void>();

  constructor(timer: Timer) {
    this.#timer = timer;
  }

  /** Clients that sleep now. */
  get size(): number {
    return this.#cancels.size;
  }

  /** Calls `wake` when the client has slept for so long, unless all are cancelled before. */
  add(client: number, delayNs: number, wake: () => void): void {
    const cancel = this.#timer.after(delayNs, () => {
      this.#cancels.delete(client);
      wake();
    });
    this.#cancels.set(client, cancel);
  }

  /** Nobody is woken any more. */
  cancelAll(): void {
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }
}
