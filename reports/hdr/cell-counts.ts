// The counts behind a histogram: an array of cells, and what changes it.
//
// Invariants:
// I1. The total count is the sum of the counts, and at most 2^53 - 1: every count is exact.
// I2. `minIndex` and `maxIndex` are the first and the last cell with a count; `maxIndex` is -1 and
//     `minIndex` beyond every cell when all are empty.
// I3. Cells at and beyond `counts.length` are empty. The array grows up to `cellCount`, which
//     covers the highest trackable value; only with `autoResize` does `cellCount` grow itself.

import assert from "node:assert/strict";
import { HistogramError } from "./errors.ts";
import { Layout, MAX_VALUE } from "./layout.ts";

/** Larger than any index: the finest layout has below 2^23 cells. */
const NO_INDEX = 0x3fffffff;

const NANOSECONDS_PER_HOUR = 3.6e12;

export interface HistogramOptions {
  /** Smaller values share the cell of 0. An integer from 1; the default is 1. */
  readonly lowestDiscernibleValue?: number;
  /** At least twice the lowest one, at most 2^53 - 1. The default is an hour of nanoseconds. */
  readonly highestTrackableValue?: number;
  /** 0 to 5, inclusive; the default is 3: an error below 0.1 %. */
  readonly significantDigits?: number;
  /**
   * True (the default): the range follows the values up to 2^53 - 1, and memory follows the largest
   * one. False: all memory is there from the start, and a value beyond the last cell is an error.
   */
  readonly autoResize?: boolean;
}

/** The part of `Histogram` that counts; its figures are read in `histogram.ts`. */
export class CellCounts {
  readonly layout: Layout;
  readonly autoResize: boolean;
  #highestTrackableValue: number;
  #cellCount: number;
  #counts: Float64Array;
  #totalCount = 0;
  #minIndex = NO_INDEX;
  #maxIndex = -1;

  // The layout's numbers once more, for `record`.
  readonly #unitMagnitude: number;
  readonly #halfMagnitude: number;
  /** Below it 32-bit arithmetic finds the cell; 0 when bucket 0 alone needs more than 31 bits. */
  readonly #narrowLimit: number;
  readonly #narrowMask: number;
  readonly #narrowZeros: number;

  /** @throws HistogramError HDR_OPTION when a setting is out of its range. */
  constructor(options: HistogramOptions = {}) {
    const lowest = options.lowestDiscernibleValue ?? 1;
    const layout = new Layout(lowest, options.significantDigits ?? 3);
    const highest = options.highestTrackableValue ?? Math.max(NANOSECONDS_PER_HOUR, 2 * lowest);
    if (!Number.isSafeInteger(highest) || highest < 2 * lowest) {
      throw new HistogramError(
        "HDR_OPTION",
        `highest trackable value: ${highest}, not an integer from twice the lowest, ${2 * lowest}`,
      );
    }
    this.layout = layout;
    this.autoResize = options.autoResize ?? true;
    this.#highestTrackableValue = highest;
    this.#cellCount = layout.cellsFor(highest);
    this.#counts = new Float64Array(this.autoResize ? layout.subBucketCount : this.#cellCount);
    this.#unitMagnitude = layout.unitMagnitude;
    this.#halfMagnitude = layout.subBucketHalfMagnitude;
    const bucketBits = layout.unitMagnitude + layout.subBucketHalfMagnitude + 1;
    const narrow = bucketBits <= 31;
    this.#narrowLimit = narrow ? 2 ** 31 : 0;
    this.#narrowMask = narrow ? (layout.subBucketCount - 1) << layout.unitMagnitude : 0;
    this.#narrowZeros = 32 - bucketBits;
  }

  get lowestDiscernibleValue(): number {
    return this.layout.lowestDiscernibleValue;
  }

  get significantDigits(): number {
    return this.layout.significantDigits;
  }

  /** As it was asked for, or the end of the range once `autoResize` has moved it. */
  get highestTrackableValue(): number {
    return this.#highestTrackableValue;
  }

  /** How many cells the range has, empty ones included. */
  get cellCount(): number {
    return this.#cellCount;
  }

  get bucketCount(): number {
    return this.layout.bucketsFor(this.#highestTrackableValue);
  }

  get totalCount(): number {
    return this.#totalCount;
  }

  /** Index of the first cell with a count; beyond every cell when empty. */
  get minIndex(): number {
    return this.#minIndex;
  }

  /** Index of the last cell with a count; -1 when empty. */
  get maxIndex(): number {
    return this.#maxIndex;
  }

  /** The count of a cell; 0 beyond the last one. */
  countAtIndex(index: number): number {
    return index < this.#counts.length ? this.#counts[index]! : 0;
  }

  /**
   * Counts a value once. Without allocation, apart from the growth of the range.
   *
   * @param value from 0 to 2^53 - 1; a fraction is dropped.
   * @throws HistogramError HDR_RANGE when the value is negative, NaN or beyond the range.
   */
  record(value: number): void {
    let index: number;
    if (value < this.#narrowLimit && value >= 0) {
      const bucket = this.#narrowZeros - Math.clz32(value | this.#narrowMask);
      index = (bucket << this.#halfMagnitude) + (value >>> (bucket + this.#unitMagnitude));
    } else {
      index = this.layout.indexOf(value);
    }
    if (index >= this.#counts.length) this.#cover(index);
    const counts = this.#counts;
    counts[index] = counts[index]! + 1;
    this.#totalCount++;
    if (index > this.#maxIndex) this.#maxIndex = index;
    if (index < this.#minIndex) this.#minIndex = index;
  }

  /**
   * Counts a value `count` times; 0 times changes nothing.
   *
   * @throws HistogramError HDR_RANGE as `record`, and when the count is not an integer from 0 or
   *   takes the total beyond 2^53 - 1. Nothing was changed then.
   */
  recordCount(value: number, count: number): void {
    const index = this.layout.indexOf(value);
    if (!Number.isSafeInteger(count) || count < 0 || this.#totalCount + count > MAX_VALUE) {
      throw new HistogramError(
        "HDR_RANGE",
        `count ${count} on a total of ${this.#totalCount} is not from 0 to ${MAX_VALUE}`,
      );
    }
    if (count === 0) return;
    if (index >= this.#counts.length) this.#cover(index);
    this.#counts[index] = this.#counts[index]! + count;
    this.#totalCount += count;
    if (index > this.#maxIndex) this.#maxIndex = index;
    if (index < this.#minIndex) this.#minIndex = index;
  }

  /**
   * Corrects for coordinated omission: records the value, and what a sampler that asks every
   * `expectedInterval` would have seen meanwhile: value - interval, value - 2 * interval, ... down
   * to the interval. An interval of 0 or less corrects nothing. Never on latencies that are
   * measured from the intended start: they hold the wait already.
   */
  recordWithExpectedInterval(value: number, expectedInterval: number): void {
    this.record(value);
    if (!(expectedInterval > 0)) return;
    for (let missed = value - expectedInterval; missed >= expectedInterval; ) {
      this.record(missed);
      missed -= expectedInterval;
    }
  }

  /**
   * Adds all counts of another histogram; where the layouts differ, at the lowest value of each of
   * its cells.
   *
   * @throws HistogramError HDR_RANGE when this one is not auto-resizing and the other holds values
   *   beyond its range, or the totals exceed 2^53 - 1. Nothing was changed then.
   */
  add(other: CellCounts): void {
    if (other.#maxIndex < 0) return;
    const theirs = other.layout;
    // In the same cells both agree on the index; asking for it by value gives it in either case.
    const lastIndex = this.layout.indexOf(theirs.valueAt(other.#maxIndex));
    if (this.#totalCount + other.#totalCount > MAX_VALUE) {
      throw new HistogramError("HDR_RANGE", `the sum of the counts exceeds ${MAX_VALUE}`);
    }
    if (lastIndex >= this.#counts.length) this.#cover(lastIndex);
    const counts = this.#counts;
    const same = this.layout.hasSameCells(theirs);
    for (let i = other.#minIndex; i <= other.#maxIndex; i++) {
      const count = other.#counts[i]!;
      if (count === 0) continue;
      const index = same ? i : this.layout.indexOf(theirs.valueAt(i));
      counts[index] = counts[index]! + count;
    }
    const firstIndex = this.layout.indexOf(theirs.valueAt(other.#minIndex));
    this.#minIndex = Math.min(this.#minIndex, firstIndex);
    this.#maxIndex = Math.max(this.#maxIndex, lastIndex);
    this.#totalCount += other.#totalCount;
  }

  /** Forgets all counts. The range stays, and so does the memory. */
  reset(): void {
    if (this.#maxIndex >= 0) this.#counts.fill(0, this.#minIndex, this.#maxIndex + 1);
    this.#totalCount = 0;
    this.#minIndex = NO_INDEX;
    this.#maxIndex = -1;
  }

  /** Whether both have the same precision and the same counts; the ranges may differ. */
  equals(other: CellCounts): boolean {
    if (
      this.lowestDiscernibleValue !== other.lowestDiscernibleValue ||
      this.significantDigits !== other.significantDigits ||
      this.#totalCount !== other.#totalCount ||
      this.#minIndex !== other.#minIndex ||
      this.#maxIndex !== other.#maxIndex
    ) {
      return false;
    }
    for (let i = this.#minIndex; i <= this.#maxIndex; i++) {
      if (this.#counts[i] !== other.#counts[i]) return false;
    }
    return true;
  }

  /** Makes room for a cell (I3). @throws HistogramError HDR_RANGE when the range is fixed. */
  #cover(index: number): void {
    if (index >= this.#cellCount) {
      if (!this.autoResize) {
        const last = this.layout.highestAt(this.#cellCount - 1);
        throw new HistogramError(
          "HDR_RANGE",
          `value ${this.layout.valueAt(index)} is beyond the range of the histogram, ${last}`,
        );
      }
      this.#cellCount = this.layout.cellsFor(this.layout.valueAt(index));
      this.#highestTrackableValue = this.layout.highestAt(this.#cellCount - 1);
    }
    const needed = this.layout.cellsFor(this.layout.valueAt(index));
    const length = Math.min(this.#cellCount, Math.max(needed, 2 * this.#counts.length));
    assert(index < length, "I3: the array does not reach the cell");
    const counts = new Float64Array(length);
    counts.set(this.#counts);
    this.#counts = counts;
  }
}
