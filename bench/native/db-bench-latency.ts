// Latencies of db_bench. It reads the clock in whole microseconds and prints a table of buckets,
// each half as wide again as the one before it. A percentile is interpolated within its bucket as
// db_bench does for those that it prints (HistogramStat::Percentile of RocksDB), so ours agree with
// its own, and there is one for p95, which it does not print.

import type { Latency } from "../../reports/result.ts";
import type { NativeBucket, NativeHistogram } from "./db-bench-output.ts";

const NS = 1000;

/** Of one or several histograms together; undefined when they are empty. */
export function nativeLatency(histograms: readonly NativeHistogram[]): Latency | undefined {
  const used = histograms.filter(({ count }) => count > 0);
  if (used.length === 0) return undefined;
  const count = used.reduce((sum, each) => sum + each.count, 0);
  const buckets = mergeBuckets(used);
  const min = Math.min(...used.map((each) => each.min));
  const max = Math.max(...used.map((each) => each.max));
  const at = (percentile: number) =>
    NS * Math.min(max, Math.max(min, percentileOf(buckets, count, percentile)));
  return {
    mean: (NS * used.reduce((sum, each) => sum + each.average * each.count, 0)) / count,
    p50: at(50),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
    max: NS * max,
  };
}

/** Buckets in ascending order; equal ones of several histograms are one. */
function mergeBuckets(histograms: readonly NativeHistogram[]): NativeBucket[] {
  const merged = new Map<number, NativeBucket>();
  for (const bucket of histograms.flatMap((each) => each.buckets)) {
    const count = bucket.count + (merged.get(bucket.to)?.count ?? 0);
    merged.set(bucket.to, { ...bucket, count });
  }
  return [...merged.values()].sort((a, b) => a.to - b.to);
}

function percentileOf(buckets: readonly NativeBucket[], count: number, percentile: number): number {
  const threshold = (count * percentile) / 100;
  let below = 0;
  for (const { from, to, count: inside } of buckets) {
    if (below + inside >= threshold) return from + ((to - from) * (threshold - below)) / inside;
    below += inside;
  }
  return buckets.at(-1)?.to ?? 0;
}
