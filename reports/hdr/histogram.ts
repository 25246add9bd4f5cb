// Counts of values in HdrHistogram's cells: a fixed relative error over the whole range, a record
// that costs an index and an addition, and figures that equal those of the Java library.

import assert from "node:assert/strict";
import type { Latency } from "../result.ts";
import { CellCounts } from "./cell-counts.ts";
import { HistogramError } from "./errors.ts";

/** A cell with a count: values from `lowestValue` to `highestValue`, inclusive. */
export interface RecordedCell {
  readonly lowestValue: number;
  readonly highestValue: number;
  readonly count: number;
}

const bits = new DataView(new ArrayBuffer(8));

/** The next smaller double, for a finite value above 0. */
function nextDown(value: number): number {
  bits.setFloat64(0, value);
  const low = bits.getUint32(4);
  bits.setUint32(4, low - 1);
  if (low === 0) bits.setUint32(0, bits.getUint32(0) - 1);
  return bits.getFloat64(0);
}

/** How many of `total` values lie at or below a percentile: Java's rule, an ulp off, rounded up. */
function countAtPercentile(percentile: number, total: number): number {
  if (Number.isNaN(percentile)) throw new HistogramError("HDR_RANGE", "the percentile is NaN");
  const requested = percentile <= 0 ? 0 : nextDown(Math.min(percentile, 101));
  return Math.max(1, Math.ceil((Math.min(requested, 100) * total) / 100));
}

/**
 * Values are integers from 0 to 2^53 - 1 in a unit of the caller's, mostly nanoseconds. Figures are
 * ends or middles of cells: they are off by at most one part in 10^digits.
 */
export class Histogram extends CellCounts {
  copy(): Histogram {
    const twin = new Histogram({
      lowestDiscernibleValue: this.lowestDiscernibleValue,
      highestTrackableValue: this.highestTrackableValue,
      significantDigits: this.significantDigits,
      autoResize: this.autoResize,
    });
    twin.add(this);
    return twin;
  }

  /** The lowest value of the first cell with a count; 0 when empty. */
  get min(): number {
    return this.maxIndex < 0 ? 0 : this.layout.valueAt(this.minIndex);
  }

  /** The highest value of the last cell with a count, inclusive; 0 when empty. */
  get max(): number {
    return this.maxIndex < 0 ? 0 : this.layout.highestAt(this.maxIndex);
  }

  /** Of the middles of the cells; 0 when empty. */
  get mean(): number {
    if (this.totalCount === 0) return 0;
    let sum = 0;
    for (let i = this.minIndex; i <= this.maxIndex; i++) {
      const count = this.countAtIndex(i);
      if (count !== 0) sum += this.layout.medianAt(i) * count;
    }
    return sum / this.totalCount;
  }

  /** Of the population, from the middles of the cells; 0 when empty. */
  get standardDeviation(): number {
    if (this.totalCount === 0) return 0;
    const mean = this.mean;
    let sum = 0;
    for (let i = this.minIndex; i <= this.maxIndex; i++) {
      const count = this.countAtIndex(i);
      if (count === 0) continue;
      const deviation = this.layout.medianAt(i) - mean;
      sum += deviation * deviation * count;
    }
    return Math.sqrt(sum / this.totalCount);
  }

  /**
   * The highest value of the cell that the percentile falls in (for percentile 0, the lowest of
   * the first); 0 when empty.
   *
   * @param percentile 0 to 100, inclusive; beyond, the nearer end is taken.
   */
  valueAtPercentile(percentile: number): number {
    return this.valuesAtPercentiles([percentile])[0]!;
  }

  /** `valueAtPercentile` of each, in one pass. @param percentiles in ascending order. */
  valuesAtPercentiles(percentiles: readonly number[]): number[] {
    if (this.totalCount === 0) return percentiles.map(() => 0);
    let index = this.minIndex;
    let reached = this.countAtIndex(index);
    return percentiles.map((percentile) => {
      const wanted = countAtPercentile(percentile, this.totalCount);
      while (reached < wanted) {
        assert(index < this.maxIndex, "I1: the counts end before the total");
        reached += this.countAtIndex(++index);
      }
      return percentile === 0 ? this.layout.valueAt(index) : this.layout.highestAt(index);
    });
  }

  /** The share of values at or below a value, within the resolution: 0 to 100; 100 when empty. */
  percentileAtOrBelow(value: number): number {
    if (this.totalCount === 0) return 100;
    return (100 * this.countBetween(0, value)) / this.totalCount;
  }

  /** How many values lie between the two, both inclusive, within the resolution. */
  countBetween(low: number, high: number): number {
    const first = Math.max(this.layout.indexOf(low), this.minIndex);
    const last = Math.min(this.layout.indexOf(high), this.maxIndex);
    let count = 0;
    for (let i = first; i <= last; i++) count += this.countAtIndex(i);
    return count;
  }

  /** The cells with a count, from the lowest. */
  *recordedCells(): Generator<RecordedCell, void, undefined> {
    for (let i = this.minIndex; i <= this.maxIndex; i++) {
      const count = this.countAtIndex(i);
      if (count === 0) continue;
      yield { lowestValue: this.layout.valueAt(i), highestValue: this.layout.highestAt(i), count };
    }
  }

  /** The figures of a result, in the unit of the values; all 0 when empty. */
  summary(): Latency {
    const [p50, p95, p99, p999] = this.valuesAtPercentiles([50, 95, 99, 99.9]);
    return { mean: this.mean, p50: p50!, p95: p95!, p99: p99!, p999: p999!, max: this.max };
  }

  /** How many values count as the same as this one. */
  sizeOfEquivalentRange(value: number): number {
    return this.layout.sizeAt(this.layout.indexOf(value));
  }

  lowestEquivalent(value: number): number {
    return this.layout.valueAt(this.layout.indexOf(value));
  }

  highestEquivalent(value: number): number {
    return this.layout.highestAt(this.layout.indexOf(value));
  }

  nextNonEquivalent(value: number): number {
    return this.highestEquivalent(value) + 1;
  }

  /** The middle of the values that count as the same as this one, rounded up. */
  medianEquivalent(value: number): number {
    return this.layout.medianAt(this.layout.indexOf(value));
  }
}
