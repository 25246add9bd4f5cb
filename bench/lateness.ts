// Whether an open-loop run measured the store or the generator.
//
// The rule: a run is invalid when the 99th percentile of the generator's own lateness is above
// LATENESS_SHARE_MAX of the 99th percentile of the response time. Lateness is part of the response
// time; up to that share it is noise, beyond it the figures are the generator's.

import type { Histogram } from "../reports/hdr/histogram.ts";
import type { Latency } from "../reports/result.ts";

/** 10 %. */
const LATENESS_SHARE_MAX = 0.1;

export interface LatenessVerdict {
  readonly latenessNs?: Latency;
  readonly invalid: boolean;
  readonly invalidReason?: string;
}

/** @param response over all operations; undefined when nothing was recorded. */
export function judgeLateness(
  lateness: Histogram | undefined,
  response: Latency | undefined,
  shareMax = LATENESS_SHARE_MAX,
): LatenessVerdict {
  if (lateness === undefined || lateness.totalCount === 0) return { invalid: false };
  const latenessNs = lateness.summary();
  if (response === undefined) return { latenessNs, invalid: false };
  const share = latenessNs.p99 / response.p99;
  if (share <= shareMax) return { latenessNs, invalid: false };
  const [late, allowed] = [share, shareMax].map((each) => `${Math.round(each * 100)} %`);
  const invalidReason =
    "the load generator was the bottleneck: its own lateness " +
    `(p99 ${Math.round(latenessNs.p99)} ns) is ${late} of the response time ` +
    `(p99 ${Math.round(response.p99)} ns), more than ${allowed}`;
  return { latenessNs, invalid: true, invalidReason };
}
