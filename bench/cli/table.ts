// A result as tables for the terminal: one for each benchmark, and the verdict behind them.

import { formatCount, formatNanoseconds, formatRate } from "../../reports/format.ts";
import {
  type ComparisonSet,
  comparisonSets,
  type Group,
  labelResults,
  medianRun,
  spread,
  subjectsOf,
} from "../../reports/groups.ts";
import type { Result } from "../../reports/result.ts";
import { overallVerdict, setVerdict } from "../../reports/verdict.ts";

const HEAD = ["engine", "runs", "ops/s", "range", "p50", "p99", "p99.9", "max", "errors"] as const;

export function resultTable(result: Result): string {
  const labels = labelResults([result]);
  const sets = comparisonSets([result], subjectsOf([result], labels));
  const tables = sets.map((set) => `${set.title} (${set.conditions})\n${setTable(set)}\n`);
  const notes = result.partial ? ["Partial: the run ended before it was complete."] : [];
  return [...tables, ...notes, overallVerdict(sets.map(setVerdict)), ""].join("\n");
}

function setTable(set: ComparisonSet): string {
  const lines = [HEAD as readonly string[], ...set.groups.map(groupCells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** Throughput is the median over the runs; the latencies are those of that run. */
function groupCells(group: Group): string[] {
  const rates = spread(group.rows.map((row) => row.opsPerSec))!;
  const median = medianRun(group);
  const latency = median.latencyNs;
  const errors = group.rows.reduce((sum, row) => sum + row.errors, 0);
  const partial = group.rows.some((row) => row.partial) ? " (partial)" : "";
  return [
    group.subject.name,
    `${group.rows.length}${partial}`,
    formatRate(rates.median),
    rates.count > 1 ? `${formatRate(rates.min)} to ${formatRate(rates.max)}` : "",
    formatNanoseconds(latency?.p50),
    formatNanoseconds(latency?.p99),
    formatNanoseconds(latency?.p999),
    formatNanoseconds(latency?.max),
    formatCount(errors),
  ];
}
