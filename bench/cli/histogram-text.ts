// `--histogram`: the latencies of each row as db_bench prints them, in nanoseconds.

import { formatCount, formatDigits } from "../../reports/format.ts";
import type { Latency, Result, Row } from "../../reports/result.ts";
import { type LatencyBuckets, latencyBuckets } from "../latency-buckets.ts";

const LINE = "-".repeat(66);
/** One # for each 5 %, as there. */
const MARKS = 20;

/** The rows with their buckets, for the JSON. */
export function withBuckets(result: Result): Result {
  const rows = result.rows.map((row) => {
    const buckets = latencyBuckets(row);
    return buckets.length === 0 ? row : { ...row, latencyBuckets: buckets };
  });
  return { ...result, rows };
}

/** The histograms of all rows; empty where nothing was timed. */
export function histogramText(result: Result): string {
  return result.rows.flatMap((row) => latencyBuckets(row).map((one) => blockOf(row, one))).join("");
}

function blockOf(row: Row, { operation, buckets }: LatencyBuckets[number]): string {
  const of = row.perOperation.find((each) => each.operation === operation)?.service;
  const count = buckets.reduce((sum, each) => sum + each.count, 0);
  const limits = buckets.flatMap(({ fromNs, toNs }) => [`${fromNs}`, `${toNs}`]);
  const cells = Math.max(7, ...limits.map((text) => text.length));
  let below = 0;
  const lines = buckets.map((bucket) => {
    below += bucket.count;
    const share = bucket.count / count;
    const range = [bucket.fromNs, bucket.toNs].map((ns) => String(ns).padStart(cells));
    const percents = [share, below / count].map((part) =>
      `${(100 * part).toFixed(3)}%`.padStart(8),
    );
    const marks = "#".repeat(Math.round(share * MARKS));
    const open = bucket.fromNs === 0 ? "[" : "(";
    const counted = String(bucket.count).padStart(9);
    return `${open} ${range.join(", ")} ] ${counted} ${percents.join(" ")} ${marks}`.trimEnd();
  });
  return [
    `${row.engine} ${row.benchmark}, run ${row.run}: nanoseconds per ${operation}`,
    `Count: ${formatCount(count)}${of === undefined ? "" : figuresOf(of)}`,
    LINE,
    ...lines,
    "\n",
  ].join("\n");
}

function figuresOf({ mean, max, p50, p95, p99, p999 }: Latency): string {
  const digits = [mean, max, p50, p95, p99, p999].map(formatDigits);
  const [average, most, ...percentiles] = digits;
  const named = ["P50", "P95", "P99", "P99.9"].map((name, i) => `${name}: ${percentiles[i]}`);
  return `  Average: ${average}  Max: ${most}\nPercentiles: ${named.join(" ")}`;
}
