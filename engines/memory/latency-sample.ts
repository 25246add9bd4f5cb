// The mean time of gets, over a sample, so that the clock costs the others nothing.

export class LatencySample {
  #count = 0;
  #sumNs = 0;

  add(elapsedNs: number): void {
    this.#count++;
    this.#sumNs += elapsedNs;
  }

  /** Undefined when nothing was sampled. */
  get meanNs(): number | undefined {
    return this.#count === 0 ? undefined : this.#sumNs / this.#count;
  }
}
