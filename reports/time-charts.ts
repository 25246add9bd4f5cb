// The charts of a comparison set over time: throughput and latency by interval, with the events of
// the engines under them, and what the engines said of themselves. One view per run, and at first
// the median run of each group.

import { type Choice, type LineChart, type Series, significant, storesOf } from "./chart-data.ts";
import { eventLanes } from "./event-lanes.ts";
import { type ComparisonSet, type Group, medianRun } from "./groups.ts";
import { type Clock, isAllFailed, rowClock } from "./latencies.ts";
import type { Interval, Latency, Row } from "./result.ts";

/** Throughput over time; absent when no row has intervals. Without the harness, as the bars. */
export function throughputChart(set: ComparisonSet): LineChart | undefined {
  const read = (interval: Interval) =>
    interval.durationMs > 0 ? (interval.operations * 1000) / interval.durationMs : undefined;
  return timeChart(
    { ...set, groups: storesOf(set) },
    {
      id: "throughput",
      title: "Throughput over time",
      y: "rate",
      yLog: false,
      figures: [{ name: "ops/s", dash: "solid", points: (row) => intervalPoints(row, read) }],
      offered: true,
      events: true,
    },
  );
}

/** Latency over time; absent when no interval has latencies. */
export function latencyChart(set: ComparisonSet, floorNs: number): LineChart | undefined {
  const figure = (name: string, dash: Series["dash"], pick: (latency: Latency) => number) => {
    const read = ({ latencyNs }: Interval) =>
      latencyNs === undefined ? undefined : Math.max(floorNs, pick(latencyNs));
    return { name, dash, points: (row: Row) => intervalPoints(row, read) };
  };
  return timeChart(set, {
    id: "latency",
    title: "Latency over time",
    y: "nanoseconds",
    yLog: true,
    figures: [
      figure("p99", "solid", (latency) => latency.p99),
      figure("p50", "dotted", (latency) => latency.p50),
      figure("max", "dashed", (latency) => latency.max),
    ],
    offered: false,
    events: true,
  });
}

const SAMPLED: readonly (readonly [field: string, name: string, dash: Series["dash"]])[] = [
  ["diskBytes", "on disk", "solid"],
  ["memoryBytes", "in memory", "dashed"],
  ["compactionDebtBytes", "debt", "dotted"],
  ["deadBytes", "dead", "dash-dotted"],
];

/** Bytes of the engines over time, as they said themselves; absent when none said anything. */
export function sampledChart(set: ComparisonSet): LineChart | undefined {
  const rows = set.groups.flatMap((group) => group.rows);
  const figures = SAMPLED.map(([field, name, dash]) => {
    return { name, dash, points: (row: Row) => samplePoints(row, field) };
  });
  return timeChart(
    { ...set, groups: storesOf(set) },
    {
      id: "sampled",
      title: "Disk, memory and debt over time",
      y: "bytes",
      yLog: false,
      figures: figures.filter(({ points }) => rows.some((row) => points(row).points.length > 0)),
      offered: false,
      events: false,
    },
  );
}

/** Points of a line, and the indices of those whose interval had errors. */
interface Points {
  readonly points: number[];
  readonly errorsAt: number[];
}

interface TimeFigure {
  readonly name: string;
  readonly dash: Series["dash"];
  /** Empty where the row has none. */
  readonly points: (row: Row) => Points;
}

interface TimeChartPlan {
  readonly id: string;
  readonly title: string;
  readonly y: LineChart["y"];
  readonly yLog: boolean;
  readonly figures: readonly TimeFigure[];
  /** Draw the offered rate of an open loop too. */
  readonly offered: boolean;
  /** Draw the events under the lines. */
  readonly events: boolean;
}

function timeChart(set: ComparisonSet, plan: TimeChartPlan): LineChart | undefined {
  const series: Series[] = [];
  // Index of the series of each figure of each row; -1 where there is nothing to draw.
  const drawn = new Map<Row, number[]>();
  for (const group of set.groups) {
    for (const row of group.rows) {
      const indices = plan.figures.map((figure) => {
        const line = timeSeries(group, row, figure, plan.figures.length > 1);
        return line === undefined ? -1 : series.push(line) - 1;
      });
      drawn.set(row, indices);
    }
  }
  if (series.length === 0) return undefined;
  const runs = [...new Set(set.groups.flatMap((g) => g.rows.map((row) => row.run)))];
  runs.sort((a, b) => a - b);
  const runChoice = runs.length > 1 ? runChoiceOf(runs) : undefined;
  const figureChoice = plan.figures.length > 1 ? figureChoiceOf(plan, set) : undefined;
  const choices = [runChoice, figureChoice].filter((choice) => choice !== undefined);
  const offered = plan.offered ? offeredSeries(set, series) : undefined;
  const extra = offered === undefined ? [] : [series.push(offered) - 1];
  const views: Record<string, number[]> = {};
  const rowsOfView = new Map<string, Row[]>();
  for (let r = 0; r < (runChoice?.options.length ?? 1); r++) {
    const rows = set.groups.flatMap((group) => rowOfView(group, runs, r));
    for (let f = 0; f < (figureChoice?.options.length ?? 1); f++) {
      const pick = (row: Row) => figuresOfView(drawn.get(row)!, f);
      const key = [runChoice && r, figureChoice && f].filter((part) => part !== undefined);
      views[key.join(",")] = [...rows.flatMap(pick).filter((index) => index >= 0), ...extra];
      rowsOfView.set(key.join(","), rows);
    }
  }
  const { id, title, y, yLog } = plan;
  const lanes = plan.events ? eventLanes(set, rowsOfView) : undefined;
  const chart = { id: `${set.id}-${id}`, title, y, yLog, choices, series, views };
  return { kind: "time", ...chart, ...(lanes === undefined ? {} : { lanes }) };
}

function runChoiceOf(runs: readonly number[]): Choice {
  const options = ["median run of each", ...runs.map((run) => `run ${run}`)];
  return { name: "Run", options, initial: 0 };
}

/** The first option shows all figures at once: readable for one or two subjects only. */
function figureChoiceOf(plan: TimeChartPlan, set: ComparisonSet): Choice {
  const names = plan.figures.map((figure) => figure.name);
  const initial = set.groups.length <= 2 ? 0 : 1;
  return { name: "Figure", options: [`all: ${names.join(", ")}`, ...names], initial };
}

function rowOfView(group: Group, runs: readonly number[], option: number): Row[] {
  if (runs.length === 1 || option === 0) return [medianRun(group)];
  return group.rows.filter((row) => row.run === runs[option - 1]);
}

function figuresOfView(indices: readonly number[], option: number): readonly number[] {
  return option === 0 ? indices : [indices[option - 1]!];
}

function timeSeries(
  group: Group,
  row: Row,
  figure: TimeFigure,
  named: boolean,
): Series | undefined {
  const { points, errorsAt } = figure.points(row);
  if (points.length === 0) return undefined;
  const warmup = row.intervals.filter((interval) => interval.warmup);
  const warmupEnd = Math.max(0, ...warmup.map(endOf));
  return {
    label: named ? `${group.subject.name}, ${figure.name}` : group.subject.name,
    slot: group.subject.slot,
    dash: figure.dash,
    points,
    ...(warmupEnd > 0 ? { warmupEnd: significant(warmupEnd) } : {}),
    ...(errorsAt.length > 0 ? { errorsAt } : {}),
  };
}

/**
 * A point stands at the end of its interval: that is when its figure was known. None where all
 * operations of the row failed: `failedRuns` has these for the text.
 */
function intervalPoints(row: Row, read: (interval: Interval) => number | undefined): Points {
  const points: number[] = [];
  const errorsAt: number[] = [];
  if (isAllFailed(row)) return { points, errorsAt };
  for (const interval of row.intervals) {
    const value = read(interval);
    if (value === undefined) continue;
    if (interval.errors > 0) errorsAt.push(points.length / 2);
    points.push(significant(endOf(interval)), significant(value));
  }
  return { points, errorsAt };
}

function endOf(interval: Interval): number {
  return (interval.startMs + interval.durationMs) / 1000;
}

function samplePoints(row: Row, field: string): Points {
  const points: number[] = [];
  for (const { atMs, stats } of row.samples ?? []) {
    const value = stats[field];
    if (value !== undefined) points.push(significant(atMs / 1000), significant(value));
  }
  return { points, errorsAt: [] };
}

/** The offered rate of an open loop, over the time that any series has; absent in closed loop. */
function offeredSeries(set: ComparisonSet, series: readonly Series[]): Series | undefined {
  const loop = set.groups[0]!.rows[0]!.loop;
  if (loop.kind === "closed") return undefined;
  const end = Math.max(...series.map((line) => line.points[line.points.length - 2] ?? 0));
  const rate = loop.ratePerSec;
  return { label: "offered", slot: -1, dash: "dashed", points: [0, rate, end, rate] };
}

/** Names of the runs that have no lines since all their operations failed: `lsm`, `lsm run 2`. */
export function failedRuns(set: ComparisonSet): string[] {
  return set.groups.flatMap(({ subject, rows }) => {
    const failed = rows.filter(isAllFailed);
    if (failed.length === rows.length) return [subject.name];
    return failed.map((row) => `${subject.name} run ${row.run}`);
  });
}

/** Latency clock that the charts over time show for a set, for the caption. */
export function timeClock(set: ComparisonSet): Clock {
  return rowClock(set.groups[0]!.rows[0]!);
}
