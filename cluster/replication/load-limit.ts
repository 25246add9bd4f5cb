// How much a node takes on at once. What is over the limit is refused at the entrance, before
// anything is done for it, so that a node with too much to do still answers what it has begun.

import assert from "node:assert";

export class LoadLimit {
  readonly #max: number;
  #active = 0;
  #refused = 0;

  /** @param max How many may be inside at once, at least 1. */
  constructor(max: number) {
    assert(Number.isInteger(max) && max >= 1, "a limit is an integer from 1");
    this.#max = max;
  }

  /** Begun and not yet over. */
  get active(): number {
    return this.#active;
  }

  /** Refused since the beginning. */
  get refused(): number {
    return this.#refused;
  }

  /** Whether there was room; each true is followed by one `leave`. */
  tryEnter(): boolean {
    if (this.#active >= this.#max) {
      this.#refused++;
      return false;
    }
    this.#active++;
    return true;
  }

  leave(): void {
    assert(this.#active > 0, "only who has entered leaves");
    this.#active--;
  }
}
