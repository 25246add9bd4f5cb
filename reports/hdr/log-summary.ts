// An interval log as one set of figures.
//
// The intervals are merged as HdrHistogram's own tests of its reader merge them, which gives its
// published figures: in cells of 3 significant digits and a unit of 1, at the lowest value of each
// cell of the interval. A log of fewer digits (jHiccup writes 2) thus gives figures at the low end
// of its cells; one of more digits is merged in its own.
//
// Without a filter all intervals count, whatever their tag, as they do there: a log in which one
// interval stands under two tags counts it twice. The figures of each tag stand beside the sum.

import { Histogram } from "./histogram.ts";
import { IntervalLogReader, type LogFilter } from "./interval-log.ts";

const MERGED_DIGITS = 3;

/** Values in the unit of the log, unscaled. */
export interface LogFigures {
  readonly intervals: number;
  readonly totalCount: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly mean: number;
}

export interface TagFigures extends LogFigures {
  /** null: the intervals without a tag. */
  readonly tag: string | null;
}

export interface LogSummary extends LogFigures {
  /** Start of the log, since the epoch; 0 when nothing in it gives one. */
  readonly startTimeSeconds: number;
  /** Of the values; null where the log does not say. */
  readonly unit: string | null;
  /** In the order of first appearance; one element where no line has a tag, none without lines. */
  readonly tags: readonly TagFigures[];
}

class Merger {
  #intervals = 0;
  #merged = newMerged(MERGED_DIGITS);

  add(histogram: Histogram, intervals = 1): void {
    if (histogram.significantDigits > this.#merged.significantDigits) {
      const coarser = this.#merged;
      this.#merged = newMerged(histogram.significantDigits);
      this.#merged.add(coarser);
    }
    this.#merged.add(histogram);
    this.#intervals += intervals;
  }

  addMerger(other: Merger): void {
    this.add(other.#merged, other.#intervals);
  }

  figures(): LogFigures {
    const [p50, p99, p999] = this.#merged.valuesAtPercentiles([50, 99, 99.9]);
    const { totalCount, max, mean } = this.#merged;
    return { intervals: this.#intervals, totalCount, p50: p50!, p99: p99!, p999: p999!, max, mean };
  }
}

function newMerged(significantDigits: number): Histogram {
  return new Histogram({ highestTrackableValue: 2, significantDigits });
}

/**
 * Sums up a log; an empty one gives zeros.
 *
 * @param text the whole log.
 * @throws HistogramError HDR_LOG, with the line, where a line or its histogram cannot be read.
 */
export function summarizeLog(text: string, filter: LogFilter = {}): LogSummary {
  const reader = new IntervalLogReader(text);
  const byTag = new Map<string | null, Merger>();
  for (const { tag, histogram } of reader.intervals(filter)) {
    let merger = byTag.get(tag);
    if (merger === undefined) byTag.set(tag, (merger = new Merger()));
    merger.add(histogram);
  }
  const whole = new Merger();
  for (const merger of byTag.values()) whole.addMerger(merger);
  return {
    startTimeSeconds: reader.startTimeSeconds,
    unit: reader.unit,
    ...whole.figures(),
    tags: [...byTag].map(([tag, merger]) => ({ tag, ...merger.figures() })),
  };
}
