// Other processes that claim the name of this one. What an earlier process of this node said is
// overridden once, perhaps twice, and never comes again; who answers again and again by going above
// what we said last is alive.

/** So many times, each above what we had said against the time before. */
const CLAIMS_OF_THE_LIVING = 3;
/** More are not remembered. */
const RIVALS_MAX = 64;

export class Rivals {
  readonly #claims = new Map<number, number>();

  /** A claim that we must go above. True when that process must be alive. */
  claim(boot: number): boolean {
    const claims = (this.#claims.get(boot) ?? 0) + 1;
    if (this.#claims.size >= RIVALS_MAX) this.#claims.clear();
    this.#claims.set(boot, claims);
    return claims >= CLAIMS_OF_THE_LIVING;
  }
}
