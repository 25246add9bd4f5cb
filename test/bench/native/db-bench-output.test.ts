import { describe, expect, test } from "vitest";
import { nativeLatency } from "../../../bench/native/db-bench-latency.ts";
import { DbBenchOutput, type NativeReport } from "../../../bench/native/db-bench-output.ts";
import { DbBenchTicks } from "../../../bench/native/db-bench-ticks.ts";
import { BLOCK } from "./fake-db-bench.ts";

function read(text: string): { reports: NativeReport[]; warnings: readonly string[] } {
  const reports: NativeReport[] = [];
  const output = new DbBenchOutput((report) => reports.push(report));
  for (const line of text.split("\n")) output.line(line);
  return { reports, warnings: output.warnings };
}

describe("what db_bench prints", () => {
  test("throughput, what was found, histogram and statistics", () => {
    const { reports } = read(BLOCK.replaceAll("NAME", "readrandom  "));
    expect(reports).toHaveLength(1);
    expect(reports[0]).toMatchObject({
      name: "readrandom",
      seconds: 0.002,
      operations: 1000,
      found: { hits: 620, reads: 1000 },
      message: "620 of 1000 found",
      stats: {
        compactionWrittenBytes: Math.round(0.11 * 2 ** 30),
        ingestedBytes: 200 * 2 ** 20,
        stalls: 3,
        stallNs: 62.5e9,
      },
    });
    const [histogram] = reports[0]!.histograms;
    expect(histogram).toMatchObject({ what: "read", count: 1000, average: 2, min: 0, max: 40 });
    expect(histogram!.buckets).toHaveLength(7);
    expect(histogram!.buckets[1]).toEqual({ from: 1, to: 2, count: 500 });
  });

  test("a name as long as its column, no histogram, a message with parts, warnings", () => {
    const lines = [
      "WARNING: Assertions are enabled; benchmarks unnecessarily slow",
      "readwhilewriting :   5.010 micros/op 199580 ops/sec 0.501 seconds 900 operations;",
      "Interval stall: 00:00:0.000 H:M:S, 0.0 percent",
      "mixgraph     :  11.2 micros/op 88724 ops/sec 1.127 seconds 100 operations;   55.0 MB/s " +
        "( Gets:83 Puts:14 Seek:3, reads 79 in 86 found, avg size: 35 value, 300 scan)",
      "Interval stall: 00:00:0.000 H:M:S, 0.0 percent",
    ];
    const { reports, warnings } = read(lines.join("\n"));
    expect(reports.map(({ name }) => name)).toEqual(["readwhilewriting", "mixgraph"]);
    expect(reports[0]).toMatchObject({ operations: 900, histograms: [], found: undefined });
    expect(reports[1]!.message).toMatch(/^Gets:83 .* scan$/);
    expect(reports[1]!.found).toBeUndefined();
    expect(warnings).toEqual(["Assertions are enabled; benchmarks unnecessarily slow"]);
  });

  test("nothing is reported before the last line of the statistics", () => {
    const cut = BLOCK.slice(0, BLOCK.indexOf("Interval stall"));
    expect(read(cut).reports).toEqual([]);
  });
});

describe("latencies", () => {
  const [histogram] = read(BLOCK.replaceAll("NAME", "x")).reports[0]!.histograms;

  test("percentiles are those that db_bench 7.8.3 printed of the same buckets", () => {
    const table = [
      ...[
        [2, 3, 57],
        [3, 4, 653],
        [4, 6, 29_186],
        [6, 10, 64_415],
        [10, 15, 4878],
      ],
      ...[
        [15, 22, 472],
        [22, 34, 58],
        [34, 51, 27],
        [51, 76, 166],
        [76, 110, 82],
      ],
      ...[
        [110, 170, 5],
        [1900, 2900, 1],
      ],
    ];
    const buckets = table.map(([from, to, count]) => ({ from: from!, to: to!, count: count! }));
    const all = { what: "write", count: 100_000, average: 7.7067, min: 3, max: 2795, buckets };
    const { mean, p50, p99, p999, max } = nativeLatency([all])!;
    const printed = [mean, p50, p99, p999, max].map((ns) => (ns / 1000).toFixed(2));
    expect(printed).toEqual(["7.71", "7.25", "14.81", "74.19", "2795.00"]);
  });

  test("p95, which it does not print, is interpolated like the others", () => {
    const latency = nativeLatency([histogram!])!;
    expect(latency.mean).toBe(2000);
    expect(latency.max).toBe(40_000);
    // By hand: 500 of 1000 lie (500 - 200) / 500 into the second bucket.
    expect(latency.p50).toBeCloseTo(1600, 6);
    // 950: (950 - 850) / 130 into the fourth.
    expect(latency.p95).toBeCloseTo(1000 * (3 + 100 / 130), 6);
    expect(latency.p99).toBeCloseTo(1000 * (4 + (2 * 10) / 18), 6);
    expect(latency.p999).toBeCloseTo(34_000, 6);
  });

  test("never beyond the smallest and the largest", () => {
    const one = { what: "op", count: 1, average: 7, min: 7, max: 7 };
    const latency = nativeLatency([{ ...one, buckets: [{ from: 6, to: 10, count: 1 }] }])!;
    expect(latency).toEqual({ mean: 7000, p50: 7000, p95: 7000, p99: 7000, p999: 7000, max: 7000 });
    expect(nativeLatency([])).toBeUndefined();
    expect(nativeLatency([{ ...one, count: 0, buckets: [] }])).toBeUndefined();
  });

  test("of several histograms together", () => {
    const part = (count: number, from: number, to: number) => ({
      ...{ what: "op", count, average: to, min: from, max: to },
      buckets: [{ from, to, count }],
    });
    const latency = nativeLatency([part(50, 1, 2), part(50, 1, 2), part(100, 10, 15)])!;
    expect(latency.mean).toBe(8500);
    expect(latency.p50).toBe(2000);
    expect(latency.p95).toBeCloseTo(14_500, 6);
  });
});

describe("ticks", () => {
  const tick = (thread: number, operations: number, all: number, seconds: number, since: number) =>
    `2026/01/01-00:00:00  ... thread ${thread}: (${operations},${all}) ops and ` +
    `(${operations / seconds}.0,1.0) ops/second in (${seconds}.000000,${since}.000000) seconds`;

  test("one thread: progress and intervals, the last of what is left", () => {
    const ticks = new DbBenchTicks(1, 1000);
    expect(ticks.line("... finished 100 ops")).toBeUndefined();
    expect(ticks.line(tick(0, 300, 300, 1, 1))).toEqual({
      ...{ finished: 300, total: 1000, elapsedNs: 1e9, opsPerSec: 300 },
    });
    expect(ticks.line(tick(0, 400, 700, 2, 3))).toMatchObject({ finished: 700, opsPerSec: 200 });
    const rest = { warmup: false, errors: 0 };
    expect(ticks.intervals(1000, 3.5)).toEqual([
      { startMs: 0, durationMs: 1000, operations: 300, ...rest },
      { startMs: 1000, durationMs: 2000, operations: 400, ...rest },
      { startMs: 3000, durationMs: 500, operations: 300, ...rest },
    ]);
  });

  test("several threads add up; one that only writes beside them is none of them", () => {
    const ticks = new DbBenchTicks(2, 1000);
    ticks.line(tick(0, 100, 100, 1, 1));
    expect(ticks.line(tick(1, 200, 200, 1, 1))).toMatchObject({ finished: 300, opsPerSec: 300 });
    expect(ticks.line(tick(2, 900, 900, 1, 1))).toBeUndefined();
    expect(ticks.intervals(1000, 3)).toEqual([]);
  });
});
