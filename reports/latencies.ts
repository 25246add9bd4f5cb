// Latencies of rows: which clock, over which operations, from which histograms.
//
// `service` runs from sent to done; `response` from intended to done, so it holds the wait that a
// user of the offered load saw. In open loop the response time is the figure; in closed loop, where
// nothing is intended before it is sent, the service time is.

import { decodeBase64 } from "./hdr/codec.ts";
import { Histogram } from "./hdr/histogram.ts";
import { ReportError } from "./report-error.ts";
import type { Latency, OperationResult, Row } from "./result.ts";

export type Clock = "service" | "response";

export interface Latencies {
  readonly service?: Latency;
  readonly response?: Latency;
}

/** Operations that are made of others, or are no request to the store at all. */
const READ_MODIFY_WRITE = "READ-MODIFY-WRITE";
const NOT_REQUESTS: ReadonlySet<string> = new Set(["VERIFY", "CLEANUP"]);

/** The clock whose figures stand for a row. */
export function rowClock(row: Row): Clock {
  return row.loop.kind === "open" ? "response" : "service";
}

/** Not one operation of the row was answered: how fast it failed is no figure of a store. */
export function isAllFailed(row: Row): boolean {
  return row.operations > 0 && row.errors >= row.operations;
}

/** Operations a second; undefined where all failed. */
export function rateOf(row: Row): number | undefined {
  return isAllFailed(row) ? undefined : row.opsPerSec;
}

/** Latencies over all operations of a row, as far as they were recorded; none where all failed. */
export function totalLatency(row: Row): Latencies {
  if (row.latencyNs === undefined || isAllFailed(row)) return {};
  if (row.loop.kind === "closed") return { service: row.latencyNs };
  // The row has its figures by its own clock; the other one is in the histograms alone.
  const service = operationsHistogram([row], "service", undefined)?.summary();
  return { response: row.latencyNs, ...(service && { service }) };
}

/** Names of operations that have a histogram in any of the rows, in the order of the rows. */
export function operationNames(rows: readonly Row[]): string[] {
  const names = new Set<string>();
  for (const row of rows) {
    for (const each of row.perOperation) {
      if (each.serviceHistogram !== undefined || each.responseHistogram !== undefined) {
        names.add(each.operation);
      }
    }
  }
  return [...names];
}

/**
 * The histogram of one operation, or of all requests when `operation` is undefined, over rows.
 * Absent when nothing was recorded by that clock.
 *
 * @throws ReportError REPORT_HISTOGRAM when a payload cannot be decoded.
 */
export function operationsHistogram(
  rows: readonly Row[],
  clock: Clock,
  operation: string | undefined,
): Histogram | undefined {
  const encoded: [string, string][] = [];
  for (const row of rows) {
    const requests = requestNames(row);
    for (const each of row.perOperation) {
      const wanted =
        operation === undefined ? requests.has(each.operation) : each.operation === operation;
      const base64 = clock === "service" ? each.serviceHistogram : each.responseHistogram;
      if (!wanted || base64 === undefined) continue;
      encoded.push([`${rowName(row)}, ${each.operation}, ${clock} time`, base64]);
    }
  }
  return mergeEncoded(encoded);
}

/**
 * Decodes a histogram of a result.
 *
 * @throws ReportError REPORT_HISTOGRAM, which says of what it is.
 */
export function decode(base64: string, what: string): Histogram {
  try {
    return decodeBase64(base64);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const message = `the histogram of ${what} cannot be decoded: ${reason}`;
    throw new ReportError("REPORT_HISTOGRAM", message, what, error);
  }
}

/** Operations measured in a row, warm-up left out, by its own throughput. */
export function measuredOperations(row: Row): number {
  return Math.round((row.opsPerSec * row.elapsedNs) / 1e9);
}

/**
 * Operations that make up a row without counting one twice. YCSB counts the read and the update
 * within a read-modify-write as well as the whole of it; where the counts exceed what was measured,
 * the whole is left out and its parts stay.
 */
function requestNames(row: Row): Set<string> {
  const requests = row.perOperation.filter((each) => !NOT_REQUESTS.has(each.operation));
  const names = new Set(requests.map((each) => each.operation));
  const sum = requests.reduce((total: number, each: OperationResult) => total + each.count, 0);
  if (names.size > 1 && sum > measuredOperations(row) * 1.001 + 1) names.delete(READ_MODIFY_WRITE);
  return names;
}

function mergeEncoded(encoded: readonly (readonly [string, string])[]): Histogram | undefined {
  if (encoded.length === 0) return undefined;
  const merged = new Histogram();
  for (const [what, base64] of encoded) merged.add(decode(base64, what));
  return merged;
}

function rowName(row: Row): string {
  return `${row.engine}, ${row.benchmark}, run ${row.run}`;
}
