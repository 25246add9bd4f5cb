// YCSB's scrambled Zipfian generator: a Zipfian rank over 10^10 items, hashed onto the range.
//
// The hottest of n items gets 1 / 26.47 = 3.8 % of the draws (theta = 0.99) and its share of the
// tail, whatever n is: far flatter than Zipf over n items. That is what "zipfian" means in YCSB.

import { hashNumber, highHalf, moduloPair } from "./fnv.ts";
import type { IntegerGenerator } from "./generator.ts";
import type { Random } from "./random.ts";
import { TrueZipf } from "./true-zipf.ts";
import { SCRAMBLED_ITEMS, Zipfian, ZipfianShape } from "./zipfian.ts";

export class Scrambled implements IntegerGenerator {
  private readonly ranks: IntegerGenerator;
  private readonly min: number;
  private readonly items: number;
  private readonly pair = new Int32Array(2);

  /** Draws min + (|fnv(rank)| mod items); theta from 1 on draws ranks by the true Zipf law. */
  constructor(random: Random, min: number, items: number, theta: number) {
    this.ranks =
      theta < 1
        ? new Zipfian(random, ZipfianShape.scrambled(theta))
        : new TrueZipf(random, SCRAMBLED_ITEMS + 1, theta);
    this.min = min;
    this.items = items;
  }

  next(): number {
    const rank = this.ranks.next();
    hashNumber(highHalf(rank), rank | 0, this.pair);
    return this.min + moduloPair(this.pair[0]!, this.pair[1]!, this.items);
  }
}
