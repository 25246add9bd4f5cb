import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HistogramOptions } from "../../../reports/hdr/cell-counts.ts";
import { Histogram } from "../../../reports/hdr/histogram.ts";
import { errorOf, recordAll, SEED } from "./support.ts";

const HOUR_OF_MICROSECONDS = 3_600_000_000;
const fixedRange: HistogramOptions = {
  highestTrackableValue: HOUR_OF_MICROSECONDS,
  autoResize: false,
};

describe("range", () => {
  test("what cannot be recorded is refused, and changes nothing", () => {
    const histogram = recordAll([7], fixedRange);
    const before = histogram.copy();
    for (const value of [-1, -0.5, Number.NaN, Infinity, 2 ** 53, 2 ** 40]) {
      expect(errorOf(() => histogram.record(value)).code, `${value}`).toBe("HDR_RANGE");
      expect(errorOf(() => histogram.recordCount(value, 2)).code, `${value}`).toBe("HDR_RANGE");
    }
    for (const count of [-1, 0.5, Number.NaN, Number.MAX_SAFE_INTEGER]) {
      expect(errorOf(() => histogram.recordCount(7, count)).code, `${count}`).toBe("HDR_RANGE");
    }
    expect(errorOf(() => histogram.add(recordAll([1, 2 ** 40]))).code).toBe("HDR_RANGE");
    expect(histogram.equals(before)).toBe(true);
  });

  test("settings out of range are refused", () => {
    const wrong: HistogramOptions[] = [
      { significantDigits: 6 },
      { significantDigits: -1 },
      { significantDigits: 2.5 },
      { lowestDiscernibleValue: 0 },
      { lowestDiscernibleValue: 1.5 },
      { lowestDiscernibleValue: 2 ** 40, significantDigits: 5 },
      { lowestDiscernibleValue: 10, highestTrackableValue: 19 },
      { highestTrackableValue: 2 ** 53 },
      { highestTrackableValue: Number.NaN },
    ];
    for (const options of wrong) {
      expect(errorOf(() => new Histogram(options)).code, JSON.stringify(options)).toBe(
        "HDR_OPTION",
      );
    }
  });

  test("the range follows the values: the end of the last bucket, as in Java", () => {
    const histogram = new Histogram({ highestTrackableValue: 2 });
    expect(histogram.bucketCount).toBe(1);
    histogram.record(2047);
    expect(histogram.highestTrackableValue).toBe(2);
    histogram.record(2048);
    expect(histogram.highestTrackableValue).toBe(4095);
    histogram.record(1_000_000);
    expect(histogram.highestTrackableValue).toBe(2 ** 20 - 1);
    expect(histogram.bucketCount).toBe(10);
    expect(histogram.countBetween(0, 5000)).toBe(2);
  });
});

describe("whole histograms", () => {
  const values = fc.array(fc.oneof(fc.nat(3000), fc.nat(), fc.maxSafeNat()), { maxLength: 50 });

  test("adding is recording all, also across layouts", () => {
    const coarse: HistogramOptions = { lowestDiscernibleValue: 1000, significantDigits: 2 };
    const property = fc.property(values, values, (first, second) => {
      const sum = recordAll(first);
      sum.add(recordAll(second));
      expect(sum.equals(recordAll([...first, ...second]))).toBe(true);
      // From fine to coarse a cell lies whole in another one.
      const coarseSum = recordAll(first, coarse);
      coarseSum.add(recordAll(second));
      expect(coarseSum.equals(recordAll([...first, ...second], coarse))).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  test("adding makes room, up to the first cell of a bucket", () => {
    for (const value of [2047, 2048, 4096, 2 ** 40]) {
      const histogram = new Histogram();
      histogram.add(recordAll([value]));
      expect(histogram.equals(recordAll([value])), `${value}`).toBe(true);
    }
  });

  test("added to itself, it doubles", () => {
    const histogram = recordAll([1, 5000, 2 ** 40]);
    histogram.add(histogram);
    expect(histogram.equals(recordAll([1, 5000, 2 ** 40, 1, 5000, 2 ** 40]))).toBe(true);
  });

  test("a copy stands alone; a reset leaves nothing behind", () => {
    const property = fc.property(values, values, (first, second) => {
      const histogram = recordAll(first);
      const copy = histogram.copy();
      for (const value of second) histogram.record(value);
      expect(copy.equals(recordAll(first))).toBe(true);
      histogram.reset();
      expect(histogram.equals(new Histogram())).toBe(true);
      for (const value of second) histogram.record(value);
      expect(histogram.equals(recordAll(second))).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  test("different counts, precision or lowest value are not equal", () => {
    const histogram = recordAll([1, 5, 9]);
    expect(histogram.equals(recordAll([1, 6, 9]))).toBe(false);
    expect(histogram.equals(recordAll([1, 5, 9, 9]))).toBe(false);
    expect(histogram.equals(recordAll([1, 5, 9], { significantDigits: 2 }))).toBe(false);
    expect(histogram.equals(recordAll([1, 5, 9], { highestTrackableValue: 100 }))).toBe(true);
  });

  test("an empty one has zeros for figures", () => {
    const empty = new Histogram();
    expect(empty.summary()).toEqual({ mean: 0, p50: 0, p95: 0, p99: 0, p999: 0, max: 0 });
    expect([empty.min, empty.standardDeviation, empty.totalCount]).toEqual([0, 0, 0]);
    expect(empty.countBetween(0, 1e9)).toBe(0);
    expect(empty.percentileAtOrBelow(10)).toBe(100);
    expect([...empty.recordedCells()]).toEqual([]);
  });

  test("counts beyond 2^32 stay exact", () => {
    const histogram = new Histogram();
    histogram.recordCount(42, 2 ** 33);
    histogram.record(42);
    histogram.record(43);
    expect(histogram.countBetween(42, 42)).toBe(2 ** 33 + 1);
    expect(histogram.totalCount).toBe(2 ** 33 + 2);
    const full = new Histogram();
    full.recordCount(1, Number.MAX_SAFE_INTEGER - 10);
    expect(errorOf(() => full.add(histogram)).code).toBe("HDR_RANGE");
    expect(full.totalCount).toBe(Number.MAX_SAFE_INTEGER - 10);
  });
});
