// Chooses among a few integers by weight, in the order in which they were given.

import type { IntegerGenerator } from "./generator.ts";
import type { Random } from "./random.ts";

interface Weighted {
  readonly value: number;
  /** Relative to the sum of the weights; entries of weight 0 are never drawn. */
  readonly weight: number;
}

export class Discrete implements IntegerGenerator {
  private readonly random: Random;
  private readonly values: number[] = [];
  /** Where the part of each value ends, on [0, 1]. */
  private readonly ends: number[] = [];

  /** @param entries At least one with a weight above 0. */
  constructor(random: Random, entries: readonly Weighted[]) {
    this.random = random;
    const sum = entries.reduce((total, entry) => total + entry.weight, 0);
    if (!(sum > 0)) throw new RangeError("at least one weight must be above 0");
    let end = 0;
    for (const { value, weight } of entries) {
      if (weight <= 0) continue;
      end += weight / sum;
      this.values.push(value);
      this.ends.push(end);
    }
  }

  next(): number {
    const last = this.values.length - 1;
    if (last === 0) return this.values[0]!;
    const draw = this.random.nextDouble();
    let i = 0;
    // The last takes what rounding left above the sum of the parts.
    while (i < last && draw >= this.ends[i]!) i++;
    return this.values[i]!;
  }
}
