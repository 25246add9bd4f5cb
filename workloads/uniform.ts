// Every integer of a range alike.

import type { IntegerGenerator } from "./generator.ts";
import type { Random } from "./random.ts";

export class Uniform implements IntegerGenerator {
  private readonly random: Random;
  private readonly min: number;
  private readonly items: number;

  /** Draws min <= x <= max. */
  constructor(random: Random, min: number, max: number) {
    this.random = random;
    this.min = min;
    this.items = max - min + 1;
  }

  next(): number {
    return this.min + this.random.nextBelow(this.items);
  }
}
