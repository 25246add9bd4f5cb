import { describe, expect, test } from "vitest";
import {
  barChart,
  type LineChart,
  percentileChart,
  tailPosition,
} from "../../reports/chart-data.ts";
import { comparisonSets, subjectsOf } from "../../reports/groups.ts";
import { encodeBase64 } from "../../reports/hdr/codec.ts";
import { Histogram } from "../../reports/hdr/histogram.ts";
import type { Loop, Row } from "../../reports/result.ts";
import { makeResult, makeRow } from "./fixture.ts";

const OPEN: Loop = {
  kind: "open",
  arrivals: "constant",
  ratePerSec: 5000,
  clients: 8,
  invalid: false,
};

function setOf(rows: readonly Row[]) {
  const results = [makeResult(rows)];
  return comparisonSets(results, subjectsOf(results, [""]))[0]!;
}

function shown(chart: LineChart, view: string) {
  return chart.views[view]!.map((index) => chart.series[index]!);
}

/** The curve of a store whose one operation has this histogram; empty when it has none. */
function percentilePoints(histogram: Histogram, floorNs: number): readonly number[] {
  const count = histogram.totalCount;
  const serviceHistogram = encodeBase64(histogram);
  const read = { operation: "READ", count, returns: { OK: count }, serviceHistogram };
  const chart = percentileChart(setOf([makeRow({ over: { perOperation: [read] } })]), floorNs);
  return chart?.series[0]?.points ?? [];
}

function pairs(points: readonly number[]): [number, number][] {
  return points.flatMap((x, i) => (i % 2 === 0 ? [[x, points[i + 1]!] as [number, number]] : []));
}

describe("the percentile curve", () => {
  const histogram = new Histogram();
  for (let value = 1; value <= 1000; value++) histogram.record(value);

  test("has the ticks among its points, and ends at the largest value and the total count", () => {
    const points = pairs(percentilePoints(histogram, 1));
    const at = new Map(points);
    expect(at.get(2)).toBe(500);
    expect(at.get(10)).toBe(900);
    expect(at.get(100)).toBe(990);
    expect(at.get(1000)).toBe(1000);
    expect(at.has(10_000)).toBe(false);
    expect(points[0]).toEqual([1, 1]);
    expect(points.at(-1)).toEqual([1000, 1000]);
  });

  test("rises in both directions", () => {
    const points = pairs(percentilePoints(histogram, 1));
    for (let i = 1; i < points.length; i++) {
      expect(points[i]![0]).toBeGreaterThan(points[i - 1]![0]);
      expect(points[i]![1]).toBeGreaterThanOrEqual(points[i - 1]![1]);
    }
  });

  test("lifts what is below the floor, 0 above all: a log axis has no place for it", () => {
    const zeros = new Histogram();
    zeros.recordCount(0, 10);
    zeros.record(50);
    const values = pairs(percentilePoints(zeros, 7)).map(([, y]) => y);
    expect(Math.min(...values)).toBe(7);
    expect(Math.max(...values)).toBe(50);
  });

  test("is empty for an empty histogram", () => {
    expect(percentilePoints(new Histogram(), 1)).toEqual([]);
  });

  test.each([
    [0, 1],
    [50, 2],
    [90, 10],
    [99, 100],
    [99.9, 1000],
    [99.99, 10_000],
    [99.999, 100_000],
  ])("%d %% stands exactly at its place", (percentile, x) =>
    expect(tailPosition(percentile)).toBe(x),
  );
});

describe("percentiles of a set", () => {
  test("closed loop: one solid line a store, a view for all and for each operation", () => {
    const chart = percentileChart(setOf([makeRow(), makeRow({ engine: "lmdb" })]), 1)!;
    expect(chart.choices).toEqual([
      { name: "Operation", options: ["All operations", "READ", "UPDATE"], initial: 0 },
    ]);
    for (const view of ["0", "1", "2"]) {
      expect(shown(chart, view).map((line) => [line.label, line.dash])).toEqual([
        ["hashlog", "solid"],
        ["lmdb", "solid"],
      ]);
    }
    const lastOf = (view: string) => shown(chart, view)[0]!.points.at(-2);
    expect(lastOf("0")).toBe(7500);
    expect(lastOf("1")).toBe(3750);
  });

  test("open loop: response solid, service dashed", () => {
    const chart = percentileChart(setOf([makeRow({ loop: OPEN })]), 1)!;
    expect(shown(chart, "0").map((line) => [line.label, line.dash])).toEqual([
      ["hashlog, response", "solid"],
      ["hashlog, service", "dashed"],
    ]);
  });

  test("repeats are merged", () => {
    const rows = [1, 2, 3].map((run) => makeRow({ run, operations: ["READ"] }));
    const chart = percentileChart(setOf(rows), 1)!;
    expect(chart.choices).toEqual([]);
    expect(shown(chart, "")[0]!.points.at(-2)).toBe(3 * 7500);
  });

  test("the whole of a read-modify-write is not counted beside its parts", () => {
    const names = ["READ", "UPDATE", "READ-MODIFY-WRITE"];
    const row = makeRow({ operations: names });
    const counted = row.perOperation.map((operation) => operation.count);
    // Two thirds of what the histograms hold were operations of clients.
    const rows = [{ ...row, elapsedNs: ((counted[0]! + counted[1]!) / row.opsPerSec) * 1e9 }];
    const chart = percentileChart(setOf(rows), 1)!;
    expect(shown(chart, "0")[0]!.points.at(-2)).toBe(counted[0]! + counted[1]!);
    const plain = percentileChart(setOf([row]), 1)!;
    expect(shown(plain, "0")[0]!.points.at(-2)).toBe(7500);
  });

  test("absent without histograms; a damaged one is named", () => {
    expect(percentileChart(setOf([makeRow({ over: { perOperation: [] } })]), 1)).toBeUndefined();
    const row = makeRow();
    row.perOperation[1]!.serviceHistogram = "HISTFAAA!";
    const draw = () => percentileChart(setOf([row]), 1);
    expect(draw).toThrow(
      /^the histogram of hashlog, workloada, run 1, UPDATE, service time cannot be decoded: /,
    );
  });
});

describe("bars", () => {
  test("median, lowest and highest run", () => {
    const rows = [30, 10, 20].map((opsPerSec, i) => makeRow({ run: i + 1, opsPerSec }));
    expect(barChart(setOf(rows))!.bars).toEqual([
      { label: "hashlog", slot: 0, value: 20, low: 10, high: 30, runs: 3 },
    ]);
  });

  test("the harness has a bar only when it is alone", () => {
    const alone = makeRow({ engine: "null" });
    expect(barChart(setOf([alone]))!.bars).toHaveLength(1);
    const bars = barChart(setOf([alone, makeRow({ engine: "lmdb" })]))!.bars;
    expect(bars.map((bar) => bar.label)).toEqual(["lmdb"]);
  });
});
