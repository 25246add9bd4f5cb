// YCSB's hotspot generator: most draws fall, uniformly, on the first keys of the range.

import type { IntegerGenerator } from "./generator.ts";
import type { Random } from "./random.ts";

interface HotspotOptions {
  readonly min: number;
  /** Size of the range, at least 1. */
  readonly items: number;
  /** Part of the items that is hot, 0 to 1, rounded down to whole items. */
  readonly dataFraction: number;
  /** Part of the draws that fall on hot items, 0 to 1. */
  readonly operationFraction: number;
}

export class Hotspot implements IntegerGenerator {
  private readonly random: Random;
  private readonly min: number;
  private readonly hotItems: number;
  private readonly coldItems: number;
  private readonly operationFraction: number;

  constructor(random: Random, options: HotspotOptions) {
    this.random = random;
    this.min = options.min;
    this.hotItems = Math.floor(options.items * options.dataFraction);
    this.coldItems = options.items - this.hotItems;
    // YCSB divides by zero when one of the two sets is empty; all draws fall on the other here.
    if (this.hotItems === 0) this.operationFraction = 0;
    else if (this.coldItems === 0) this.operationFraction = 1;
    else this.operationFraction = options.operationFraction;
  }

  next(): number {
    if (this.random.nextDouble() < this.operationFraction) {
      return this.min + this.random.nextBelow(this.hotItems);
    }
    return this.min + this.hotItems + this.random.nextBelow(this.coldItems);
  }
}
