// A result as tables for the terminal: one for each benchmark, and the verdict behind them.

import { formatCount, formatNanoseconds, formatRate } from "../../reports/format.ts";
import {
  type ComparisonSet,
  comparisonSets,
  type Group,
  labelResults,
  spread,
  subjectsOf,
} from "../../reports/groups.ts";
import { isAllFailed, rateOf } from "../../reports/latencies.ts";
import type { Result, Row } from "../../reports/result.ts";
import { overallVerdict, setVerdict } from "../../reports/verdict.ts";
import { reportWarnings } from "../../reports/warnings.ts";
import { statsLine } from "./stats-line.ts";

const HEAD = ["engine", "runs", "ops/s", "range", "p50", "p99", "p99.9", "max", "errors"] as const;

export function resultTable(result: Result): string {
  const labels = labelResults([result]);
  const sets = comparisonSets([result], subjectsOf([result], labels));
  const tables = sets.map((set) => `${set.title} (${set.conditions})\n${setTable(set)}\n`);
  const open = result.rows.some((row) => row.loop.kind === "open");
  const clock = open ? ["Latencies are response times: from when an operation was due.", ""] : [];
  const doubts = reportWarnings([result], labels).map((text) => `Note: ${text}`);
  const gap = doubts.length > 0 ? [""] : [];
  return [...tables, ...clock, ...doubts, ...gap, overallVerdict(sets.map(setVerdict)), ""].join(
    "\n",
  );
}

function setTable(set: ComparisonSet): string {
  const lines = [HEAD as readonly string[], ...set.groups.map(groupCells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  const texts = lines.map((line) =>
    line
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
      )
      .join("  ")
      .trimEnd(),
  );
  const [head, ...rows] = texts;
  const withStats = rows.flatMap((text, i) => {
    const stats = statsLine(set.groups[i]!);
    return stats === "" ? [text] : [text, `  ${stats}`];
  });
  return [head, ...withStats].join("\n");
}

/** By the clock of the row; undefined where all failed, and without latencies. */
function latencyOf(row: Row): Row["latencyNs"] {
  return isAllFailed(row) ? undefined : row.latencyNs;
}

/** Every figure is the median over the runs, as in the report. */
function groupCells(group: Group): string[] {
  const rates = spread(group.rows.map(rateOf));
  const latency = (figure: "p50" | "p99" | "p999" | "max") =>
    formatNanoseconds(spread(group.rows.map((row) => latencyOf(row)?.[figure]))?.median);
  const errors = group.rows.reduce((sum, row) => sum + row.errors, 0);
  const partial = group.rows.some((row) => row.partial) ? " (partial)" : "";
  return [
    group.subject.name,
    `${group.rows.length}${partial}`,
    formatRate(rates?.median),
    rates !== undefined && rates.count > 1
      ? `${formatRate(rates.min)} to ${formatRate(rates.max)}`
      : "",
    latency("p50"),
    latency("p99"),
    latency("p999"),
    latency("max"),
    formatCount(errors),
  ];
}
