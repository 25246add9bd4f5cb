// The tables of figures: stores and operations of a comparison set, and what the engines say of
// themselves.

import { ABSENT, formatBytes, formatCount, formatDigits, formatDuration } from "../format.ts";
import { type ComparisonSet, type Group, type Spread, spread } from "../groups.ts";
import { type Clock, type Latencies, measuredOperations, totalLatency } from "../latencies.ts";
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

/** Outcomes that are answers, not failures. */
const ANSWERS: ReadonlySet<string> = new Set(["OK", "NOT_FOUND"]);

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
${spreadCell(line.opsPerSec, rate)}${figures}<td>${formatCount(line.count?.median)}</td>
<td>${line.errors}</td>${shared}</tr>`;
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
  const add = (operation: string, rows: readonly OperationLine[], errors: string) => {
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
        errors,
      });
    }
  };
  const errors = group.rows.reduce((sum, row) => sum + row.errors, 0);
  add("all", group.rows.map(overallLine), formatCount(errors));
  const names = new Set(group.rows.flatMap((row) => row.perOperation.map((o) => o.operation)));
  for (const name of names) {
    const found = group.rows.flatMap((row) =>
      row.perOperation.filter((o) => o.operation === name).map((o) => ({ row, operation: o })),
    );
    const rows = found.map(({ row, operation }) => operationLine(row, operation));
    add(name, rows, failuresText(found.map(({ operation }) => operation)));
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
  return { opsPerSec: row.opsPerSec, count, latencies: totalLatency(row) };
}

function operationLine(row: Row, operation: OperationResult): OperationLine {
  const { service, response, count } = operation;
  return {
    opsPerSec: row.elapsedNs > 0 ? (count * 1e9) / row.elapsedNs : undefined,
    count,
    latencies: { ...(service && { service }), ...(response && { response }) },
  };
}

/** Outcomes other than OK, summed over the runs: `0`, or `3 NOT_FOUND, 1 ERROR`. */
function failuresText(operations: readonly OperationResult[]): string {
  const sums = new Map<string, number>();
  for (const operation of operations) {
    for (const [name, count] of Object.entries(operation.returns)) {
      if (name !== "OK" && count > 0) sums.set(name, (sums.get(name) ?? 0) + count);
    }
  }
  if (sums.size === 0) return "0";
  // Failures first: an answer such as NOT_FOUND must not hide them.
  const sorted = [...sums].sort((a, b) => Number(ANSWERS.has(a[0])) - Number(ANSWERS.has(b[0])));
  return sorted.map(([name, count]) => `${formatCount(count)} ${name}`).join(", ");
}

interface EngineFigure {
  readonly name: string;
  readonly read: (stats: Row["stats"]) => number | undefined;
  readonly format: (value: number) => string;
}

function field(name: string): (stats: Row["stats"]) => number | undefined {
  return (stats) => numberOf(stats[name]);
}

const ENGINE_FIGURES: readonly EngineFigure[] = [
  { name: "Write ampl.", read: field("writeAmplification"), format: formatDigits },
  { name: "Read ampl.", read: field("readAmplification"), format: formatDigits },
  { name: "Space ampl.", read: field("spaceAmplification"), format: formatDigits },
  { name: "Files", read: field("files"), format: formatCount },
  { name: "On disk", read: field("diskBytes"), format: formatBytes },
  { name: "Dead on disk", read: field("deadBytes"), format: formatBytes },
  { name: "Syncs", read: field("syncs"), format: formatCount },
  { name: "Writes", read: field("writes"), format: formatCount },
  { name: "Cache hits", read: cacheHitShare, format: (share) => `${formatDigits(share)} %` },
  { name: "Stalls", read: field("stalls"), format: formatCount },
  { name: "Stalled", read: field("stallNs"), format: (ns) => formatDuration(ns / 1e6) },
  { name: "Keys", read: field("keys"), format: formatCount },
];

/** What engines say of themselves at the end of a run; absent when none says anything. */
export function engineTable(sets: readonly ComparisonSet[]): Markup | undefined {
  const groups = sets.flatMap((set) => set.groups);
  const known = groups.some((group) => group.rows.some((row) => Object.keys(row.stats).length > 0));
  if (!known) return undefined;
  const shown = ENGINE_FIGURES.filter((figure) => groups.some((group) => has(group, figure)));
  const head = shown.map((figure) => html`<th class="n">${figure.name}</th>`);
  const bodies = sets.map((set) => {
    const rows = set.groups.map((group, index) => {
      const first =
        index === 0
          ? html`<th scope="rowgroup" rowspan="${set.groups.length}">${set.title}</th>`
          : undefined;
      const cells = shown.map((figure) => html`<td>${figureText(group, figure)}</td>`);
      return html`<tr>${first}<th scope="row">${subjectName(group.subject)}</th>${cells}
<td class="t">${partsText(group, "bytesWritten")}</td>
<td class="t">${partsText(group, "memoryBytes")}</td></tr>`;
    });
    return html`<tbody>${rows}</tbody>`;
  });
  return html`<div class="scroll"><table class="engines">
<thead><tr><th>Benchmark</th><th>Store</th>${head}
<th>Bytes written</th><th>In memory</th></tr></thead>${bodies}</table></div>`;
}

function has(group: Group, figure: EngineFigure): boolean {
  return group.rows.some((row) => figure.read(row.stats) !== undefined);
}

function figureText(group: Group, figure: EngineFigure): string {
  const found = spread(group.rows.map((row) => figure.read(row.stats)));
  return found === undefined ? ABSENT : figure.format(found.median);
}

function cacheHitShare(stats: Row["stats"]): number | undefined {
  const hits = numberOf(stats.cacheHits);
  const misses = numberOf(stats.cacheMisses);
  if (hits === undefined || misses === undefined || hits + misses === 0) return undefined;
  return (100 * hits) / (hits + misses);
}

/** The sum, then its parts, largest first: `12.0 MiB: index 8.00 MiB, tail 4.00 MiB`. */
function partsText(group: Group, name: string): string {
  // Parts do not add up over medians: these are of the last run.
  const value = group.rows[group.rows.length - 1]!.stats[name];
  if (value === null || typeof value !== "object") return ABSENT;
  const parts = Object.entries(value)
    .map(([part, bytes]) => ({ name: part, bytes: numberOf(bytes) ?? 0 }))
    .sort((a, b) => b.bytes - a.bytes);
  const sum = parts.reduce((total, part) => total + part.bytes, 0);
  const named = parts.filter((part) => part.bytes > 0);
  if (named.length === 0) return formatBytes(sum);
  const texts = named.map((part) => `${part.name} ${formatBytes(part.bytes)}`);
  return `${formatBytes(sum)}: ${texts.join(", ")}`;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
