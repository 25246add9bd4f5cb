// YCSB's Zipfian generator: the approximation of Gray et al., "Quickly generating billion-record
// synthetic databases", SIGMOD 1994, with YCSB's way of growing. Ranks are 0-based.
//
//  1. alpha = 1 / (1 - theta), zetan = zeta(count, theta), zeta2 = zeta(2, theta).
//  2. eta = (1 - (2 / items)^(1 - theta)) / (1 - zeta2 / zetan). `items` is the count at the start:
//     when the range grows, zetan takes on the new terms, but `items` stays.
//  3. u uniform over [0, 1). u * zetan < 1 gives rank 0; < 1 + 0.5^theta gives rank 1; else the
//     rank is floor(count * (eta * u - eta + 1)^alpha).
//
// This is not the Zipf law: rank 2 comes out 17 % too often (n = 1000, theta = 0.99). It is what
// every figure published with YCSB used. The exact law is in `TrueZipf`.

import type { IntegerGenerator, RankGenerator } from "./generator.ts";
import type { Random } from "./random.ts";
import { extendZeta, zeta } from "./zeta.ts";

/** YCSB's exponent. */
export const YCSB_THETA = 0.99;

/** YCSB's precomputed zeta for its scrambled range, used for theta 0.99. */
const SCRAMBLED_ZETA = 26.46902820178302;

/** Ranks of the inner range of the scrambled generator, less one: YCSB's range is inclusive. */
export const SCRAMBLED_ITEMS = 10_000_000_000;

/** The constants of the law. Generators of several clients share one, and so its growth. */
export class ZipfianShape {
  readonly theta: number;
  readonly items: number;
  readonly alpha: number;
  /** Draws u * zetan below this give rank 0 or 1. */
  readonly headWeight: number;
  count: number;
  zetan: number;
  eta: number;
  private readonly zeta2: number;

  /**
   * @param items Size of the range, an integer from 0; for 0 and 1 every draw is rank 0.
   * @param theta The exponent, 0 <= theta < 1.
   * @param zetan zeta(items, theta), when it is known.
   */
  constructor(items: number, theta: number, zetan: number = zeta(items, theta)) {
    if (!(theta >= 0 && theta < 1)) {
      throw new RangeError(`theta must be from 0 to below 1, not ${theta}`);
    }
    this.theta = theta;
    this.items = items;
    this.alpha = 1 / (1 - theta);
    this.headWeight = 1 + 0.5 ** theta;
    this.zeta2 = zeta(2, theta);
    this.count = items;
    this.zetan = zetan;
    this.eta = this.etaOf(zetan);
  }

  /** The shape of YCSB's scrambled generator: 10^10 + 1 ranks, zeta of 10^10 of them. */
  static scrambled(theta: number): ZipfianShape {
    const zetan = theta === YCSB_THETA ? SCRAMBLED_ZETA : zeta(SCRAMBLED_ITEMS, theta);
    return new ZipfianShape(SCRAMBLED_ITEMS + 1, theta, zetan);
  }

  /** Takes on a larger count; a smaller one changes nothing, as in YCSB. */
  grow(count: number): void {
    if (count <= this.count) return;
    this.zetan = extendZeta(this.count, count, this.theta, this.zetan);
    this.count = count;
    this.eta = this.etaOf(this.zetan);
  }

  private etaOf(zetan: number): number {
    return (1 - (2 / this.items) ** (1 - this.theta)) / (1 - this.zeta2 / zetan);
  }
}

export class Zipfian implements IntegerGenerator, RankGenerator {
  private readonly random: Random;
  private readonly shape: ZipfianShape;
  private readonly min: number;

  /** Draws min + rank, for the ranks of `shape`. */
  constructor(random: Random, shape: ZipfianShape, min = 0) {
    this.random = random;
    this.shape = shape;
    this.min = min;
  }

  next(): number {
    return this.min + this.nextOf(this.shape.items);
  }

  nextOf(count: number): number {
    const shape = this.shape;
    if (count > shape.count) shape.grow(count);
    const u = this.random.nextDouble();
    const weight = u * shape.zetan;
    if (weight < 1) return 0;
    if (weight < shape.headWeight) return count > 1 ? 1 : 0;
    const rank = Math.floor(count * (shape.eta * u - shape.eta + 1) ** shape.alpha);
    // Rounding, and eta of a range that began with less than three items, can reach `count`.
    return rank < count ? rank : count - 1;
  }
}
