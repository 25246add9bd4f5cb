// Whether an open-loop run measured the store or the generator.
//
// The rule, by the 99th percentiles of the generator's own lateness and of the response time, which
// that lateness is a part of:
//
//  1. up to LATENESS_SHARE_MAX of the response time it is noise;
//  2. more, but up to RESOLUTION_NS, is what a thread waits for its core on a machine that does
//     other things too (on two shared cores a thread that only reads the clock finds a gap of 100
//     to 500 us some 250 times a second): the generator kept the rate, but response times so short
//     are beyond what it can resolve, and the row carries a note;
//  3. more than both: the generator was the bottleneck, the figures are its own, and the run is
//     invalid.

import { formatNanoseconds } from "../reports/format.ts";
import type { Histogram } from "../reports/hdr/histogram.ts";
import type { Latency } from "../reports/result.ts";

/** 10 %. */
const LATENESS_SHARE_MAX = 0.1;
const RESOLUTION_NS = 1e5;

export interface LatenessVerdict {
  readonly latenessNs?: Latency;
  readonly invalid: boolean;
  readonly invalidReason?: string;
  /** What a reader of a valid row must know. */
  readonly note?: string;
}

/** @param response over all operations; undefined when nothing was recorded. */
export function judgeLateness(
  lateness: Histogram | undefined,
  response: Latency | undefined,
): LatenessVerdict {
  if (lateness === undefined || lateness.totalCount === 0) return { invalid: false };
  const latenessNs = lateness.summary();
  if (response === undefined) return { latenessNs, invalid: false };
  const share = latenessNs.p99 / response.p99;
  if (share <= LATENESS_SHARE_MAX) return { latenessNs, invalid: false };
  const late = formatNanoseconds(latenessNs.p99);
  if (latenessNs.p99 <= RESOLUTION_NS) {
    const note =
      `response times cannot be told apart below about ${late}, the 99th percentile of the load ` +
      "generator's own lateness, which is part of them; service times are without it";
    return { latenessNs, invalid: false, note };
  }
  const [part, allowed] = [share, LATENESS_SHARE_MAX].map((each) => `${Math.round(each * 100)} %`);
  const invalidReason =
    `the load generator was the bottleneck: its own lateness (p99 ${late}) is ${part} of the ` +
    `response time (p99 ${formatNanoseconds(response.p99)}), more than ${allowed}`;
  return { latenessNs, invalid: true, invalidReason };
}
