// YCSB's skewed-latest generator: a rank counted back from the newest acknowledged key.
//
// The rank is one of `newest` items, not `newest` + 1: key 0 is never drawn while there is another.

import type { IntegerGenerator, RankGenerator } from "./generator.ts";

export class Latest implements IntegerGenerator {
  private readonly basis: { readonly lastValue: number };
  private readonly ranks: RankGenerator;

  /** @param basis `lastValue` is the newest key, from 0. */
  constructor(basis: { readonly lastValue: number }, ranks: RankGenerator) {
    this.basis = basis;
    this.ranks = ranks;
  }

  next(): number {
    const newest = this.basis.lastValue;
    return newest === 0 ? 0 : newest - this.ranks.nextOf(newest);
  }
}
