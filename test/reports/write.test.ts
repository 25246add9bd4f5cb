import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { summarizeLog } from "../../reports/hdr/log-summary.ts";
import { parseResult, writeReport } from "../../reports/index.ts";
import { makeResult, makeRow } from "./fixture.ts";

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "ringbench-report-"));
});

afterEach(() => {
  rmSync(dir, { recursive: true, force: true });
});

const OPEN = {
  kind: "open",
  arrivals: "poisson",
  ratePerSec: 5000,
  clients: 8,
  invalid: false,
} as const;

describe("writeReport", () => {
  test("writes every kind of file, and says where", () => {
    const result = makeResult([makeRow(), makeRow({ run: 2 })]);
    const paths = writeReport(join(dir, "new"), [result]);
    expect(parseResult(readFileSync(paths.results[0]!, "utf8"))).toEqual(result);
    expect(readFileSync(paths.html, "utf8")).toContain("<!doctype html>");
    expect(readFileSync(paths.rowsCsv, "utf8").split("\n")).toHaveLength(1 + 2 * 3 + 1);
    expect(readFileSync(paths.intervalsCsv, "utf8").split("\n")).toHaveLength(1 + 2 * 6 + 1);
    expect(readFileSync(paths.eventsCsv, "utf8")).toContain("kind,startMs");
    expect(readFileSync(paths.samplesCsv, "utf8")).toContain("atMs");
    expect(paths.hlogs.map((path) => basename(path))).toEqual([
      "hashlog-workloada-run1.hlog",
      "hashlog-workloada-run2.hlog",
    ]);
    expect(paths.hgrms.map((path) => basename(path))).toEqual([
      "hashlog-workloada-run1.hgrm",
      "hashlog-workloada-run2.hgrm",
    ]);
  });

  test("the interval log adds up to the row, warm-up left out, tags are operations", () => {
    const row = makeRow();
    const paths = writeReport(dir, [makeResult([row])]);
    const summary = summarizeLog(readFileSync(paths.hlogs[0]!, "utf8"));
    expect(summary.totalCount).toBe(7500);
    expect(summary.p99).toBe(row.latencyNs!.p99);
    expect(summary.unit).toBe("nanoseconds");
    expect(summary.startTimeSeconds).toBe(Date.parse("2026-01-31T12:00:00Z") / 1000);
    expect(summary.tags.map((tag) => tag.tag)).toEqual(["READ", "UPDATE"]);
    expect(readFileSync(paths.hgrms[0]!, "utf8")).toContain("Total count    =         7500");
  });

  test("open loop has response times in files of their own", () => {
    const row = makeRow({ loop: OPEN });
    const paths = writeReport(dir, [makeResult([row])]);
    expect(paths.hlogs.map((path) => basename(path))).toEqual([
      "hashlog-workloada-run1.hlog",
      "hashlog-workloada-run1.response.hlog",
    ]);
    const response = summarizeLog(readFileSync(paths.hlogs[1]!, "utf8"));
    expect(response.p50).toBe(row.latencyNs!.p50);
    const service = summarizeLog(readFileSync(paths.hlogs[0]!, "utf8"));
    expect(service.p50).toBeLessThan(response.p50);
  });

  test("names stay in the folder, apart from each other, whatever engines are called", () => {
    const engines = ["../../evil", "a/b", "a:b", "A:B", ".hidden", "x".repeat(300), "<script>"];
    const rows = engines.map((engine) => makeRow({ engine, intervals: 2 }));
    const paths = writeReport(dir, [makeResult(rows)]);
    const home = join(dir, "histograms");
    expect(paths.hlogs).toHaveLength(engines.length);
    expect(new Set(paths.hlogs.map((path) => path.toLowerCase())).size).toBe(engines.length);
    for (const path of [...paths.hlogs, ...paths.hgrms]) {
      expect(dirname(path)).toBe(home);
      expect(basename(path)).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,140}$/);
    }
    expect(readdirSync(home)).toHaveLength(2 * engines.length);
  });

  test("an operation's name cannot break the log", () => {
    const paths = writeReport(dir, [makeResult([makeRow({ operations: ["A, B\nC"] })])]);
    const summary = summarizeLog(readFileSync(paths.hlogs[0]!, "utf8"));
    expect(summary.tags.map((tag) => tag.tag)).toEqual(["A__B_C"]);
  });

  test("several results: numbered, and in one page", () => {
    const paths = writeReport(dir, [makeResult([makeRow()]), makeResult([makeRow()])], {
      labels: ["before", "after"],
    });
    expect(paths.results.map((path) => basename(path))).toEqual(["result-1.json", "result-2.json"]);
    expect(paths.hlogs.map((path) => basename(path))[1]).toBe("2-hashlog-workloada-run1.hlog");
    expect(readFileSync(paths.html, "utf8")).toContain("hashlog · after");
  });

  test("a damaged histogram is an error that says whose, before the page is written", () => {
    const row = makeRow();
    row.perOperation[0]!.serviceHistogram = "HIST";
    expect(() => writeReport(dir, [makeResult([row])])).toThrow(
      expect.objectContaining({ code: "REPORT_HISTOGRAM" }),
    );
    expect(readdirSync(dir)).not.toContain("report.html");
  });

  test("without recorded latencies there are no histograms, and all else", () => {
    const row = makeRow({ over: { perOperation: [], intervals: [] } });
    delete row.latencyNs;
    const paths = writeReport(dir, [makeResult([row])]);
    expect([...paths.hlogs, ...paths.hgrms]).toEqual([]);
    expect(readFileSync(paths.html, "utf8")).toContain("hashlog");
  });
});
