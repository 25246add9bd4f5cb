// A result as tables for spreadsheets and statistics programs: one row per run and operation, one
// per interval, one per event, one per sample. Units stand in the names of the columns; an absent
// figure is an empty cell.

import { stringify } from "csv-stringify/sync";
import { busyMsOf } from "./events.ts";
import { measuredOperations, rateOf, rowClock, totalLatency } from "./latencies.ts";
import type { ClusterSettings, Latency, Result, Row } from "./result.ts";

type Cell = string | number | boolean | undefined;
type Line = Record<string, Cell>;

/** The name that the row over all operations has in the column `operation`. */
const OVERALL = "OVERALL";

/**
 * One line per run and operation, after a line for all operations of the run (`OVERALL`).
 *
 * @param labels one for each result, for the column `result`.
 */
export function rowsCsv(results: readonly Result[], labels: readonly string[]): string {
  const lines: Line[] = [];
  results.forEach((result, index) => {
    for (const row of result.rows) lines.push(...rowLines(row, labels[index]!, result));
  });
  return toCsv(lines, ROW_COLUMNS);
}

/** One line per interval of each run, warm-up included and marked. */
export function intervalsCsv(results: readonly Result[], labels: readonly string[]): string {
  const lines: Line[] = [];
  results.forEach((result, index) => {
    for (const row of result.rows) lines.push(...intervalLines(row, labels[index]!));
  });
  return toCsv(lines, INTERVAL_COLUMNS);
}

/** One line per event of each run: what the engine did by itself. */
export function eventsCsv(results: readonly Result[], labels: readonly string[]): string {
  const lines: Line[] = [];
  results.forEach((result, index) => {
    for (const row of result.rows) lines.push(...eventLines(row, labels[index]!));
  });
  return toCsv(lines, EVENT_COLUMNS);
}

/** One line per sample of each run: what the engine said of itself. */
export function samplesCsv(results: readonly Result[], labels: readonly string[]): string {
  const lines: Line[] = [];
  results.forEach((result, index) => {
    for (const row of result.rows) {
      const head = runCells(row, labels[index]!);
      for (const { atMs, stats } of row.samples ?? []) lines.push({ ...stats, ...head, atMs });
    }
  });
  const figures = new Set(lines.flatMap((line) => Object.keys(line)));
  return toCsv(lines, [...new Set([...RUN_COLUMNS, "atMs", ...figures])]);
}

const LATENCY_FIGURES: readonly (keyof Latency)[] = ["mean", "p50", "p95", "p99", "p999", "max"];

const CLUSTER_CELLS: readonly (keyof ClusterSettings)[] = [
  ...(["nodes", "n", "r", "w", "level", "conflicts", "fanOut", "repair"] as const),
];

const ROW_COLUMNS: readonly string[] = [
  "result",
  "kind",
  "startedAt",
  "seed",
  "engine",
  "engineVersion",
  "benchmark",
  "run",
  "durability",
  "records",
  "operations",
  "concurrency",
  "valueBytes",
  "cacheBytes",
  ...CLUSTER_CELLS.map(clusterColumn),
  "loop",
  "arrivals",
  "ratePerSec",
  "partial",
  "cutShortOf",
  "invalid",
  "elapsedNs",
  "warmupOperations",
  "warmupMs",
  "notes",
  "operation",
  "count",
  "opsPerSec",
  "errors",
  "returns",
  ...latencyColumns("service"),
  ...latencyColumns("response"),
];

/** What a line of an interval, an event or a sample belongs to. */
const RUN_COLUMNS: readonly string[] = [
  "result",
  "engine",
  "benchmark",
  "run",
  "durability",
  "concurrency",
];

const EVENT_COLUMNS: readonly string[] = [
  ...RUN_COLUMNS,
  ...["kind", "startMs", "endMs", "busyMs", "count", "bytes", "detail"],
];

const INTERVAL_COLUMNS: readonly string[] = [
  ...RUN_COLUMNS,
  "startMs",
  "durationMs",
  "warmup",
  "operations",
  "errors",
  "opsPerSec",
  "clock",
  ...latencyColumns(""),
];

function latencyColumns(clock: string): string[] {
  return LATENCY_FIGURES.map((figure) => latencyColumn(clock, figure));
}

/** `fanOut` -> `clusterFanOut`. */
function clusterColumn(name: string): string {
  return `cluster${name[0]!.toUpperCase()}${name.slice(1)}`;
}

/** `p999` of `service` -> `serviceP999Ns`. */
function latencyColumn(clock: string, figure: string): string {
  const name = clock === "" ? figure : `${clock}${figure[0]!.toUpperCase()}${figure.slice(1)}`;
  return `${name}Ns`;
}

function latencyCells(clock: string, latency: Latency | undefined): Line {
  const cells: Line = {};
  for (const figure of LATENCY_FIGURES) cells[latencyColumn(clock, figure)] = latency?.[figure];
  return cells;
}

function rowLines(row: Row, label: string, result: Result): Line[] {
  const open = row.loop.kind === "open" ? row.loop : undefined;
  const head: Line = {
    result: label,
    kind: result.kind,
    startedAt: result.startedAt,
    seed: result.seed,
    engine: row.engine,
    engineVersion: row.engineVersion,
    benchmark: row.benchmark,
    run: row.run,
    durability: row.durability,
    records: row.records,
    operations: row.operations,
    concurrency: row.concurrency,
    valueBytes: row.valueBytes,
    cacheBytes: row.cacheBytes,
    ...clusterCells(row),
    loop: row.loop.kind,
    arrivals: open?.arrivals,
    ratePerSec: open?.ratePerSec,
    partial: row.partial,
    cutShortOf: row.cutShortOf,
    invalid: open?.invalid ?? false,
    elapsedNs: row.elapsedNs,
    warmupOperations: row.warmup.operations,
    warmupMs: row.warmup.ms,
    notes: row.notes.join("; "),
  };
  const total = totalLatency(row);
  const overall: Line = {
    ...head,
    operation: OVERALL,
    count: measuredOperations(row),
    opsPerSec: rateOf(row),
    errors: row.errors,
    ...latencyCells("service", total.service),
    ...latencyCells("response", total.response),
  };
  const seconds = row.elapsedNs / 1e9;
  const each = row.perOperation.map((operation) => ({
    ...head,
    operation: operation.operation,
    count: operation.count,
    opsPerSec: seconds > 0 ? operation.count / seconds : undefined,
    returns: returnsText(operation.returns),
    ...latencyCells("service", operation.service),
    ...latencyCells("response", operation.response),
  }));
  return [overall, ...each];
}

function clusterCells({ cluster }: Row): Line {
  return Object.fromEntries(CLUSTER_CELLS.map((name) => [clusterColumn(name), cluster?.[name]]));
}

function intervalLines(row: Row, label: string): Line[] {
  return row.intervals.map((interval) => {
    const { startMs, durationMs, warmup, operations, errors, latencyNs } = interval;
    return {
      ...runCells(row, label),
      startMs,
      durationMs,
      warmup,
      operations,
      errors,
      opsPerSec: durationMs > 0 ? (operations * 1000) / durationMs : undefined,
      clock: latencyNs === undefined ? undefined : rowClock(row),
      ...latencyCells("", latencyNs),
    };
  });
}

function eventLines(row: Row, label: string): Line[] {
  return (row.events ?? []).map((event) => ({
    ...runCells(row, label),
    kind: event.kind,
    startMs: event.startMs,
    endMs: event.endMs,
    busyMs: busyMsOf(event),
    count: event.count ?? 1,
    bytes: event.bytes,
    detail: event.detail,
  }));
}

function runCells(row: Row, label: string): Line {
  const { engine, benchmark, run, durability, concurrency } = row;
  return { result: label, engine, benchmark, run, durability, concurrency };
}

function returnsText(returns: Readonly<Record<string, number>>): string {
  return Object.entries(returns)
    .map(([name, count]) => `${name}=${count}`)
    .join("; ");
}

function toCsv(lines: readonly Line[], columns: readonly string[]): string {
  return stringify([...lines], {
    header: true,
    columns,
    cast: { string: guardFormula, boolean: (value) => String(value) },
  });
}

/**
 * Spreadsheets run a cell that starts like a formula, and an engine's name may come from anybody:
 * such text gets an apostrophe in front. Numbers are not touched.
 */
function guardFormula(text: string): string {
  return /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
}
