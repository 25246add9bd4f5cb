// The table of figures of a comparison set: a line for each store and operation.

import { ABSENT, formatBytes, formatCount, formatDigits } from "../format.ts";
import { type ComparisonSet, type Group, type Spread, spread } from "../groups.ts";
import {
  type Clock,
  type Latencies,
  measuredOperations,
  rateOf,
  totalLatency,
} from "../latencies.ts";
import type { Latency, OperationResult, Row } from "../result.ts";
import { html, type Markup } from "./markup.ts";
import { subjectName } from "./subject.ts";

/** What one line of the table is about: an operation of a group, by one clock. */
interface Line {
  readonly group: Group;
  readonly operation: string;
  readonly clock: Clock;
  readonly opsPerSec: Spread | undefined;
  readonly latencies: readonly (Latency | undefined)[];
  readonly count: Spread | undefined;
  /** Reads that found nothing, over the runs: answers, not errors. */
  readonly notFound: number;
  readonly errors: string;
}

/** A unit that all figures of a column share, so that they can be compared down the column. */
interface Unit {
  readonly name: string;
  readonly size: number;
}

const RATE_UNITS: readonly Unit[] = [
  { name: "M ops/s", size: 1e6 },
  { name: "k ops/s", size: 1e3 },
  { name: "ops/s", size: 1 },
];
const TIME_UNITS: readonly Unit[] = [
  { name: "ms", size: 1e6 },
  { name: "µs", size: 1e3 },
];

const FIGURES: readonly (readonly [keyof Latency, string])[] = [
  ["mean", "mean"],
  ["p50", "p50"],
  ["p95", "p95"],
  ["p99", "p99"],
  ["p999", "p99.9"],
  ["max", "max"],
];

const NOT_FOUND = "NOT_FOUND";
/** Outcomes that are answers, not errors. */
const ANSWERS: ReadonlySet<string> = new Set(["OK", NOT_FOUND]);

/** A line for each store over all operations and for each of its operations. */
export function operationsTable(set: ComparisonSet): Markup {
  const perGroup = set.groups.map((group) => groupLines(group, set.open));
  const lines = perGroup.flat();
  const rate = sharedUnit(
    lines.map((line) => line.opsPerSec?.median),
    RATE_UNITS,
  );
  const p50s = lines.flatMap((line) => line.latencies.map((latency) => latency?.p50));
  const time = sharedUnit(p50s, TIME_UNITS);
  const clock = set.open ? html`<th rowspan="2">Clock</th>` : undefined;
  const figures = FIGURES.map(([, name]) => html`<th class="n">${name}</th>`);
  const bodies = perGroup.map((group) => {
    const rows = group.map((line, i) => lineRow(line, i, group.length, set, rate, time));
    return html`<tbody>${rows}</tbody>`;
  });
  const range = hasRange(set)
    ? "median over the runs, lowest to highest run below it"
    : "one run of each";
  return html`<div class="scroll"><table class="operations">
<caption>${set.title}: ${range}</caption>
<thead><tr><th rowspan="2">Store</th><th rowspan="2">Operation</th>${clock}
<th class="n" rowspan="2">Throughput<br>${rate.name}</th>
<th class="span" colspan="${FIGURES.length}">Latency, ${time.name}</th>
<th class="n" rowspan="2">Operations<br>a run</th><th class="n" rowspan="2">Errors<br>all runs</th>
<th rowspan="2">Durability</th><th class="n" rowspan="2">Cache</th>
<th class="n" rowspan="2">Runs</th></tr>
<tr>${figures}</tr></thead>${bodies}</table></div>`;
}

function hasRange(set: ComparisonSet): boolean {
  return set.groups.some((group) => group.rows.length > 1);
}

function lineRow(
  line: Line,
  index: number,
  length: number,
  set: ComparisonSet,
  rate: Unit,
  time: Unit,
): Markup {
  const row = line.group.rows[0]!;
  const store =
    index === 0
      ? html`<th scope="rowgroup" rowspan="${length}">${subjectName(line.group.subject)}
<small>${line.group.engineVersion}</small></th>`
      : undefined;
  const clock = set.open ? html`<td class="t">${line.clock}</td>` : undefined;
  const figures = FIGURES.map(([name]) =>
    spreadCell(spread(line.latencies.map((latency) => latency?.[name])), time),
  );
  const total = index === 0 ? html` class="total"` : undefined;
  const shared =
    index === 0
      ? html`<td class="t" rowspan="${length}">${row.durability}</td>
<td rowspan="${length}">${formatBytes(row.cacheBytes)}</td>
<td rowspan="${length}">${line.group.rows.length}</td>`
      : undefined;
  return html`<tr${total}>${store}<td class="operation">${line.operation}</td>${clock}
${spreadCell(line.opsPerSec, rate)}${figures}
<td>${formatCount(line.count?.median)}${notFoundText(line)}</td>
<td>${line.errors}</td>${shared}</tr>`;
}

function notFoundText({ notFound, group }: Line): Markup | undefined {
  if (notFound === 0) return undefined;
  const all = group.rows.length > 1 ? " in all runs" : "";
  return html`<small class="range">${formatCount(notFound)} not found${all}</small>`;
}

function spreadCell(figure: Spread | undefined, unit: Unit): Markup {
  if (figure === undefined) return html`<td>${ABSENT}</td>`;
  const format = (value: number) => formatFigure(value / unit.size);
  const range =
    figure.count > 1
      ? html`<small class="range">${format(figure.min)}–${format(figure.max)}</small>`
      : undefined;
  return html`<td>${format(figure.median)}${range}</td>`;
}

function formatFigure(value: number): string {
  return value >= 1000 ? formatCount(value) : formatDigits(value);
}

/** The largest unit in which no figure above 0 falls below 1; the last when there is none. */
function sharedUnit(values: readonly (number | undefined)[], units: readonly Unit[]): Unit {
  const smallest = Math.min(...values.filter((v) => v !== undefined && v > 0).map(Number));
  const last = units[units.length - 1]!;
  return Number.isFinite(smallest) ? (units.find((u) => smallest >= u.size) ?? last) : last;
}

function groupLines(group: Group, open: boolean): Line[] {
  const clocks: readonly Clock[] = open ? ["response", "service"] : ["service"];
  const lines: Line[] = [];
  const add = (
    operation: string,
    rows: readonly OperationLine[],
    notFound: number,
    errors: string,
  ) => {
    for (const clock of clocks) {
      const latencies = rows.map((row) => row.latencies[clock]);
      // The second clock has a line of its own only when it was recorded.
      if (clock !== clocks[0] && latencies.every((latency) => latency === undefined)) continue;
      lines.push({
        group,
        operation,
        clock,
        opsPerSec: spread(rows.map((row) => row.opsPerSec)),
        latencies,
        count: spread(rows.map((row) => row.count)),
        notFound,
        errors,
      });
    }
  };
  const errors = group.rows.reduce((sum, row) => sum + row.errors, 0);
  // Not found is counted by operation: one within another must not be counted twice.
  add("all", group.rows.map(overallLine), 0, formatCount(errors));
  const names = new Set(group.rows.flatMap((row) => row.perOperation.map((o) => o.operation)));
  for (const name of names) {
    const found = group.rows.flatMap((row) =>
      row.perOperation.filter((o) => o.operation === name).map((o) => ({ row, operation: o })),
    );
    const rows = found.map(({ row, operation }) => operationLine(row, operation));
    const operations = found.map(({ operation }) => operation);
    add(name, rows, sumReturns(operations, NOT_FOUND), failuresText(operations));
  }
  return lines;
}

interface OperationLine {
  readonly opsPerSec: number | undefined;
  readonly count: number;
  readonly latencies: Latencies;
}

function overallLine(row: Row): OperationLine {
  const count = measuredOperations(row);
  return { opsPerSec: rateOf(row), count, latencies: totalLatency(row) };
}

function operationLine(row: Row, operation: OperationResult): OperationLine {
  const { service, response, count, returns } = operation;
  const outcomes = Object.keys(returns);
  const failed = outcomes.length > 0 && !outcomes.some((outcome) => ANSWERS.has(outcome));
  return {
    opsPerSec: row.elapsedNs > 0 && !failed ? (count * 1e9) / row.elapsedNs : undefined,
    count,
    latencies: { ...(service && { service }), ...(response && { response }) },
  };
}

function sumReturns(operations: readonly OperationResult[], outcome: string): number {
  return operations.reduce((sum, { returns }) => sum + (returns[outcome] ?? 0), 0);
}

/** Outcomes that are errors, summed over the runs: `0`, or `3 UNEXPECTED_STATE, 1 ERROR`. */
function failuresText(operations: readonly OperationResult[]): string {
  const names = new Set(operations.flatMap(({ returns }) => Object.keys(returns)));
  const failures = [...names]
    .filter((name) => !ANSWERS.has(name) && sumReturns(operations, name) > 0)
    .map((name) => `${formatCount(sumReturns(operations, name))} ${name}`);
  return failures.length === 0 ? "0" : failures.join(", ");
}
