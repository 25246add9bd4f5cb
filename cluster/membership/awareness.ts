// How well this node is, by its own account (Lifeguard L1): a node that is slow or badly connected
// finds others silent that are not, so that it looks less often the worse it is.
//
// Invariants:
//  I1. The score is an integer from 0 (well) to one less than the maximum.

export class Awareness {
  readonly #max: number;
  #score = 0;

  /** @param max The score stays below it; at least 1. */
  constructor(max: number) {
    this.#max = max;
  }

  get score(): number {
    return this.#score;
  }

  /** Positive is worse. */
  apply(delta: number): void {
    this.#score = Math.min(Math.max(this.#score + delta, 0), this.#max - 1);
  }

  /** A time of a node that is well, for one that is as this. */
  scale(timeMs: number): number {
    return timeMs * (this.#score + 1);
  }
}
