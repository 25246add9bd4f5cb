// What the charts of a comparison set show, as plain data: no markup, no colours, no Chart.js.
//
//  - bars: throughput of each group, the range over its runs as error bar.
//  - percentiles: latency over 1/(1-p), runs merged, one view per operation.
//  - throughput over time, latency over time: time-charts.ts, with the events of event-lanes.ts.
//  - what engines said of themselves over time: stats-chart.ts.

import { type ComparisonSet, type Group, measuresHarness } from "./groups.ts";
import type { Histogram } from "./hdr/histogram.ts";
import { quantileCurve } from "./hdr/percentiles.ts";
import { type Clock, operationNames, operationsHistogram } from "./latencies.ts";
import { rankingFigure } from "./verdict.ts";

/** One line of a chart. */
export interface Series {
  readonly label: string;
  /** Index of its colour in the palette. */
  readonly slot: number;
  readonly dash: "solid" | "dashed" | "dotted" | "dash-dotted";
  /** x0, y0, x1, y1, ...; x never falls. */
  readonly points: readonly number[];
  /** Where the warm-up ends on the x axis; absent when there is none. */
  readonly warmupEnd?: number;
  /** Indices of points whose interval had errors. */
  readonly errorsAt?: readonly number[];
}

/** The events of one kind of one run, in a lane under the plot. */
export interface Lane {
  /** Store and kind: `lsm compaction`. */
  readonly label: string;
  readonly kind: string;
  /**
   * Start and end on the x axis, in seconds, number of events, milliseconds within them, and bytes,
   * -1 where nobody knows them: five numbers for each mark, by start.
   */
  readonly marks: readonly number[];
  /** What was worked on, of each mark; empty where that is unknown. */
  readonly details: readonly string[];
}

export interface Lanes {
  readonly list: readonly Lane[];
  /** Indices into `list`, by the same keys as the views of the chart. */
  readonly views: Readonly<Record<string, readonly number[]>>;
}

/** A choice that the reader has. */
export interface Choice {
  readonly name: string;
  readonly options: readonly string[];
  /** Index of the option that is shown at first. */
  readonly initial: number;
}

/** A line chart: for each combination of options, the series that are shown. */
export interface LineChart {
  readonly kind: "percentiles" | "time";
  readonly id: string;
  readonly title: string;
  /** `nanoseconds`, `rate` (operations a second) or `bytes`. */
  readonly y: "nanoseconds" | "rate" | "bytes";
  readonly yLog: boolean;
  readonly choices: readonly Choice[];
  readonly series: readonly Series[];
  /** Indices into `series`, by the option indices joined with a comma (`0,2`). */
  readonly views: Readonly<Record<string, readonly number[]>>;
  /** Events under the plot; absent when there are none. */
  readonly lanes?: Lanes;
}

export interface Bar {
  readonly label: string;
  readonly slot: number;
  readonly value: number;
  /** The range over the runs; equal to the value with one run. */
  readonly low: number;
  readonly high: number;
  readonly runs: number;
}

export interface BarChart {
  readonly kind: "bars";
  readonly id: string;
  readonly title: string;
  readonly y: "nanoseconds" | "rate";
  readonly bars: readonly Bar[];
}

export type ChartSpec = LineChart | BarChart;

/** Percentiles that the curve has ticks at, and that its table lists. */
export const PERCENTILE_TICKS: readonly number[] = [50, 90, 99, 99.9, 99.99, 99.999];

/** Name of the view that merges all operations. */
const ALL_OPERATIONS = "All operations";

/** 1/(1-p) of a percentile from 0 to below 100, free of rounding dust: 99.9 -> 1000. */
export function tailPosition(percentile: number): number {
  return Number((100 / (100 - percentile)).toPrecision(8));
}

/**
 * x, y pairs of the percentile curve, y in nanoseconds and at least `floorNs`: evenly spaced places
 * and the places of the ticks, so that what a reader sees at a tick is exact.
 */
function percentilePoints(histogram: Histogram, floorNs: number): number[] {
  const places = new Map<number, number>();
  for (const point of quantileCurve(histogram)) places.set(point.inverseTail, point.value);
  const ticks = PERCENTILE_TICKS.filter((tick) => tailPosition(tick) < histogram.totalCount);
  const values = histogram.valuesAtPercentiles(ticks);
  ticks.forEach((tick, i) => {
    places.set(tailPosition(tick), values[i]!);
  });
  const sorted = [...places].sort((a, b) => a[0] - b[0]);
  return sorted.flatMap(([x, value]) => [significant(x), Math.max(floorNs, value)]);
}

/**
 * The figure that the set is ranked by, as bars; absent when no group has it. The harness is left
 * out beside stores: its bar would dwarf theirs.
 */
export function barChart(set: ComparisonSet): BarChart | undefined {
  const bars: Bar[] = [];
  for (const group of storesOf(set)) {
    const figure = rankingFigure(set, group);
    if (figure === undefined) continue;
    const { name, slot } = group.subject;
    const { median, min, max, count } = figure;
    bars.push({ label: name, slot, value: median, low: min, high: max, runs: count });
  }
  if (bars.length === 0) return undefined;
  return {
    kind: "bars",
    id: `${set.id}-bars`,
    title: set.open ? "Response time, p99" : "Throughput",
    y: set.open ? "nanoseconds" : "rate",
    bars,
  };
}

/** The groups of a set without the harness, unless it is alone. */
export function storesOf(set: ComparisonSet): readonly Group[] {
  const stores = set.groups.filter((group) => !measuresHarness(group.subject));
  return stores.length > 0 ? stores : set.groups;
}

/** Latency percentiles; absent when no group recorded histograms. */
export function percentileChart(set: ComparisonSet, floorNs: number): LineChart | undefined {
  const names = operationNames(set.groups.flatMap((group) => group.rows));
  const series: Series[] = [];
  const views: Record<string, number[]> = {};
  const options: string[] = [];
  for (const name of names.length > 1 ? [undefined, ...names] : names) {
    const shown: number[] = [];
    for (const group of set.groups) {
      for (const line of percentileSeries(group, name, floorNs)) shown.push(series.push(line) - 1);
    }
    if (shown.length === 0) continue;
    views[String(options.length)] = shown;
    options.push(name ?? ALL_OPERATIONS);
  }
  if (series.length === 0) return undefined;
  const choices = options.length > 1 ? [{ name: "Operation", options, initial: 0 }] : [];
  return {
    kind: "percentiles",
    id: `${set.id}-percentiles`,
    title: "Latency by percentile",
    y: "nanoseconds",
    yLog: true,
    choices,
    series,
    views: choices.length > 0 ? views : { "": views["0"]! },
  };
}

function percentileSeries(group: Group, operation: string | undefined, floorNs: number): Series[] {
  const response = operationsHistogram(group.rows, "response", operation);
  const service = operationsHistogram(group.rows, "service", operation);
  const both = response !== undefined && service !== undefined;
  const lines: Series[] = [];
  const add = (histogram: Histogram | undefined, clock: Clock) => {
    if (histogram === undefined || histogram.totalCount === 0) return;
    lines.push({
      label: both ? `${group.subject.name}, ${clock}` : group.subject.name,
      slot: group.subject.slot,
      dash: both && clock === "service" ? "dashed" : "solid",
      points: percentilePoints(histogram, floorNs),
    });
  };
  add(response, "response");
  add(service, "service");
  return lines;
}

/** Six digits are more than a chart can show, and keep the page small. */
export function significant(value: number): number {
  return Number(value.toPrecision(6));
}
