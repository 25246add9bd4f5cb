import { describe, expect, test } from "vitest";
import type { LineChart } from "../../reports/chart-data.ts";
import { comparisonSets, subjectsOf } from "../../reports/groups.ts";
import type { Loop, Row } from "../../reports/result.ts";
import {
  failedRuns,
  latencyChart,
  sampledChart,
  throughputChart,
} from "../../reports/time-charts.ts";
import { allFailed, makeResult, makeRow } from "./fixture.ts";

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

function pairs(points: readonly number[]): [number, number][] {
  return points.flatMap((x, i) => (i % 2 === 0 ? [[x, points[i + 1]!] as [number, number]] : []));
}

describe("charts over time", () => {
  test("points stand at the ends of intervals; the warm-up is part of the line, and marked", () => {
    const row = makeRow({ intervals: 4, warmupIntervals: 2 });
    const chart = throughputChart(setOf([row]))!;
    const line = shown(chart, "")[0]!;
    expect(pairs(line.points)).toEqual(
      row.intervals.map((each, i) => [i + 1, Number(each.operations.toPrecision(6))]),
    );
    expect(line.warmupEnd).toBe(2);
    expect(line.errorsAt).toBeUndefined();
  });

  test("a short interval counts by its length, an empty one is left out, errors are marked", () => {
    const row = makeRow({ intervals: 3, warmupIntervals: 0 });
    row.intervals[1] = { ...row.intervals[1]!, durationMs: 500, operations: 10, errors: 3 };
    row.intervals[2] = { ...row.intervals[2]!, durationMs: 0 };
    const line = shown(throughputChart(setOf([row]))!, "")[0]!;
    expect(pairs(line.points)[1]).toEqual([1.5, 20]);
    expect(line.points).toHaveLength(4);
    expect(line.errorsAt).toEqual([1]);
    expect(line.warmupEnd).toBeUndefined();
  });

  test("with repeats the median run of each store is shown at first, then run by run", () => {
    const rows = [30, 10, 20].map((opsPerSec, i) => makeRow({ run: i + 1, opsPerSec }));
    const chart = throughputChart(setOf(rows))!;
    expect(chart.choices).toEqual([
      { name: "Run", options: ["median run of each", "run 1", "run 2", "run 3"], initial: 0 },
    ]);
    expect(shown(chart, "0")).toEqual(shown(chart, "3"));
    expect(shown(chart, "0")).not.toEqual(shown(chart, "1"));
  });

  test("the offered rate of an open loop is a line of its own", () => {
    const chart = throughputChart(setOf([makeRow({ loop: OPEN })]))!;
    const offered = shown(chart, "").find((line) => line.label === "offered")!;
    expect(pairs(offered.points)).toEqual([
      [0, 5000],
      [6, 5000],
    ]);
  });

  test("latency: all figures for one store, p99 alone for many; every view has its series", () => {
    const one = latencyChart(setOf([makeRow()]), 1)!;
    expect(one.choices[0]!.initial).toBe(0);
    expect(shown(one, "0").map((line) => line.label)).toEqual([
      "hashlog, p99",
      "hashlog, p50",
      "hashlog, max",
    ]);
    const rows = ["a", "b", "c"].flatMap((engine) => [1, 2].map((run) => makeRow({ engine, run })));
    const many = latencyChart(setOf(rows), 1)!;
    expect(many.choices.map((choice) => choice.initial)).toEqual([0, 1]);
    expect(shown(many, "0,1").map((line) => line.label)).toEqual(["a, p99", "b, p99", "c, p99"]);
    expect(Object.keys(many.views)).toHaveLength(3 * 4);
    for (const view of Object.values(many.views)) expect(view.length).toBeGreaterThan(0);
  });

  test("rows in which all operations failed have no lines, and are named", () => {
    const failing = (engine: string, run: number) =>
      allFailed(makeRow({ engine, run, opsPerSec: 0 }));
    const rows = [makeRow({ engine: "a", run: 1 }), failing("a", 2), failing("a", 3)];
    const set = setOf([...rows, ...[1, 2, 3].map((run) => failing("b", run))]);
    for (const chart of [throughputChart(set)!, latencyChart(set, 1)!]) {
      expect(new Set(chart.series.map((line) => line.slot)).size, "only a is drawn").toBe(1);
      const views = Object.keys(chart.views).filter((key) => chart.views[key]!.length > 0);
      expect(new Set(views.map((key) => key.split(",")[0])), "the median run, run 1").toEqual(
        new Set(["0", "1"]),
      );
    }
    expect(failedRuns(set)).toEqual(["a run 2", "a run 3", "b"]);
    const nothing = setOf([failing("b", 1)]);
    expect(throughputChart(nothing)).toBeUndefined();
    expect(latencyChart(nothing, 1)).toBeUndefined();
  });

  test("absent without intervals", () => {
    const set = setOf([makeRow({ over: { intervals: [] } })]);
    expect(throughputChart(set)).toBeUndefined();
    expect(latencyChart(set, 1)).toBeUndefined();
  });
});

describe("events under the charts over time", () => {
  const events = [
    { kind: "flush", startMs: -500, endMs: 1500, bytes: 64, detail: "memory" },
    { kind: "compaction", startMs: 2000 },
    { kind: "flush", startMs: 3000, endMs: 3250 },
  ];

  test("a lane for each store and kind, cut to the row", () => {
    const rows = [makeRow({ over: { events } }), makeRow({ engine: "lmdb" })];
    const { lanes } = throughputChart(setOf(rows))!;
    expect(lanes).toEqual({
      list: [
        // Start, end, number, milliseconds within, bytes; six intervals of a second are the row.
        {
          label: "hashlog compaction",
          kind: "compaction",
          marks: [2, 6, 1, -1, -1],
          details: [""],
        },
        {
          ...{ label: "hashlog flush", kind: "flush", details: ["memory", ""] },
          marks: [0, 1.5, 1, 2000, 64, 3, 3.25, 1, 250, -1],
        },
      ],
      views: { "": [0, 1] },
    });
    expect(latencyChart(setOf(rows), 1)!.lanes!.list).toEqual(lanes!.list);
  });

  test("each view has those of its runs", () => {
    const rows = [30, 10, 20].map((opsPerSec, i) => {
      const told = [{ kind: "merge", startMs: 100 * i, endMs: 100 * i + 50 }];
      return makeRow({ run: i + 1, opsPerSec, over: { events: told } });
    });
    const { lanes } = throughputChart(setOf(rows))!;
    const starts = (view: string) => lanes!.views[view]!.map((i) => lanes!.list[i]!.marks[0]);
    expect([starts("0"), starts("1"), starts("2"), starts("3")]).toEqual([
      [0.2],
      [0],
      [0.1],
      [0.2],
    ]);
  });

  test("are few enough to be told apart, and still all of them", () => {
    const many = Array.from({ length: 4000 }, (_, i) => {
      return { kind: "stall", startMs: i, endMs: i + 0.5 };
    });
    const [lane] = throughputChart(setOf([makeRow({ over: { events: many } })]))!.lanes!.list;
    expect(lane!.details.length).toBeLessThanOrEqual(120);
    let count = 0;
    for (let i = 2; i < lane!.marks.length; i += 5) count += lane!.marks[i]!;
    expect(count).toBe(4000);
  });

  test("absent without events", () => {
    expect(throughputChart(setOf([makeRow()]))!.lanes).toBeUndefined();
  });
});

describe("what engines said of themselves over time", () => {
  const samples = [0, 1000, 2000].map((atMs, i) => ({
    atMs,
    stats: { diskBytes: 100 * i, memoryBytes: 7, stalls: 3 },
  }));

  test("bytes alone, a line for each figure that there is", () => {
    const chart = sampledChart(setOf([makeRow({ over: { samples } }), makeRow({ engine: "b" })]))!;
    expect(chart.y).toBe("bytes");
    expect(chart.choices[0]!.options).toEqual(["all: on disk, in memory", "on disk", "in memory"]);
    const [disk, memory] = shown(chart, "0");
    expect([disk!.label, disk!.dash]).toEqual(["hashlog, on disk", "solid"]);
    expect(pairs(disk!.points)).toEqual([
      [0, 0],
      [1, 100],
      [2, 200],
    ]);
    expect(memory!.dash).toBe("dashed");
    expect(shown(chart, "2")).toEqual([memory]);
  });

  test("absent where nobody said anything of bytes", () => {
    const mute = makeRow({ over: { samples: [{ atMs: 0, stats: { stalls: 1 } }] } });
    expect(sampledChart(setOf([mute]))).toBeUndefined();
    expect(sampledChart(setOf([makeRow()]))).toBeUndefined();
  });
});
