// How HdrHistogram lays values out in cells (AbstractHistogram.java).
//
// 1. The lowest discernible value, rounded down to a power of two, is the unit: 2^unitMagnitude.
// 2. Bucket 0 holds subBucketCount cells of one unit, enough for 2 * 10^digits of them, rounded up
//    to a power of two. A further bucket b holds subBucketCount / 2 cells of 2^b units: its lower
//    half is already covered, twice as finely, by the buckets before it.
// 3. The index of a cell is therefore b * subBucketCount / 2 + (value / (2^b units)).
//
// Values are integers from 0 to 2^53 - 1, kept in doubles: a division by a power of two is exact,
// so no step needs a BigInt, and none is cut to 32 bits. A fraction in a value is dropped. What is
// known to fit in 32 bits is cut with `| 0`: on this path `Math.floor` made the compiler guess and
// deoptimize over and over.

import { HistogramError } from "./errors.ts";

/** The largest value that a cell can stand for, inclusive. */
export const MAX_VALUE = Number.MAX_SAFE_INTEGER;

const TWO_POW_32 = 4294967296;

/** 2^0 to 2^53, inclusive. */
const POWERS_OF_TWO = Array.from({ length: 54 }, (_, exponent) => 2 ** exponent);

/** How many bits an integer from 0 to 2^53 - 1 needs; 0 for 0. */
function bitLength(value: number): number {
  const high = (value / TWO_POW_32) | 0;
  return high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(value | 0);
}

export class Layout {
  /** As it was asked for, before it is rounded down to a power of two. */
  readonly lowestDiscernibleValue: number;
  /** 0 to 5, inclusive. */
  readonly significantDigits: number;
  /** log2 of the unit. */
  readonly unitMagnitude: number;
  readonly subBucketCount: number;
  /** log2 of subBucketCount / 2. */
  readonly subBucketHalfMagnitude: number;

  /**
   * @throws HistogramError HDR_OPTION when the digits are not 0 to 5, the lowest value is not an
   *   integer from 1, or both together ask for more than 53 bits.
   */
  constructor(lowestDiscernibleValue: number, significantDigits: number) {
    if (!Number.isInteger(significantDigits) || significantDigits < 0 || significantDigits > 5) {
      throw new HistogramError(
        "HDR_OPTION",
        `significant digits: ${significantDigits}, not 0 to 5`,
      );
    }
    if (!Number.isSafeInteger(lowestDiscernibleValue) || lowestDiscernibleValue < 1) {
      throw new HistogramError(
        "HDR_OPTION",
        `lowest discernible value: ${lowestDiscernibleValue}, not an integer from 1`,
      );
    }
    const subBucketMagnitude = bitLength(2 * 10 ** significantDigits - 1);
    this.lowestDiscernibleValue = lowestDiscernibleValue;
    this.significantDigits = significantDigits;
    this.unitMagnitude = bitLength(lowestDiscernibleValue) - 1;
    this.subBucketHalfMagnitude = subBucketMagnitude - 1;
    this.subBucketCount = 1 << subBucketMagnitude;
    if (this.unitMagnitude + subBucketMagnitude > 53) {
      throw new HistogramError(
        "HDR_OPTION",
        `${significantDigits} digits above ${lowestDiscernibleValue} need more than 53 bits`,
      );
    }
  }

  /** Whether equal indexes mean equal cells in both. */
  hasSameCells(other: Layout): boolean {
    return (
      this.unitMagnitude === other.unitMagnitude && this.subBucketCount === other.subBucketCount
    );
  }

  /** Index of the cell of a value. @throws HistogramError HDR_RANGE when not 0 to MAX_VALUE. */
  indexOf(value: number): number {
    if (!(value >= 0 && value <= MAX_VALUE)) {
      throw new HistogramError("HDR_RANGE", `value ${value} is not from 0 to ${MAX_VALUE}`);
    }
    const bits = this.unitMagnitude + this.subBucketHalfMagnitude + 1;
    const bucket = Math.max(0, bitLength(value) - bits);
    const subBucket = (value / POWERS_OF_TWO[bucket + this.unitMagnitude]!) | 0;
    return (bucket << this.subBucketHalfMagnitude) + subBucket;
  }

  /** The lowest value of a cell. The index is not checked. */
  valueAt(index: number): number {
    const bucket = this.#bucketAt(index);
    const subBucket = index - (bucket << this.subBucketHalfMagnitude);
    return subBucket * POWERS_OF_TWO[bucket + this.unitMagnitude]!;
  }

  /** How many values a cell stands for. The index is not checked. */
  sizeAt(index: number): number {
    return POWERS_OF_TWO[this.#bucketAt(index) + this.unitMagnitude]!;
  }

  /** The highest value of a cell, inclusive. The index is not checked. */
  highestAt(index: number): number {
    return this.valueAt(index) + this.sizeAt(index) - 1;
  }

  /** The value in the middle of a cell, rounded up: what means are made of. */
  medianAt(index: number): number {
    return this.valueAt(index) + Math.floor(this.sizeAt(index) / 2);
  }

  /** How many buckets reach a value, inclusive; at least 1. The value is at most MAX_VALUE. */
  bucketsFor(value: number): number {
    return Math.max(1, bitLength(value) - this.unitMagnitude - this.subBucketHalfMagnitude);
  }

  /** How many cells reach a value, inclusive: whole buckets. */
  cellsFor(value: number): number {
    return (this.bucketsFor(value) + 1) << this.subBucketHalfMagnitude;
  }

  #bucketAt(index: number): number {
    return Math.max(0, (index >> this.subBucketHalfMagnitude) - 1);
  }
}
