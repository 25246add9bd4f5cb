// The intervals of a row: how long they are, and what one becomes in the result.
//
// A row of a tenth of a second needs points enough for a line over time, and a row of an hour not
// too many: intervals last 100 ms in the first 2 s of a row, warm-up included, and 1 s after that.
// One ends at the first beat of its run that comes no more than SLACK_NS too early. It may be
// shorter where the warm-up, the row or the time of a status line ends, and longer where a store
// holds the thread; each carries its own start and duration.
//
// Encoding the histograms of an interval takes about a millisecond. Ten times a second that would
// be one operation in a hundred, and so the 99th percentile, so an interval is kept as it was
// recorded for a while and encoded later (recorder.ts).

import { encodeBase64 } from "../reports/hdr/codec.ts";
import type { Histogram } from "../reports/hdr/histogram.ts";
import type { Interval } from "../reports/result.ts";
import { HistogramMap, sumOf } from "./histogram-map.ts";

const SHORT_NS = 1e8;
const LONG_NS = 1e9;
/** Intervals that start sooner than this after their row are short. */
const SHORT_UNTIL_NS = 2e9;
/** A beat that is early by so little still ends an interval. */
const SLACK_NS = 1e7;

/** Whether an interval is at its end. Both starts and `nowNs` are readings of one clock. */
export function isIntervalOver(rowStartNs: number, startNs: number, nowNs: number): boolean {
  const lengthNs = startNs - rowStartNs < SHORT_UNTIL_NS - SLACK_NS ? SHORT_NS : LONG_NS;
  return nowNs - startNs >= lengthNs - SLACK_NS;
}

/** What one series recorded in an interval; nobody else changes these histograms. */
export interface IntervalSeries {
  readonly name: string;
  /** Part of the figures over all operations. */
  readonly counts: boolean;
  /** Not empty. */
  readonly service: Histogram;
  /** Open loop only. */
  readonly response: Histogram | undefined;
}

/** An interval as it was recorded. */
export interface RawInterval {
  readonly startMs: number;
  readonly durationMs: number;
  readonly warmup: boolean;
  readonly operations: number;
  readonly errors: number;
  readonly series: readonly IntervalSeries[];
}

/** The interval as it stands in the result. */
export function encodeInterval(raw: RawInterval): Interval {
  const { series, ...interval } = raw;
  if (series.length === 0) return interval;
  const services = new HistogramMap();
  const responses = new HistogramMap();
  for (const { name, service, response } of series) {
    services.add(name, service);
    if (response !== undefined) responses.add(name, response);
  }
  const all = allOperations(raw);
  return {
    ...interval,
    ...(all === undefined ? {} : { latencyNs: all.summary() }),
    serviceHistograms: encodeAll(services),
    ...(responses.size === 0 ? {} : { responseHistograms: encodeAll(responses) }),
  };
}

/** Over all operations, response times in open loop; undefined when nothing was recorded. */
export function allOperations({ series }: RawInterval): Histogram | undefined {
  const counted = series.filter(({ counts }) => counts);
  const all = counted.map(({ response, service }) => response ?? service);
  return all.length === 0 ? undefined : sumOf(all);
}

function encodeAll(histograms: HistogramMap): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, histogram] of histograms.entries()) texts[name] = encodeBase64(histogram);
  return texts;
}
