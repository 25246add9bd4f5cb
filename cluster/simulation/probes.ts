// Switches that make rare paths common, and marks that say which paths were taken.
//
// Each site is switched on in one run of four, and then fires one time in four, after BUGGIFY of
// FoundationDB (Zhou et al., "FoundationDB: A Distributed Unbundled Transactional Key Value Store",
// SIGMOD 2021, section 4.2).

import type { NodeProbes, RandomStream } from "../runtime.ts";

const ONE_IN = 4;

export class Probes implements NodeProbes {
  readonly #random: RandomStream;
  readonly #planted: string | undefined;
  /** By site: its own chance, or false when it is off in this run. */
  readonly #sites = new Map<string, RandomStream | false>();
  readonly #marks = new Map<string, number>();
  #isCalm = false;

  /** @param planted the mistake that the run has on purpose. */
  constructor(random: RandomStream, planted?: string) {
    this.#random = random;
    this.#planted = planted;
  }

  /** No site fires from now on: what must come to an end is not held up for ever. */
  calm(): void {
    this.#isCalm = true;
  }

  buggify(site: string): boolean {
    if (this.#isCalm) return false;
    let chance = this.#sites.get(site);
    if (chance === undefined) {
      const own = this.#random.split(site);
      chance = own.nextBelow(ONE_IN) === 0 ? own : false;
      this.#sites.set(site, chance);
    }
    if (chance === false || chance.nextBelow(ONE_IN) !== 0) return false;
    this.mark(`buggify ${site}`);
    return true;
  }

  mark(name: string): void {
    this.#marks.set(name, (this.#marks.get(name) ?? 0) + 1);
  }

  isPlanted(bug: string): boolean {
    return bug === this.#planted;
  }

  /** How often each mark was passed, by name in order. */
  marks(): Record<string, number> {
    return Object.fromEntries([...this.#marks].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}
