// The exact Zipf law P(k) ~ (k + 1)^-theta over k = 0 .. n-1, for any exponent above 0, in constant
// time and space: rejection-inversion after W. Hoermann and G. Derflinger, "Rejection-inversion to
// generate variates from monotone discrete distributions", ACM TOMACS 6(3), 1996.
//
//  1. h(x) = x^-theta; H(x) is its integral from 1 to x, here in a form that stays exact
//     around theta = 1: H(x) = log x * g((1 - theta) log x), with g(t) = (e^t - 1) / t.
//  2. u uniform over (H(1.5) - 1, H(n + 0.5)]: the area under h over [0.5, n + 0.5], with the piece
//     left of 1.5 replaced by a bar of height 1, the weight of the first value.
//  3. x = H^-1(u), k = x rounded, kept within 1..n.
//  4. k is accepted at once if k - x is at most the `squeeze`, else if u >= H(k + 0.5) - h(k); a
//     draw that is not accepted starts over. Less than one in five is not.

import type { IntegerGenerator, RankGenerator } from "./generator.ts";
import type { Random } from "./random.ts";

export class TrueZipf implements IntegerGenerator, RankGenerator {
  private readonly random: Random;
  private readonly theta: number;
  private readonly items: number;
  private readonly min: number;
  private readonly squeeze: number;
  private readonly areaStart: number;
  private count: number;
  private areaEnd: number;

  /** Draws min + rank, 0 <= rank < items; items from 1 to 2^53 - 1, theta above 0. */
  constructor(random: Random, items: number, theta: number, min = 0) {
    if (!(theta > 0 && Number.isFinite(theta))) {
      throw new RangeError(`theta must be above 0, not ${theta}`);
    }
    this.random = random;
    this.theta = theta;
    this.items = items;
    this.min = min;
    this.areaStart = this.integral(1.5) - 1;
    this.squeeze = 2 - this.inverse(this.integral(2.5) - 2 ** -theta);
    this.count = items;
    this.areaEnd = this.integral(items + 0.5);
  }

  next(): number {
    return this.min + this.nextOf(this.items);
  }

  nextOf(count: number): number {
    if (count !== this.count) {
      this.count = count;
      this.areaEnd = this.integral(count + 0.5);
    }
    for (;;) {
      const u = this.areaEnd + this.random.nextDouble() * (this.areaStart - this.areaEnd);
      const x = this.inverse(u);
      let k = Math.floor(x + 0.5);
      if (k < 1) k = 1;
      else if (k > count) k = count;
      if (k - x <= this.squeeze || u >= this.integral(k + 0.5) - k ** -this.theta) return k - 1;
    }
  }

  private integral(x: number): number {
    const logX = Math.log(x);
    const t = (1 - this.theta) * logX;
    return logX * (Math.abs(t) > 1e-8 ? Math.expm1(t) / t : 1 + t / 2);
  }

  private inverse(u: number): number {
    // Rounding could take t below -1, the least value that the integral ever reaches.
    const t = Math.max((1 - this.theta) * u, -1);
    return Math.exp(u * (Math.abs(t) > 1e-8 ? Math.log1p(t) / t : 1 - t / 2));
  }
}
