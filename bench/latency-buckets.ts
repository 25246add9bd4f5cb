// Latencies in the coarse buckets of db_bench (RocksDB, monitoring/histogram.cc): the limits are 1
// and 2, then each half as much again as the one before it, cut to two digits.

import { decodeBase64 } from "../reports/hdr/codec.ts";
import type { Histogram } from "../reports/hdr/histogram.ts";
import type { Row } from "../reports/result.ts";

export type LatencyBuckets = NonNullable<Row["latencyBuckets"]>;

/** Upper limits in nanoseconds, inclusive, up to more than a day. */
const BUCKET_LIMITS_NS: readonly number[] = limitsUpTo(1e14);

/** Of each operation of a row that has a histogram, and those that the row has already. */
export function latencyBuckets(row: Row): LatencyBuckets {
  if (row.latencyBuckets !== undefined) return row.latencyBuckets;
  return row.perOperation.flatMap(({ operation, serviceHistogram }) =>
    serviceHistogram === undefined
      ? []
      : [{ operation, buckets: bucketsOf(decodeBase64(serviceHistogram)) }],
  );
}

/** A cell of the histogram is in the bucket of its middle. */
function bucketsOf(histogram: Histogram): LatencyBuckets[number]["buckets"] {
  const buckets: LatencyBuckets[number]["buckets"] = [];
  let at = 0;
  for (const { lowestValue, highestValue, count } of histogram.recordedCells()) {
    const middle = (lowestValue + highestValue) / 2;
    while (at < BUCKET_LIMITS_NS.length - 1 && middle > BUCKET_LIMITS_NS[at]!) at++;
    const toNs = BUCKET_LIMITS_NS[at]!;
    const last = buckets.at(-1);
    if (last?.toNs === toNs) last.count += count;
    else buckets.push({ fromNs: at === 0 ? 0 : BUCKET_LIMITS_NS[at - 1]!, toNs, count });
  }
  return buckets;
}

function limitsUpTo(most: number): number[] {
  const limits = [1, 2];
  for (let limit = 3; limits.at(-1)! < most; limit *= 1.5) {
    let digits = Math.floor(limit);
    let unit = 1;
    while (digits / 10 > 10) {
      digits = Math.floor(digits / 10);
      unit *= 10;
    }
    limits.push(digits * unit);
  }
  return limits;
}
