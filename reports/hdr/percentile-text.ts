// A histogram as HdrHistogram's percentile distribution: the `.hgrm` text that its plotters read,
// and the CSV variant of it.

import { HistogramError } from "./errors.ts";
import { formatFixed } from "./fixed.ts";
import type { Histogram } from "./histogram.ts";
import { percentileSteps } from "./percentiles.ts";

export interface PercentileTextOptions {
  /** What the values are divided by: 1e6 prints nanoseconds as milliseconds. The default is 1. */
  readonly valueUnitRatio?: number;
  /** Rows for each halving of the distance to 100 %, from 1; the default is 5. */
  readonly ticksPerHalfDistance?: number;
  /** `text` (the default) ends with mean, deviation, maximum and the size; `csv` does not. */
  readonly format?: "text" | "csv";
}

/** @throws HistogramError HDR_OPTION when the ratio is not above 0 or the ticks are not from 1. */
export function percentileText(histogram: Histogram, options: PercentileTextOptions = {}): string {
  const ratio = options.valueUnitRatio ?? 1;
  if (!(ratio > 0 && ratio < Infinity)) {
    throw new HistogramError("HDR_OPTION", `value unit ratio: ${ratio}, not above 0`);
  }
  const csv = options.format === "csv";
  const digits = histogram.significantDigits;
  const lines = csv
    ? ['"Value","Percentile","TotalCount","1/(1-Percentile)"']
    : ["       Value     Percentile TotalCount 1/(1-Percentile)", ""];
  for (const step of percentileSteps(histogram, options.ticksPerHalfDistance)) {
    const fraction = step.percentile / 100;
    const isLast = step.percentile === 100;
    const value = formatFixed(step.value / ratio, digits);
    const level = formatFixed(fraction, 12);
    const count = String(step.totalCount);
    const inverse = isLast ? "Infinity" : formatFixed(1 / (1 - fraction), 2);
    if (csv) lines.push(`${value},${level},${count},${inverse}`);
    else {
      const columns = `${value.padStart(12)} ${level} ${count.padStart(10)}`;
      lines.push(isLast ? columns : `${columns} ${inverse.padStart(14)}`);
    }
  }
  if (!csv) {
    const scaled = (value: number) => formatFixed(value / ratio, digits).padStart(12);
    const whole = (value: number) => String(value).padStart(12);
    const { mean, standardDeviation, max, totalCount, bucketCount, layout } = histogram;
    lines.push(
      `#[Mean    = ${scaled(mean)}, StdDeviation   = ${scaled(standardDeviation)}]`,
      `#[Max     = ${scaled(max)}, Total count    = ${whole(totalCount)}]`,
      `#[Buckets = ${whole(bucketCount)}, SubBuckets     = ${whole(layout.subBucketCount)}]`,
    );
  }
  return `${lines.join("\n")}\n`;
}
