import { describe, expect, test } from "vitest";
import { eventsCsv, intervalsCsv, rowsCsv, samplesCsv } from "../../reports/csv.ts";
import type { Row } from "../../reports/result.ts";
import { makeResult, makeRow } from "./fixture.ts";

/** Enough of RFC 4180 to read back what was written. */
function parseCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  const cell = /("(?:[^"]|"")*"|[^,\n]*)(,|\n|$)/gy;
  for (;;) {
    const match = cell.exec(text);
    if (match === null || match[0] === "") break;
    rows.at(-1)!.push(match[1]!.replace(/^"(.*)"$/s, "$1").replaceAll('""', '"'));
    if (match[2] === "\n") rows.push([]);
  }
  const [head, ...lines] = rows.filter((row) => row.length > 0);
  return lines.map((line) => Object.fromEntries(head!.map((name, i) => [name, line[i]!])));
}

function rows(list: readonly Row[]): Record<string, string>[] {
  return parseCsv(rowsCsv([makeResult(list)], ["label"]));
}

describe("rows.csv", () => {
  test("a line over all operations, then one for each operation of each run", () => {
    const list = [makeRow(), makeRow({ run: 2 })];
    const lines = rows(list);
    expect(lines.map((line) => [line.run, line.operation])).toEqual([
      ["1", "OVERALL"],
      ["1", "READ"],
      ["1", "UPDATE"],
      ["2", "OVERALL"],
      ["2", "READ"],
      ["2", "UPDATE"],
    ]);
    const row = list[0]!;
    expect(Number(lines[0]!.opsPerSec)).toBe(row.opsPerSec);
    expect(Number(lines[0]!.serviceP99Ns)).toBe(row.latencyNs!.p99);
    expect(lines[0]!.count).toBe("7500");
    expect(Number(lines[1]!.serviceP999Ns)).toBe(row.perOperation[0]!.service!.p999);
    expect(lines[1]!.returns).toBe("OK=3750");
    expect(lines[1]!.responseP99Ns).toBe("");
    expect(lines[1]).toMatchObject({ result: "label", durability: "os", loop: "closed" });
    expect(lines[1]).toMatchObject({ seed: "42", cacheBytes: "67108864", partial: "false" });
  });

  test("of a cluster how it is made and asked, else nothing", () => {
    const shape = { nodes: 5, n: 3, level: "QUORUM", conflicts: "dvv", fanOut: "all" };
    const [cluster] = rows([makeRow({ over: { cluster: shape } })]);
    expect(cluster).toMatchObject({ clusterNodes: "5", clusterN: "3", clusterR: "" });
    expect(cluster).toMatchObject({ clusterLevel: "QUORUM", clusterFanOut: "all" });
    const [alone] = rows([makeRow()]);
    expect(alone).toMatchObject({ clusterNodes: "", clusterConflicts: "" });
  });

  test("open loop: both clocks", () => {
    const loop = {
      kind: "open",
      arrivals: "poisson",
      ratePerSec: 5000,
      clients: 8,
      invalid: true,
    } as const;
    const row = makeRow({ loop });
    const [overall] = rows([row]);
    expect(overall).toMatchObject({ loop: "open", arrivals: "poisson", invalid: "true" });
    expect(Number(overall!.responseP50Ns)).toBe(row.latencyNs!.p50);
    expect(Number(overall!.serviceP50Ns)).toBeLessThan(row.latencyNs!.p50);
  });

  test.each(["=1+1", "+1", "-1", "@x", "\tx", "\rx", "＝1"])(
    "text that a spreadsheet would run is disarmed: %j",
    (engine) => {
      expect(rows([makeRow({ engine })])[0]!.engine).toBe(`'${engine}`);
    },
  );

  test("quotes, commas and line ends survive", () => {
    const engine = 'my "own", engine\nof two lines';
    expect(rows([makeRow({ engine })])[0]!.engine).toBe(engine);
  });

  test("a negative number stays a number", () => {
    const row = makeRow({ over: { warmup: { operations: 0, ms: -1 } } });
    expect(rows([row])[0]!.warmupMs).toBe("-1");
  });
});

describe("intervals.csv", () => {
  test("a line for each interval, warm-up included", () => {
    const row = makeRow({ intervals: 3 });
    const lines = parseCsv(intervalsCsv([makeResult([row])], ["label"]));
    expect(lines.map((line) => line.warmup)).toEqual(["true", "false", "false"]);
    const interval = row.intervals[1]!;
    expect(Number(lines[1]!.operations)).toBe(interval.operations);
    expect(Number(lines[1]!.opsPerSec)).toBe(interval.operations);
    expect(Number(lines[1]!.p99Ns)).toBe(interval.latencyNs!.p99);
    expect(lines[1]).toMatchObject({ startMs: "1000", durationMs: "1000", clock: "service" });
  });

  test("without latencies the cells are empty", () => {
    const row = makeRow({ intervals: 1 });
    delete row.intervals[0]!.latencyNs;
    const [line] = parseCsv(intervalsCsv([makeResult([row])], ["label"]));
    expect(line).toMatchObject({ clock: "", p50Ns: "", maxNs: "" });
  });
});

describe("events.csv and samples.csv", () => {
  const events = [
    { kind: "flush", startMs: -2.5, endMs: 4, bytes: 100, detail: "=memory" },
    { kind: "stall", startMs: 5, endMs: 90, count: 7, busyMs: 14 },
    { kind: "compaction", startMs: 50 },
  ];

  test("a line for each event, merged ones with their number", () => {
    const row = makeRow({ over: { events } });
    const lines = parseCsv(eventsCsv([makeResult([row, makeRow({ run: 2 })])], ["label"]));
    expect(lines).toHaveLength(3);
    expect(lines[0]).toEqual({
      ...{ result: "label", engine: "hashlog", benchmark: "workloada", run: "1" },
      ...{ durability: "os", concurrency: "8", kind: "flush", startMs: "-2.5", endMs: "4" },
      ...{ busyMs: "6.5", count: "1", bytes: "100", detail: "'=memory" },
    });
    expect(lines[1]).toMatchObject({ kind: "stall", count: "7", busyMs: "14", bytes: "" });
    expect(lines[2]).toMatchObject({ kind: "compaction", endMs: "", busyMs: "", count: "1" });
  });

  test("a line for each sample, a column for each figure that any has", () => {
    const of = (stats: Record<string, number>) => [{ atMs: 0, stats }];
    const first = makeRow({ over: { samples: of({ diskBytes: 5 }) } });
    const second = makeRow({ run: 2, over: { samples: of({ stalls: 1, engine: 9 }) } });
    const lines = parseCsv(samplesCsv([makeResult([first, second])], ["label"]));
    expect(lines.map(({ run, atMs, diskBytes, stalls }) => [run, atMs, diskBytes, stalls])).toEqual(
      [
        ["1", "0", "5", ""],
        ["2", "0", "", "1"],
      ],
    );
    expect(lines[1]!.engine).toBe("hashlog");
  });

  test("without any there is a head alone", () => {
    const results = [makeResult([makeRow()])];
    expect(eventsCsv(results, ["label"]).split("\n")).toHaveLength(2);
    expect(samplesCsv(results, ["label"]).split("\n")).toHaveLength(2);
  });
});
