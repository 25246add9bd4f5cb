// One integer of a range after the other, and again from the start.

import type { IntegerGenerator } from "./generator.ts";

export class Sequential implements IntegerGenerator {
  private readonly min: number;
  private readonly items: number;
  private counter = 0;

  /** Gives min, min + 1, ... max, min, ... */
  constructor(min: number, max: number) {
    this.min = min;
    this.items = max - min + 1;
  }

  next(): number {
    const value = this.min + this.counter;
    this.counter = this.counter + 1 === this.items ? 0 : this.counter + 1;
    return value;
  }
}
