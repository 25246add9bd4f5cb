// The last so many intervals, with their mean and variance.

export class IntervalWindow {
  readonly #capacity: number;
  readonly #intervals: number[] = [];
  /** Where the next one goes, when it is full. */
  #at = 0;
  #sum = 0;
  #sumOfSquares = 0;

  /** @param capacity at least 1 */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#intervals.length;
  }

  add(interval: number): void {
    if (this.#intervals.length === this.#capacity) {
      const oldest = this.#intervals[this.#at]!;
      this.#sum -= oldest;
      this.#sumOfSquares -= oldest * oldest;
    }
    this.#intervals[this.#at] = interval;
    this.#at = (this.#at + 1) % this.#capacity;
    this.#sum += interval;
    this.#sumOfSquares += interval * interval;
  }

  /** NaN of none. */
  get mean(): number {
    return this.#sum / this.#intervals.length;
  }

  /** Of the intervals as a whole population. */
  get variance(): number {
    const { mean } = this;
    return Math.max(0, this.#sumOfSquares / this.#intervals.length - mean * mean);
  }

  /** The oldest first. */
  toArray(): number[] {
    return [...this.#intervals.slice(this.#at), ...this.#intervals.slice(0, this.#at)];
  }
}
