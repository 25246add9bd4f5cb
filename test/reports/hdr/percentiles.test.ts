import { describe, expect, test } from "vitest";
import { formatFixed } from "../../../reports/hdr/fixed.ts";
import { Histogram } from "../../../reports/hdr/histogram.ts";
import { percentileText } from "../../../reports/hdr/percentile-text.ts";
import { percentileSteps, quantileCurve } from "../../../reports/hdr/percentiles.ts";

function recordAll(values: readonly number[]): Histogram {
  const histogram = new Histogram({ highestTrackableValue: 2 });
  for (const value of values) histogram.record(value);
  return histogram;
}

describe("percentile text, as the Java library prints it", () => {
  test("25, 50 and 75", () => {
    expect(percentileText(recordAll([25, 50, 75]))).toBe(
      `       Value     Percentile TotalCount 1/(1-Percentile)

      25.000 0.000000000000          1           1.00
      25.000 0.100000000000          1           1.11
      25.000 0.200000000000          1           1.25
      25.000 0.300000000000          1           1.43
      50.000 0.400000000000          2           1.67
      50.000 0.500000000000          2           2.00
      50.000 0.550000000000          2           2.22
      50.000 0.600000000000          2           2.50
      50.000 0.650000000000          2           2.86
      75.000 0.700000000000          3           3.33
      75.000 1.000000000000          3
#[Mean    =       50.000, StdDeviation   =       20.412]
#[Max     =       75.000, Total count    =            3]
#[Buckets =            1, SubBuckets     =         2048]
`,
    );
  });

  test("as CSV", () => {
    const text = percentileText(recordAll([25, 50, 75]), { format: "csv" });
    expect(text).toBe(
      `"Value","Percentile","TotalCount","1/(1-Percentile)"
25.000,0.000000000000,1,1.00
25.000,0.100000000000,1,1.11
25.000,0.200000000000,1,1.25
25.000,0.300000000000,1,1.43
50.000,0.400000000000,2,1.67
50.000,0.500000000000,2,2.00
50.000,0.550000000000,2,2.22
50.000,0.600000000000,2,2.50
50.000,0.650000000000,2,2.86
75.000,0.700000000000,3,3.33
75.000,1.000000000000,3,Infinity
`,
    );
  });

  test("a stall of 100 seconds, scaled by a thousand", () => {
    const histogram = new Histogram({ highestTrackableValue: 3.6e9, autoResize: false });
    for (let i = 0; i < 10_000; i++) histogram.recordWithExpectedInterval(1000, 10_000);
    histogram.recordWithExpectedInterval(100_000_000, 10_000);
    const text = percentileText(histogram, { valueUnitRatio: 1000 });
    const lines = text.split("\n");
    expect(lines).toHaveLength(67);
    expect(lines[2]).toBe("       1.000 0.000000000000      10000           1.00");
    expect(
      text.endsWith(`   99942.399 0.999658203125      19994        2925.71
  100007.935 0.999707031250      20000        3413.33
  100007.935 1.000000000000      20000
#[Mean    =    25003.007, StdDeviation   =    32276.410]
#[Max     =   100007.935, Total count    =        20000]
#[Buckets =           22, SubBuckets     =         2048]
`),
    ).toBe(true);
  });

  test("an empty one has a head and a foot", () => {
    const text = percentileText(new Histogram({ highestTrackableValue: 2 }));
    expect(text.split("\n").slice(1, 4)).toEqual([
      "",
      "#[Mean    =        0.000, StdDeviation   =        0.000]",
      "#[Max     =        0.000, Total count    =            0]",
    ]);
  });

  test("a ratio that is not above 0, or no ticks, is refused", () => {
    const histogram = recordAll([1]);
    for (const options of [
      { valueUnitRatio: 0 },
      { valueUnitRatio: Number.NaN },
      { ticksPerHalfDistance: 0 },
      { ticksPerHalfDistance: 1.5 },
    ]) {
      expect(() => percentileText(histogram, options), JSON.stringify(options)).toThrow(
        expect.objectContaining({ code: "HDR_OPTION" }),
      );
    }
  });
});

describe("numbers in fixed notation", () => {
  test.each([
    [1.005, 2, "1.01"],
    [0.125, 2, "0.13"],
    [2.5, 0, "3"],
    [0.5, 0, "1"],
    [0.4, 0, "0"],
    [9.9996, 3, "10.000"],
    [999.9, 0, "1000"],
    [0.0004, 3, "0.000"],
    [0.0005, 3, "0.001"],
    [0.00049, 3, "0.000"],
    [0, 3, "0.000"],
    [-1.5, 2, "-1.50"],
    [1441812279.474, 3, "1441812279.474"],
    [1e21, 1, "1000000000000000000000.0"],
    [1e-7, 7, "0.0000001"],
    [Infinity, 2, "Infinity"],
    [Number.NaN, 2, "NaN"],
  ])("%f with %i digits: %s", (value, digits, text) => {
    expect(formatFixed(value, digits)).toBe(text);
  });
});

describe("percentile steps", () => {
  test("each level at the first cell that reaches it: 0, 50, 75, 87.5, ...", () => {
    const histogram = recordAll(Array.from({ length: 16 }, (_, i) => i + 1));
    const steps = [...percentileSteps(histogram, 1)];
    expect(steps.map((step) => step.percentile)).toEqual([0, 50, 75, 87.5, 93.75, 96.875, 100]);
    expect(steps.map((step) => step.value)).toEqual([1, 8, 12, 14, 15, 16, 16]);
    expect(steps.map((step) => step.totalCount)).toEqual([1, 8, 12, 14, 15, 16, 16]);
  });

  test("end, even where a tick is finer than a double", () => {
    const histogram = recordAll([2]);
    histogram.recordCount(1, Number.MAX_SAFE_INTEGER - 1);
    const steps = [...percentileSteps(histogram)];
    expect(steps.length).toBeLessThan(400);
    expect(steps.at(-1)).toEqual({ value: 2, percentile: 100, totalCount: 2 ** 53 - 1 });
  });

  test("none when empty", () => {
    expect([...percentileSteps(new Histogram())]).toEqual([]);
  });
});

describe("quantile curve", () => {
  test("evenly spaced on the log axis, from the least value to the largest", () => {
    const histogram = recordAll(Array.from({ length: 1000 }, (_, i) => i + 1));
    const curve = quantileCurve(histogram, 2);
    // 1000 values are 9.97 halvings: ticks 0 to 19, and the end.
    expect(curve).toHaveLength(21);
    expect(curve[0]).toEqual({ inverseTail: 1, percentile: 0, value: 1 });
    expect(curve[2]).toEqual({ inverseTail: 2, percentile: 50, value: 500 });
    expect(curve[4]).toEqual({ inverseTail: 4, percentile: 75, value: 750 });
    expect(curve[1]!.inverseTail).toBeCloseTo(Math.SQRT2, 12);
    expect(curve.at(-1)).toMatchObject({ inverseTail: 1000, value: 1000 });
    for (let i = 1; i < curve.length; i++) {
      expect(curve[i]!.inverseTail).toBeGreaterThan(curve[i - 1]!.inverseTail);
      expect(curve[i]!.value).toBeGreaterThanOrEqual(curve[i - 1]!.value);
    }
  });

  test("of one value, and of none", () => {
    expect(quantileCurve(recordAll([7]))).toEqual([{ inverseTail: 1, percentile: 0, value: 7 }]);
    expect(quantileCurve(new Histogram())).toEqual([]);
  });
});
