// The output of YCSB's client: `[METRIC], measurement, value`, line by line as
// TextMeasurementsExporter writes it, and the array of JSONArrayMeasurementsExporter. The lines on
// the JVM's garbage collector are left out.
//
//  1. Per row: run time and throughput, then one block per operation.
//  2. A block: operations, average, minimum, maximum, percentiles, then the return codes.
//  3. Latencies are whole microseconds, cut off as YCSB cuts them, but the average is a double.

import { Histogram } from "./hdr/histogram.ts";
import { javaDouble } from "./java-double.ts";
import { type Clock, decode, measuredOperations } from "./latencies.ts";
import type { OperationResult, Row } from "./result.ts";

export interface YcsbOptions {
  /** YCSB's `hdrhistogram.percentiles`, 0 to 100 inclusive; the default is 50, 95, 99. */
  readonly percentiles?: readonly number[];
  /**
   * YCSB's `measurement.interval`: `op` (the default) is service time, `intended` response time
   * under the plain names, `both` adds response time as `[Intended-READ]`.
   */
  readonly interval?: "op" | "intended" | "both";
}

/** One measurement. `java` says whether YCSB writes a long or a double. */
export interface YcsbMeasurement {
  readonly metric: string;
  readonly measurement: string;
  readonly value: number;
  readonly java: "long" | "double";
}

const DEFAULT_PERCENTILES: readonly number[] = [50, 95, 99];
const NANOSECONDS_PER_MICROSECOND = 1000;

/** The text of YCSB's default exporter for one row; ends with a line end. */
export function ycsbText(row: Row, options: YcsbOptions = {}): string {
  return ycsbMeasurements(row, options)
    .map((line) => `[${line.metric}], ${line.measurement}, ${valueText(line)}\n`)
    .join("");
}

/** The text of YCSB's JSON array exporter for one row, spaced as Jackson spaces it. */
export function ycsbJsonArray(row: Row, options: YcsbOptions = {}): string {
  const objects = ycsbMeasurements(row, options).map((line) => {
    const fields = [
      `"metric" : ${JSON.stringify(line.metric)}`,
      `"measurement" : ${JSON.stringify(line.measurement)}`,
      `"value" : ${jsonValueText(line)}`,
    ];
    return `{\n  ${fields.join(",\n  ")}\n}`;
  });
  return `[ ${objects.join(", ")} ]`;
}

/** All measurements of a row in YCSB's order. */
export function ycsbMeasurements(row: Row, options: YcsbOptions = {}): YcsbMeasurement[] {
  const interval = options.interval ?? "op";
  const percentiles = options.percentiles ?? DEFAULT_PERCENTILES;
  const lines = overall(row);
  for (const operation of row.perOperation) {
    const name = operation.operation;
    if (interval !== "intended") {
      lines.push(...block(row, operation, name, "service", percentiles));
    }
    if (interval === "intended") {
      lines.push(...block(row, operation, name, "response", percentiles));
    }
    if (interval === "both") {
      lines.push(...block(row, operation, `Intended-${name}`, "response", percentiles));
    }
  }
  return lines;
}

function overall(row: Row): YcsbMeasurement[] {
  const runtimeMs = Math.trunc(row.elapsedNs / 1e6);
  // As YCSB computes it, from whole milliseconds; a run shorter than that has only our own figure.
  const opsPerSec = runtimeMs > 0 ? (1000 * measuredOperations(row)) / runtimeMs : row.opsPerSec;
  return [
    { metric: "OVERALL", measurement: "RunTime(ms)", value: runtimeMs, java: "long" },
    { metric: "OVERALL", measurement: "Throughput(ops/sec)", value: opsPerSec, java: "double" },
    // Not YCSB's: an interrupted run must not pass for a whole one, wherever its text ends up.
    ...(row.partial
      ? [{ metric: "OVERALL", measurement: "Partial", value: 1, java: "long" } as const]
      : []),
  ];
}

function block(
  row: Row,
  operation: OperationResult,
  metric: string,
  clock: Clock,
  percentiles: readonly number[],
): YcsbMeasurement[] {
  const lines: YcsbMeasurement[] = [];
  const add = (measurement: string, value: number, java: YcsbMeasurement["java"] = "long") => {
    lines.push({ metric, measurement, value, java });
  };
  const histogram = histogramOf(row, operation, clock);
  add("Operations", histogram?.totalCount ?? operation.count);
  if (histogram !== undefined) {
    add("AverageLatency(us)", histogram.mean / NANOSECONDS_PER_MICROSECOND, "double");
    add("MinLatency(us)", microseconds(histogram.min));
    add("MaxLatency(us)", microseconds(histogram.max));
    for (const percentile of percentiles) {
      const value = microseconds(histogram.valueAtPercentile(percentile));
      add(`${ordinal(percentile)}PercentileLatency(us)`, value);
    }
  }
  for (const [name, count] of Object.entries(operation.returns)) add(`Return=${name}`, count);
  return lines;
}

/**
 * The histogram by a clock. In closed loop nothing is intended before it is sent, and YCSB's
 * intended latencies equal the others: so do ours. Empty when only failures were seen, which have a
 * block of their own; absent when latencies were not recorded at all.
 */
function histogramOf(row: Row, operation: OperationResult, clock: Clock): Histogram | undefined {
  const response = clock === "response" ? operation.responseHistogram : undefined;
  const base64 = response ?? operation.serviceHistogram;
  if (base64 === undefined) return row.latencyNs === undefined ? undefined : new Histogram();
  return decode(base64, `${row.engine}, ${row.benchmark}, run ${row.run}, ${operation.operation}`);
}

function microseconds(ns: number): number {
  return Math.trunc(ns / NANOSECONDS_PER_MICROSECOND);
}

/** 50 -> `50th`, 1 -> `1st`, 11 -> `11th`; a fraction has no ending: 99.9 -> `99.9`. */
function ordinal(percentile: number): string {
  if (!Number.isInteger(percentile)) return javaDouble(percentile);
  const teens = percentile % 100;
  if (teens >= 11 && teens <= 13) return `${percentile}th`;
  const suffix = ["th", "st", "nd", "rd"][percentile % 10] ?? "th";
  return `${percentile}${suffix}`;
}

function valueText(line: YcsbMeasurement): string {
  return line.java === "double" ? javaDouble(line.value) : String(line.value);
}

/** Jackson puts what JSON cannot hold as a number, NaN and the infinities, into quotes. */
function jsonValueText(line: YcsbMeasurement): string {
  return Number.isFinite(line.value) ? valueText(line) : JSON.stringify(valueText(line));
}
