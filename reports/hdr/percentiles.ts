// A distribution by percentile, with steps that get finer towards 100 %.

import { HistogramError } from "./errors.ts";
import type { Histogram } from "./histogram.ts";

export interface PercentileStep {
  /** The highest value of the cell in which the level is reached. */
  readonly value: number;
  /** The level, 0 to 100, inclusive; the last step is 100. */
  readonly percentile: number;
  /** How many values lie at or below `value`. */
  readonly totalCount: number;
}

function checkTicks(ticks: number): void {
  if (!Number.isSafeInteger(ticks) || ticks < 1) {
    throw new HistogramError("HDR_OPTION", `ticks per half distance: ${ticks}, not from 1`);
  }
}

/** The level after this one: each half of the distance to 100 has the same number of ticks. */
function nextLevel(level: number, ticksPerHalfDistance: number): number {
  const halvings = Math.trunc(Math.log(100 / (100 - level)) / Math.log(2)) + 1;
  return level + 100 / (ticksPerHalfDistance * 2 ** halvings);
}

/**
 * The steps of HdrHistogram's PercentileIterator: the levels 0, then up in ticks, each at the first
 * cell that reaches it, until the last cell; then 100 at that cell. None when empty.
 *
 * @param ticksPerHalfDistance an integer from 1; HdrHistogram's default is 5.
 */
export function* percentileSteps(
  histogram: Histogram,
  ticksPerHalfDistance = 5,
): Generator<PercentileStep, void, undefined> {
  checkTicks(ticksPerHalfDistance);
  const total = histogram.totalCount;
  let level = 0;
  let totalCount = 0;
  for (let index = histogram.minIndex; index <= histogram.maxIndex; index++) {
    const count = histogram.countAtIndex(index);
    if (count === 0) continue;
    totalCount += count;
    const value = histogram.layout.highestAt(index);
    const reached = (100 * totalCount) / total;
    while (level < 100 && reached >= level) {
      yield { value, percentile: level, totalCount };
      const next = nextLevel(level, ticksPerHalfDistance);
      // Beyond 2^52 values a tick is finer than a double; only the last step is left then.
      level = next > level ? next : 100;
      if (totalCount === total) break;
    }
  }
  if (total > 0) yield { value: histogram.max, percentile: 100, totalCount: total };
}

export interface QuantilePoint {
  /** 1 / (1 - percentile / 100): 1, 2 at the median, 100 at 99 %; the log axis of the curve. */
  readonly inverseTail: number;
  /** 0 to below 100. */
  readonly percentile: number;
  readonly value: number;
}

/**
 * The latency curve of a report: `ticksPerHalfDistance` points, evenly spaced on the log axis, for
 * each halving of the distance to 100 %. It ends where the values do: the last point is the largest
 * value, at an inverse tail of the total count. Empty for an empty histogram.
 *
 * @param ticksPerHalfDistance an integer from 1.
 */
export function quantileCurve(histogram: Histogram, ticksPerHalfDistance = 4): QuantilePoint[] {
  checkTicks(ticksPerHalfDistance);
  const total = histogram.totalCount;
  if (total === 0) return [];
  const inverseTails: number[] = [];
  for (let tick = 0; 2 ** (tick / ticksPerHalfDistance) < total; tick++) {
    inverseTails.push(2 ** (tick / ticksPerHalfDistance));
  }
  inverseTails.push(total);
  const percentiles = inverseTails.map((tail) => 100 * (1 - 1 / tail));
  const values = histogram.valuesAtPercentiles(percentiles);
  values[values.length - 1] = histogram.max;
  return inverseTails.map((inverseTail, i) => ({
    inverseTail,
    percentile: percentiles[i]!,
    value: values[i]!,
  }));
}
