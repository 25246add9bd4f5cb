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

describe("HistogramDataAccessTest: a second of stall among 10 000 fast samples", () => {
  const raw = new Histogram(fixedRange);
  const corrected = new Histogram(fixedRange);
  for (let i = 0; i < 10_000; i++) {
    raw.record(1000);
    corrected.recordWithExpectedInterval(1000, 10_000);
  }
  raw.record(100_000_000);
  corrected.recordWithExpectedInterval(100_000_000, 10_000);

  test("counts", () => {
    expect(raw.totalCount).toBe(10_001);
    expect(corrected.totalCount).toBe(20_000);
    expect(raw.countBetween(1000, 1000)).toBe(10_000);
    expect(corrected.countBetween(1000, 1000)).toBe(10_000);
    expect(raw.countBetween(5000, 150_000_000)).toBe(1);
    expect(corrected.countBetween(5000, 150_000_000)).toBe(10_000);
  });

  test("published percentiles, to a thousandth", () => {
    const published = [
      [30, 1000],
      [50, 1000],
      [75, 50_000_000],
      [90, 80_000_000],
      [99, 98_000_000],
      [99.999, 100_000_000],
      [100, 100_000_000],
    ] as const;
    for (const [percentile, value] of published) {
      const ratio = corrected.valueAtPercentile(percentile) / value;
      expect(Math.abs(ratio - 1), `p${percentile}`).toBeLessThan(0.001);
    }
    expect(raw.valueAtPercentile(99.99)).toBe(1000);
    expect(raw.valueAtPercentile(99.999) / 100_000_000).toBeCloseTo(1, 3);
    expect(corrected.percentileAtOrBelow(5000)).toBe(50);
    expect(raw.percentileAtOrBelow(5000)).toBeCloseTo(99.99, 4);
    expect(corrected.percentileAtOrBelow(100_000_000)).toBe(100);
  });

  test("exact figures of the Java library", () => {
    const figures = corrected.valuesAtPercentiles([50, 75, 90, 99, 99.9]);
    expect(figures).toEqual([1000, 50003967, 80019455, 98041855, 99811327]);
    expect(corrected.max).toBe(100007935);
    expect(corrected.min).toBe(1000);
    expect(corrected.mean).toBe(25003006.6994);
    expect(corrected.standardDeviation).toBe(32276410.479123365);
    expect(raw.mean).toBe(10996.417158284172);
    expect(raw.standardDeviation).toBe(999641.7158284171);
    expect(corrected.summary()).toEqual({
      mean: 25003006.6994,
      p50: 1000,
      p95: 90046463,
      p99: 98041855,
      p999: 99811327,
      max: 100007935,
    });
  });
});

describe("percentiles", () => {
  test("one ulp decides: testGetValueAtPercentileExamples", () => {
    const two = recordAll([1, 2], fixedRange);
    expect(two.valueAtPercentile(50)).toBe(1);
    expect(two.valueAtPercentile(50.00000000000001)).toBe(1);
    expect(two.valueAtPercentile(50.0000000000001)).toBe(2);
    const five = recordAll([1, 2, 2, 2, 2], fixedRange);
    expect(five.valueAtPercentile(25)).toBe(2);
    expect(five.valueAtPercentile(30)).toBe(2);
  });

  test("the ends, and beyond them", () => {
    const histogram = recordAll([5003, 8000]);
    expect(histogram.valueAtPercentile(0)).toBe(5000);
    expect(histogram.valueAtPercentile(-3)).toBe(5003);
    expect(histogram.valueAtPercentile(100)).toBe(8003);
    expect(histogram.valueAtPercentile(150)).toBe(8003);
    expect(errorOf(() => histogram.valueAtPercentile(Number.NaN)).code).toBe("HDR_RANGE");
  });

  test("lie within the resolution of a sorted array", () => {
    const values = fc.array(fc.oneof(fc.nat(5000), fc.maxSafeNat()), { minLength: 1 });
    const percentile = fc.double({ min: 0.001, max: 100, noNaN: true });
    const property = fc.property(values, percentile, (values, percentile) => {
      const histogram = recordAll(values);
      const sorted = values.toSorted((a, b) => a - b);
      // Half an ulp of leeway: where the rank is a whole number both neighbours are right.
      const rank = (percentile / 100) * values.length;
      const low = sorted[Math.max(0, Math.ceil(rank - 1e-9) - 1)]!;
      const high = sorted[Math.min(values.length - 1, Math.max(0, Math.ceil(rank + 1e-9) - 1))]!;
      const found = histogram.valueAtPercentile(percentile);
      expect([low, high].map((value) => histogram.highestEquivalent(value))).toContain(found);
      expect(found - low).toBeLessThanOrEqual(Math.max(1, found / 1000));
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });
});

describe("cells", () => {
  test("layouts of HistogramTest", () => {
    const histogram = new Histogram(fixedRange);
    expect(histogram.layout.subBucketCount).toBe(2048);
    expect(histogram.bucketCount).toBe(22);
    expect(new Histogram({ highestTrackableValue: 2 ** 32 }).bucketCount).toBe(23);
    const sizes = [1, 1025, 2047, 2048, 2500, 8191, 8192, 10000].map((value) =>
      histogram.sizeOfEquivalentRange(value),
    );
    expect(sizes).toEqual([1, 1, 1, 2, 2, 4, 8, 8]);
    expect(histogram.lowestEquivalent(10007)).toBe(10000);
    expect(histogram.lowestEquivalent(10009)).toBe(10008);
    expect(histogram.highestEquivalent(10000)).toBe(10007);
    expect(histogram.nextNonEquivalent(10000)).toBe(10008);
    expect(histogram.medianEquivalent(10002)).toBe(10004);
    expect(histogram.medianEquivalent(4)).toBe(4);
  });

  test("every value is in its own cell, whatever the layout", () => {
    const layouts = fc.record({
      lowestDiscernibleValue: fc.integer({ min: 1, max: 2 ** 34 }),
      significantDigits: fc.integer({ min: 0, max: 5 }),
    });
    const property = fc.property(layouts, fc.maxSafeNat(), (options, value) => {
      const highestTrackableValue = 2 * options.lowestDiscernibleValue;
      const histogram = new Histogram({ ...options, highestTrackableValue });
      histogram.record(value);
      const twin = new Histogram({ ...options, highestTrackableValue });
      twin.recordCount(value, 1);
      expect(twin.equals(histogram)).toBe(true);
      expect(histogram.lowestEquivalent(value)).toBeLessThanOrEqual(value);
      expect(histogram.highestEquivalent(value)).toBeGreaterThanOrEqual(value);
      expect(histogram.max).toBe(histogram.highestEquivalent(value));
      expect(histogram.min).toBe(histogram.lowestEquivalent(value));
      expect([...histogram.recordedCells()]).toEqual([
        { lowestValue: histogram.min, highestValue: histogram.max, count: 1 },
      ]);
      const next = histogram.nextNonEquivalent(value);
      if (next <= Number.MAX_SAFE_INTEGER) expect(histogram.lowestEquivalent(next)).toBe(next);
      const unit = 2 ** histogram.layout.unitMagnitude;
      const error = histogram.sizeOfEquivalentRange(value);
      expect(error).toBeLessThanOrEqual(Math.max(unit, value / 10 ** histogram.significantDigits));
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });

  test("both sides of 2^31, 2^32 and of the end of the range", () => {
    const edges = [2 ** 31, 2 ** 32, 2 ** 52].flatMap((edge) => [edge - 1, edge, edge + 1]);
    const histogram = recordAll([...edges, Number.MAX_SAFE_INTEGER], { significantDigits: 5 });
    expect(histogram.totalCount).toBe(10);
    for (const value of edges) {
      expect(histogram.countBetween(value, value), `${value}`).toBeGreaterThan(0);
      expect(histogram.lowestEquivalent(value)).toBe(
        value - (value % histogram.sizeOfEquivalentRange(value)),
      );
    }
    expect(histogram.max).toBe(Number.MAX_SAFE_INTEGER);
    expect(histogram.highestTrackableValue).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("a fraction is dropped, on either path", () => {
    expect(recordAll([12.9, 2 ** 40 + 0.5]).equals(recordAll([12, 2 ** 40]))).toBe(true);
  });
});
