// docs/errors.md against the sources: every code stands in its table and the other way round, with
// the exit code that the command line gives it.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { failureOf } from "../../bench/cli/failure.ts";
import { Exit } from "../../bench/cli/usage.ts";
import { LatencyFileError } from "../../bench/pbs/latency-file.ts";
import { HistoryError, type HistoryErrorCode } from "../../cluster/checking/history-error.ts";
import { ClusterError, type ClusterErrorCode } from "../../cluster/errors.ts";
import { RingError, type RingErrorCode } from "../../cluster/ring/ring-error.ts";
import { StrayCallError } from "../../cluster/simulation/guard.ts";
import { VersioningError, type VersioningErrorCode } from "../../cluster/versioning/errors.ts";
import { EngineError, type EngineErrorCode } from "../../engines/errors.ts";
import { HistogramError, type HistogramErrorCode } from "../../reports/hdr/errors.ts";
import { ReportError, type ReportErrorCode } from "../../reports/report-error.ts";
import { WorkloadError, type WorkloadErrorCode } from "../../workloads/errors.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CODE =
  /["'`]((?:ENGINE|WORKLOAD|REPORT|HDR|HISTORY|PBS|RING|VERSION|CLUSTER|SIMULATION)_[A-Z_]+)["'`]/g;
const FOLDERS = ["engines", "cluster", "workloads", "reports", "bench"];

function codesOf(text: string): string[] {
  return [...text.matchAll(CODE)].map(([, code]) => code!);
}

function codesOfSources(): string[] {
  const files = FOLDERS.flatMap((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts"))
      .map((name) => path.join(ROOT, folder, name)),
  );
  return [...new Set(files.flatMap((file) => codesOf(fs.readFileSync(file, "utf8"))))].sort();
}

/** The cells of a table's rows, those of its head left out. */
function tableRows(markdown: string, heading: string): string[][] {
  const section = markdown.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function thrown(code: string): Error {
  if (code.startsWith("ENGINE_")) return new EngineError(code as EngineErrorCode, "x");
  if (code.startsWith("WORKLOAD_")) return new WorkloadError(code as WorkloadErrorCode, "x");
  if (code.startsWith("REPORT_")) return new ReportError(code as ReportErrorCode, "x");
  if (code.startsWith("HISTORY_")) return new HistoryError(code as HistoryErrorCode, 1, "x");
  if (code.startsWith("RING_")) return new RingError(code as RingErrorCode, "x");
  if (code.startsWith("VERSION_")) return new VersioningError(code as VersioningErrorCode, "x");
  if (code.startsWith("CLUSTER_")) return new ClusterError(code as ClusterErrorCode, "x");
  if (code.startsWith("PBS_")) return new LatencyFileError(1, "x");
  if (code.startsWith("SIMULATION_")) return new StrayCallError("x");
  return new HistogramError(code as HistogramErrorCode, "x");
}

const page = fs.readFileSync(path.join(ROOT, "docs", "errors.md"), "utf8");
const rows = tableRows(page, "Codes");
const listed = rows.map(([code]) => codesOf(code!)[0] ?? `no code in ${code}`);

describe("the table of codes", () => {
  test("has every code of the sources, once, and no other", () => {
    expect([...listed].sort()).toEqual(codesOfSources());
  });

  test.each(rows)("%s says when, what to do, and how the command line leaves", (code, ...cells) => {
    const [when, what, exit] = cells;
    expect(cells).toHaveLength(3);
    expect(when).toMatch(/\.$/);
    expect(what).toMatch(/\.$/);
    expect(Number(exit)).toBe(failureOf(thrown(codesOf(code!)[0]!)).exit);
  });
});

test("the table of exit codes has each of them", () => {
  const exits = tableRows(page, "Exit codes").map(([exit]) => Number(exit));
  expect(exits).toEqual(Object.values(Exit).sort((a, b) => a - b));
});

test("the pages that it points at are there", () => {
  for (const [, target] of page.matchAll(/\]\(([^)#]+)\)/g)) {
    expect(fs.existsSync(path.join(ROOT, "docs", target!)), target).toBe(true);
  }
});
