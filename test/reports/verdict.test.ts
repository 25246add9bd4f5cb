import { describe, expect, test } from "vitest";
import { comparisonSets, labelResults, subjectsOf } from "../../reports/groups.ts";
import type { Loop, Result, Row } from "../../reports/result.ts";
import { overallVerdict, setVerdict } from "../../reports/verdict.ts";
import { ENVIRONMENT, makeResult, makeRow } from "./fixture.ts";

function verdicts(results: readonly Result[], labels?: readonly string[]) {
  const subjects = subjectsOf(results, labelResults(results, labels));
  return comparisonSets(results, subjects).map(setVerdict);
}

/** A row for each of the rates, run 1, 2, ... */
function runs(engine: string, rates: readonly number[], over: Partial<Row> = {}): Row[] {
  const options = { engine, intervals: 2, operations: ["READ"] };
  return rates.map((opsPerSec, i) => makeRow({ ...options, run: i + 1, opsPerSec, over }));
}

function places(rows: readonly Row[]): string[][] {
  const [only] = verdicts([makeResult(rows)]);
  return only!.places.map((place) => place.map(({ group }) => group.subject.name));
}

function text(rows: readonly Row[]): string {
  return overallVerdict(verdicts([makeResult(rows)])).replaceAll("\u202f", " ");
}

describe("a ranking", () => {
  test("needs every run of one to beat every run of the other", () => {
    const rows = [...runs("lmdb", [50, 52, 54]), ...runs("hashlog", [100, 90, 110])];
    expect(places(rows)).toEqual([["hashlog"], ["lmdb"]]);
    expect(text(rows)).toBe(
      "hashlog was fastest: 100 ops/s, 1.92 times lmdb. Then lmdb at 52.0 ops/s.",
    );
  });

  test("is not given where the runs overlap", () => {
    const rows = [...runs("lmdb", [50, 52, 95]), ...runs("hashlog", [100, 90, 110])];
    expect(places(rows)).toEqual([["hashlog", "lmdb"]]);
    expect(text(rows)).toBe(
      "No ranking: the runs of hashlog at 100 ops/s, lmdb at 52.0 ops/s overlap.",
    );
  });

  test("leaves out what a time limit ended early", () => {
    const rows = [
      ...runs("sqlite", [500, 510, 520], { cutShortOf: 1_000_000 }),
      ...runs("lmdb", [50, 52, 54]),
      ...runs("hashlog", [100, 90, 110]),
    ];
    expect(places(rows)).toEqual([["hashlog"], ["lmdb"]]);
    expect(text(rows)).toContain("Not ranked: sqlite (ended by the time limit)");
  });

  test("chains what overlaps, below a leader too", () => {
    const rows = [
      ...runs("hashlog", [1000, 1010, 1020]),
      ...runs("a", [30, 40, 50]),
      ...runs("b", [45, 55, 65]),
      ...runs("c", [60, 70, 80]),
      ...runs("d", [1, 2, 3]),
    ];
    expect(places(rows)).toEqual([["hashlog"], ["c", "b", "a"], ["d"]]);
    expect(text(rows)).toContain("(runs overlap: no order among them)");
  });

  test.each([1, 2])("is not given with %d runs, and the verdict says why", (count) => {
    const rows = [
      ...runs("lmdb", [50, 51].slice(0, count)),
      ...runs("hashlog", [100, 101].slice(0, count)),
    ];
    expect(places(rows)).toEqual([]);
    expect(text(rows)).toContain("no ranking");
    expect(text(rows)).toContain("A ranking needs 3 runs of each.");
    expect(text(rows)).not.toContain("fastest");
  });

  test("is not given when one store has too few runs", () => {
    const rows = [...runs("lmdb", [50, 51, 52]), ...runs("hashlog", [100])];
    expect(text(rows)).toBe("No ranking: it needs 3 runs of each, and there are of hashlog 1 run.");
  });

  test("leaves out the harness, interrupted rows and rows with errors", () => {
    const rows = [
      ...runs("null", [9000, 9001, 9002]),
      ...runs("lmdb", [50, 51, 52]),
      ...runs("hashlog", [100, 101, 102]),
      ...runs("rocksdb", [500, 501, 502], { partial: true }),
      ...runs("sqlite", [600, 601, 602], { errors: 2 }),
    ];
    expect(places(rows)).toEqual([["hashlog"], ["lmdb"]]);
    const left = "rocksdb (interrupted), sqlite (6 errors).";
    expect(text(rows)).toContain(
      `Not ranked: null (it measures the harness, not a store), ${left}`,
    );
  });

  test("is not given over latencies recorded for some only", () => {
    const off: Partial<Row> = { perOperation: [], intervals: [] };
    const rows = [...runs("lmdb", [50, 51, 52]), ...runs("hashlog", [100, 101, 102], off)];
    for (const row of rows) if (row.engine === "hashlog") delete row.latencyNs;
    expect(text(rows)).toContain("latencies were recorded for some stores only");
  });
});

describe("only equal conditions are compared", () => {
  test.each([
    ["durability", { durability: "sync" }],
    ["concurrency", { concurrency: 64 }],
    ["records", { records: 5 }],
    ["value size", { valueBytes: 5 }],
    ["cache", { cacheBytes: 5 }],
    ["benchmark", { benchmark: "workloadb" }],
  ] satisfies [string, Partial<Row>][])("%s", (_name, over) => {
    const rows = [...runs("lmdb", [50, 51, 52]), ...runs("hashlog", [100, 101, 102], over)];
    const found = verdicts([makeResult(rows)]);
    expect(found).toHaveLength(2);
    for (const verdict of found) expect(verdict.places).toEqual([]);
    expect(new Set(found.map((verdict) => verdict.set.title)).size).toBe(2);
  });

  test("hardware", () => {
    const there = { ...ENVIRONMENT, cpuModel: "Other CPU" };
    const found = verdicts([
      makeResult(runs("hashlog", [50, 51, 52])),
      makeResult(runs("hashlog", [100, 101, 102]), { environment: there }),
    ]);
    expect(found.map((verdict) => verdict.set.title)).toEqual([
      "workloada · Example CPU 3000",
      "workloada · Other CPU",
    ]);
  });
});

describe("an open loop", () => {
  const open = (invalid: boolean): Loop => ({
    kind: "open",
    arrivals: "poisson",
    ratePerSec: 1000,
    clients: 8,
    invalid,
  });
  const row = (engine: string, run: number, medianNs: number, invalid = false): Row =>
    makeRow({ engine, run, medianNs, loop: open(invalid), opsPerSec: 1000 });

  test("is ranked by the p99 of the response time, lowest first", () => {
    const rows = [1, 2, 3].flatMap((run) => [row("slow", run, 1e7), row("quick", run, 1000)]);
    expect(places(rows)).toEqual([["quick"], ["slow"]]);
    expect(text(rows)).toContain("quick had the lowest p99 response time");
  });

  test("an invalid run is not ranked", () => {
    const rows = [1, 2, 3].flatMap((run) => [
      row("slow", run, 1e7),
      row("quick", run, 1000, run === 2),
    ]);
    expect(places(rows)).toEqual([]);
    expect(text(rows)).toContain("quick (invalid: the load generator was the bottleneck)");
  });
});

describe("over several sets", () => {
  const led = (engine: string, benchmark: string): Row[] => [
    ...runs(engine, [100, 101, 102], { benchmark }),
    ...runs("z", [50, 51, 52], { benchmark }),
  ];

  test("one leader", () => {
    const rows = [...led("hashlog", "a"), ...led("hashlog", "b"), ...led("hashlog", "c")];
    expect(text(rows)).toBe("hashlog led in all 3 ranked comparisons: a, b, c.");
  });

  test("several leaders, a tie and an unranked set", () => {
    const rows = [
      ...led("hashlog", "a"),
      ...led("hashlog", "b"),
      ...led("lmdb", "c"),
      ...runs("x", [1, 2, 3], { benchmark: "d" }),
      ...runs("y", [1, 2, 3], { benchmark: "d" }),
      ...runs("x", [1, 2, 3], { benchmark: "e" }),
    ];
    expect(text(rows)).toBe(
      "Of 4 ranked comparisons, hashlog led in 2 (a, b); lmdb in 1 (c); " +
        "none in 1, where the runs of the best overlap (d). 1 more could not be ranked.",
    );
  });

  test("no rows at all", () => {
    expect(text([])).toBe("Nothing was measured: the result has no rows.");
  });
});

test("results of one machine are compared, engines side by side, under their labels", () => {
  const results = [
    makeResult([...runs("hashlog", [50, 51, 52]), ...runs("lmdb", [5, 6, 7])]),
    makeResult([...runs("hashlog", [100, 101, 102])]),
  ];
  const [verdict] = verdicts(results, ["before", "after"]);
  const names = verdict!.set.groups.map((group) => group.subject.name);
  expect(names).toEqual(["hashlog · before", "hashlog · after", "lmdb · before"]);
  expect(verdict!.text).toContain("hashlog · after was fastest");
});

test("labels are told apart", () => {
  const result = makeResult([]);
  const title = "Engines under YCSB A, 2026-01-31 12:00:00 UTC";
  expect(labelResults([result, result])).toEqual([title, `${title} (2)`]);
  expect(labelResults([result, result], ["x"])).toEqual(["x", title]);
});
